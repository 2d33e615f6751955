/** `capabilities` and `no_new_privileges`: what the kernel says of each program that a node runs, whoever has started it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import {
  describeForUsers,
  edited,
  has,
  inShort,
  probe,
  processesOf,
  processNamed,
  requireRoot,
  Scene,
  skip,
  until,
} from '../../support/index.ts';

const LAB = `
nodes:
  plain:
    processes: { base: { command: [sleep, '31000'] } }
  less:
    capabilities: { drop: [CAP_SYS_ADMIN, net_raw] }
    no_new_privileges: true
    setup: [[sh, -c, "grep -E '^(Cap|NoNew)' /proc/self/status > /dev/shm/setup"]]
    processes:
      as-node: { command: [sleep, '31001'], ready: { command: 'grep -E "^(Cap|NoNew)" /proc/self/status > /dev/shm/ready' } }
      even-less: { command: [sleep, '31002'], capabilities: { drop: [CAP_NET_ADMIN] } }
      nothing: { command: [sleep, '31003'], capabilities: { drop: [ALL] }, restart: always }
  few:
    capabilities: { keep: [CAP_NET_BIND_SERVICE, CAP_SETUID, CAP_SETGID, CAP_SETPCAP] }
    processes:
      as-node: { command: [sleep, '31004'] }
      one: { command: [sleep, '31005'], capabilities: { keep: [CAP_NET_BIND_SERVICE] } }
  bare:
    isolation: [net]
    processes: { own: { command: [sleep, '31006'], capabilities: { keep: [] }, no_new_privileges: true } }
`;

const ADMIN = 1n << 21n;
const RAW = 1n << 13n;
const NET_ADMIN = 1n << 12n;
const FEW = (1n << 10n) | (1n << 7n) | (1n << 6n) | (1n << 8n);

/** The lines of /proc/PID/status, as numbers. */
function rights(text: string): Record<'bnd' | 'eff' | 'prm' | 'inh' | 'amb' | 'nnp', bigint> {
  const line = (name: string): bigint => BigInt(`0x${RegExp(`^${name}:\\s+([0-9a-f]+)$`, 'm').exec(text)?.[1]}`);
  const [bnd, eff, prm] = [line('CapBnd'), line('CapEff'), line('CapPrm')];
  return { bnd, eff, prm, inh: line('CapInh'), amb: line('CapAmb'), nnp: line('NoNewPrivs') };
}

