import assert from 'node:assert/strict';

import { palette } from '../../../src/cli/color.ts';
import { labTable, statusText } from '../../../src/cli/status.ts';
import type { InterfaceStatus, LabStatus, NodeStatus, ProcessStatus } from '../../../src/model/report.ts';

const now = Date.parse('2026-01-01T00:03:07Z');
const brief = { verbose: false, paint: palette(false), now, cwd: '/home/u' };
const verbose = { ...brief, verbose: true };

const lo: InterfaceStatus = {
  name: 'lo',
  index: 1,
  type: 'loopback',
  state: 'up',
  mac: null,
  mtu: 65536,
  cut: false,
  master: null,
  peer: null,
  addresses: ['127.0.0.1/8', '::1/128'],
};
const eth0: InterfaceStatus = {
  name: 'eth0',
  index: 12,
  type: 'veth',
  state: 'up',
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  cut: false,
  master: null,
  peer: 'b:eth0',
  addresses: ['10.0.0.1/24', '2001:db8::1/64'],
};
const web: ProcessStatus = {
  name: 'web',
  pid: 5010,
  state: 'running',
  ready: null,
  restarts: 0,
  command: ['python3', '-m', 'http.server', '80'],
  started: '2026-01-01T00:00:00Z',
  uptimeSeconds: 187,
  exitCode: null,
  signal: null,
  log: '/run/netlab/pair/logs/a/web.log',
  hits: null,
};
const a: NodeStatus = {
  name: 'a',
  role: 'node',
  hostname: 'a',
  netns: '/run/netns/pair.a',
  joined: null,
  frozen: false,
  limits: null,
  hits: null,
  isolation: ['net', 'uts', 'mnt', 'pid', 'ipc'],
  pid: 5001,
  interfaces: [
    lo,
    eth0,
    { ...eth0, name: 'p1', index: 13, state: 'no-carrier', master: 'br0', peer: 'c:eth0', addresses: [] },
  ],
  processes: [
    web,
    {
      ...web,
      name: 'once',
      pid: null,
      state: 'exited',
      uptimeSeconds: null,
      exitCode: 3,
      command: ['/bin/sh', '-c', 'sleep 1\nexit 3 '],
    },
    { ...web, name: 'shot', pid: null, state: 'exited', uptimeSeconds: null, signal: 9, command: ['sleep', '9'] },
  ],
};
const b: NodeStatus = {
  ...a,
  name: 'b',
  hostname: 'b',
  netns: '/run/netns/pair.b',
  pid: null,
  interfaces: [lo],
  processes: [],
};
const lan: NodeStatus = {
  ...b,
  name: 'lan',
  role: 'bridge',
  hostname: 'lan',
  netns: '/run/netns/pair.lan',
  isolation: ['net'],
  interfaces: [{ ...eth0, name: 'lan', index: 20, type: 'bridge', state: 'down', peer: null, addresses: [] }],
};
const lab: LabStatus = {
  lab: 'pair',
  state: 'running',
  keeper: 4242,
  file: '/home/u/topologies/pair.yaml',
  nodes: 2,
  bridges: 1,
  since: '2026-01-01T00:00:00Z',
  members: [a, b, lan],
};

describe('cli status', () => {
  it('shows interfaces and processes, one address a row, and no plain loopback', () => {
    assert.equal(
      statusText(lab, brief),
      `pair  running, 2 nodes, 1 bridge, up 3 min 07 s, topologies/pair.yaml

NODE  INTERFACE  TYPE    STATE       ADDRESSES       PEER    MASTER
a     eth0               up          10.0.0.1/24     b:eth0
                                     2001:db8::1/64
      p1                 no-carrier                  c:eth0  br0
b     lo                 up          127.0.0.1/8
                                     ::1/128
lan   lan        bridge  down

NODE  PROCESS  PID   STATE               UPTIME      COMMAND
a     web      5010  running             3 min 07 s  python3 -m http.server 80
      once           exited 3                        sleep 1 exit 3
      shot           killed by signal 9              sleep 9`,
    );
  });

  it('names a file from this folder, or in full', () => {
    const first = (file: string): string | undefined => statusText({ ...lab, file }, brief).split('\n')[0];
    assert.match(first('/home/u/lab.yaml') ?? '', /, lab\.yaml$/);
    assert.match(first('/home/user/lab.yaml') ?? '', /, \/home\/user\/lab\.yaml$/);
    assert.match(first('-') ?? '', /, \(standard input\)$/);
  });

  it('shows a loopback that has something to say', () => {
    const node = (link: Partial<InterfaceStatus>): LabStatus => ({
      ...lab,
      members: [{ ...b, interfaces: [{ ...lo, ...link }] }],
    });
    assert.match(
      statusText(node({ addresses: ['127.0.0.1/8', '10.255.0.1/32'] }), brief),
      /^b {5}lo .*127\.0\.0\.1\/8$/m,
    );
    assert.match(statusText(node({ state: 'down' }), brief), /^b {5}lo /m);
    assert.match(statusText(node({}), brief), /^b {5}lo /m, 'the only interface');
    assert.doesNotMatch(statusText({ ...lab, members: [a] }, brief), /\blo\b/);
  });

  it('has no table of processes where there are none', () => {
    assert.doesNotMatch(statusText({ ...lab, members: [b] }, brief), /PROCESS/);
  });

  it('adds numbers and namespaces with --verbose', () => {
    assert.equal(
      statusText({ ...lab, members: [{ ...a, interfaces: [lo, eth0], processes: [web] }] }, verbose),
      `pair  running, 1 node, up 3 min 07 s, topologies/pair.yaml

NODE  INTERFACE  STATE  ADDRESSES       PEER    MTU    MAC                INDEX
a     lo         up     127.0.0.1/8             65536                     1
                        ::1/128
      eth0       up     10.0.0.1/24     b:eth0  1500   02:00:00:00:00:01  12
                        2001:db8::1/64

NODE  PROCESS  PID   STATE    UPTIME      COMMAND                    LOG
a     web      5010  running  3 min 07 s  python3 -m http.server 80  /run/netlab/pair/logs/a/web.log

NODE  HOSTNAME  PID 1  NETWORK NAMESPACE  OWN NAMESPACES
a     a         5001   /run/netns/pair.a  net uts mnt pid ipc`,
    );
  });

  it('cuts a long command', () => {
    const long = { ...web, command: ['sleep', 'x'.repeat(100)] };
    const text = (style: typeof brief): string => statusText({ ...lab, members: [{ ...b, processes: [long] }] }, style);
    assert.match(text(brief), /sleep x{53}…$/m);
    assert.match(text(verbose), /sleep x{100} /);
  });

  it('says what to do with a dead lab', () => {
    assert.equal(
      statusText({ ...lab, state: 'dead', keeper: null, members: [] }, brief),
      'pair  dead: its keeper has ended; `netlab down pair` removes what is left',
    );
  });
});

describe('cli ls', () => {
  it('is a table', () => {
    const labs = [
      lab,
      { ...lab, lab: 'other', state: 'dead', keeper: null, file: '-', since: '2025-12-31T22:00:00Z' } as const,
    ];
    assert.equal(
      labTable(labs, brief),
      `LAB    STATE    NODES  BRIDGES  AGE         FILE
pair   running  2      1        3 min 07 s  topologies/pair.yaml
other  dead     2      1        2 h 03 min  (standard input)`,
    );
    assert.match(labTable(labs, verbose), /FILE +KEEPER\npair .*4242\n/);
  });
});