describeForUsers('privileges', () => {
  let scene: Scene;
  let root = 0n;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody');
    scene = new Scene(LAB, 'privileges');
    await scene.up();
    root = rightsOf('31000').bnd;
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const pidOf = (seconds: string): string => processNamed(scene.name, `sleep ${seconds}`)!.split('@')[0]!;
  const rightsOf = (seconds: string) => rights(readFileSync(`/proc/${pidOf(seconds)}/status`, 'utf8'));
  const ofRoot = (mask: bigint, nnp = 0n) => ({ bnd: mask, eff: mask, prm: mask, inh: 0n, amb: 0n, nnp });
  const printed = async (node: string, ...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await scene.exec(node, command);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  it('are all that root has, unless the file says something', () => assert.deepEqual(rightsOf('31000'), ofRoot(root)));

  it('are lost by all processes of the node, and by one process more than that', () => {
    const node = root & ~ADMIN & ~RAW;
    assert.deepEqual(rightsOf('31001'), ofRoot(node, 1n));
    assert.deepEqual(rightsOf('31002'), ofRoot(node & ~NET_ADMIN, 1n));
    assert.deepEqual(rightsOf('31003'), ofRoot(0n, 1n));
  });

  it('are kept as the list says, by the node and by one process', () => {
    assert.deepEqual(rightsOf('31004'), ofRoot(FEW));
    assert.deepEqual(rightsOf('31005'), ofRoot(1n << 10n));
  });

  it('are given up by a process of a node without a PID 1, too', () =>
    assert.deepEqual(rightsOf('31006'), ofRoot(0n, 1n)));

  it('are no more for `exec`, `setup` and `ready`', async () => {
    const node = ofRoot(root & ~ADMIN & ~RAW, 1n);
    assert.deepEqual(rights(await printed('less', 'cat', '/proc/self/status')), node);
    assert.deepEqual(rights(await printed('less', 'cat', '/dev/shm/setup')), node);
    assert.deepEqual(rights(await printed('less', 'cat', '/dev/shm/ready')), node);
    assert.deepEqual(rights(await printed('few', 'cat', '/proc/self/status')), ofRoot(FEW));
    assert.deepEqual(rights(await printed('plain', 'cat', '/proc/self/status')), ofRoot(root));
  });

  it('are what the kernel goes by', async () => {
    const mount = (node: string) => scene.exec(node, ['mount', '-t', 'tmpfs', 'none', '/mnt']);
    assert.equal((await mount('plain')).code, 0);
    const refused = await mount('less');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /permission denied|must be superuser/);
  });

  it('are the same for capsh', async function () {
    if (!has('capsh')) skip(this, 'this machine has no capsh');
    const bounding = async (node: string): Promise<string[]> =>
      /^Bounding set ?=(.*)$/m
        .exec(await printed(node, 'capsh', '--print'))?.[1]
        ?.split(',')
        .toSorted() ?? [];
    assert.deepEqual(await bounding('few'), ['cap_net_bind_service', 'cap_setgid', 'cap_setpcap', 'cap_setuid']);
    const [all, less] = [await bounding('plain'), await bounding('less')];
    assert.deepEqual(
      all.filter((name) => !less.includes(name)),
      ['cap_net_raw', 'cap_sys_admin'],
    );
  });

  it('stay with a process that is started again', async () => {
    const before = pidOf('31003');
    process.kill(Number(before), 'SIGKILL');
    await until(() => processNamed(scene.name, 'sleep 31003') !== undefined && pidOf('31003') !== before);
    assert.deepEqual(rightsOf('31003'), ofRoot(0n, 1n));
  });

  it('belong to what the lab is: an edit starts anew whom it concerns, and nobody else', async () => {
    await scene.assertNothingToDo();
    const before = processesOf(scene.name);
    const text = edited(LAB, "'31005'], capabilities: { keep: [CAP_NET_BIND_SERVICE] }", "'31005']");
    assert.deepEqual(inShort(await scene.become(text)), [
      'update process few/one: capabilities keep CAP_NET_BIND_SERVICE → unset',
    ]);
    assert.deepEqual(rightsOf('31005'), ofRoot(FEW));
    const other = edited(text, '[CAP_SYS_ADMIN, net_raw] }\n    no_new_privileges: true', '[ALL] }');
    const changes = inShort(await scene.become(other));
    assert.ok(
      changes.includes(
        'update node less: capabilities drop CAP_NET_RAW CAP_SYS_ADMIN → keep nothing: no_new_privileges true → unset',
      ),
      changes.join('\n'),
    );
    assert.deepEqual(rightsOf('31001'), ofRoot(0n));
    const same = Object.entries(processesOf(scene.name)).filter(([pid, line]) => before[pid] === line);
    for (const seconds of ['31000', '31004', '31006'])
      assert.ok(
        same.some(([, line]) => line.includes(seconds)),
        `${seconds} was disturbed`,
      );
    await scene.assertNothingToDo();
  });
});

describe('privileges of a user', () => {
  const users = `
nodes:
  keep:
    capabilities: { keep: [CAP_NET_BIND_SERVICE, CAP_NET_RAW] }
    processes:
      web: { command: [sleep, '31010'], user: nobody }
      less: { command: [sleep, '31011'], user: nobody, capabilities: { drop: [CAP_NET_RAW] } }
  drop:
    capabilities: { drop: [CAP_SYS_ADMIN] }
    processes:
      web: { command: [sleep, '31012'], user: nobody }
      own: { command: [sleep, '31013'], user: nobody, capabilities: { keep: [CAP_NET_BIND_SERVICE] } }
`;
  it('are those of `keep`, and none where there is none', async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    await using scene = new Scene(users, 'users');
    await scene.up();
    const of = (seconds: string) => {
      const pid = processNamed(scene.name, `sleep ${seconds}`)!.split('@')[0]!;
      const { eff, prm, amb, inh } = rights(readFileSync(`/proc/${pid}/status`, 'utf8'));
      return { eff, prm, amb, inh };
    };
    const all = (mask: bigint) => ({ eff: mask, prm: mask, amb: mask, inh: mask });
    assert.deepEqual(of('31010'), all((1n << 10n) | RAW));
    assert.deepEqual(of('31011'), all(1n << 10n));
    assert.deepEqual(of('31012'), all(0n));
    assert.deepEqual(of('31013'), all(1n << 10n));
  });
});
