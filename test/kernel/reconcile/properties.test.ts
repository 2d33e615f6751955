/**
 * Every property of the network, edited from one value to another: in place where the kernel can, and else made anew with the least
 * disturbance, in the words of the plan. An `ip monitor` in each namespace tells whether anything else was deleted; what others made stays.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import type { Resource } from '../../../src/model/resource.ts';
import type { Change } from '../../../src/reconcile/diff.ts';
import { describe as inWords } from '../../../src/resource/index.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';
import { edited, probe, requireRoot, until } from '../../support/index.ts';
import { noteTopology } from '../../support/ledger.ts';
import { Bench } from '../../support/reconcile.ts';
import { LAB, ROWS } from './properties.ts';

/** What others make in the lab, and how netlab calls it: it stays, whatever is edited. */
const FOREIGN: readonly (readonly [node: string, typed: string, known: string])[] = [
  ['a', 'ip address add 10.0.77.1/24 dev eth0', 'address 10.0.77.1/24 on a:eth0'],
  ['a', 'ip address add fd77::1/64 dev br0 nodad', 'address fd77::1/64 on a:br0'],
  ['a', 'ip route add 10.61.0.0/16 via 10.1.0.2 proto bird', 'route 10.61.0.0/16 via 10.1.0.2 dev eth1 on a'],
  [
    'a',
    'ip route add 10.62.0.0/16 via 10.0.0.2 proto zebra metric 20',
    'route 10.62.0.0/16 via 10.0.0.2 dev eth0 metric 20 on a',
  ],
  ['a', 'ip rule add from 10.9.0.0/16 lookup 77 priority 500', 'rule priority 500 from 10.9.0.0/16 lookup 77 on a'],
  [
    'a',
    'ip neighbour add 10.1.0.77 lladdr 02:00:00:00:00:77 dev eth1 nud permanent',
    'neighbour 10.1.0.77 (02:00:00:00:00:77) on a:eth1',
  ],
  ['a', 'ip link add br9 type bridge', 'link a:br9 (bridge)'],
  ['a', 'nft add table inet mine', 'nftables table inet mine on a'],
  ['a', 'nft add table ip filter', 'nftables table ip filter on a'],
  ['lan', 'bridge fdb add 02:00:00:00:00:78 dev a master static', 'fdb 02:00:00:00:00:78 on lan:a'],
];
/** How tools that are not ours show it, with a setting that the file does not name. */
const SHOWN: readonly (readonly [node: string, command: string, shows: RegExp])[] = [
  ['a', 'ip address show', /10\.0\.77\.1\/24[^]*fd77::1\/64/],
  [
    'a',
    'ip route show',
    /10\.61\.0\.0\/16 via 10\.1\.0\.2 dev eth1 proto bird[^]*10\.62\.0\.0\/16 via 10\.0\.0\.2 dev eth0 proto zebra metric 20/,
  ],
  ['a', 'ip rule', /500:\tfrom 10\.9\.0\.0\/16 lookup 77/],
  ['a', 'ip neigh show dev eth1 nud permanent', /10\.1\.0\.77 lladdr 02:00:00:00:00:77/],
  ['a', 'ip link show dev br9', /br9/],
  ['a', 'nft list tables', /table inet mine\ntable ip filter/],
  ['a', 'sysctl net.ipv4.tcp_ecn', /= 0/],
  ['lan', 'bridge fdb show dev a', /02:00:00:00:00:78 .*static/],
];

const NODES = ['a', 'b', 'c', 'lan'];

/** What the kernel says that it deletes in a namespace, by `ip monitor`. */
class Monitor {
  readonly #child: ChildProcess;
  #text = '';
  #marks = 0;
  readonly #mark: (n: number) => void;

  constructor(bench: Bench, node: string) {
    this.#child = spawn('nsenter', [`--net=${bench.path(node)}`, 'ip', 'monitor', 'label', 'all'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout!.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
    this.#mark = (n) => {
      bench.tool(node, 'ip', 'route', 'add', 'blackhole', `198.18.${n}.0/24`, 'table', '9999');
      bench.tool(node, 'ip', 'route', 'delete', 'blackhole', `198.18.${n}.0/24`, 'table', '9999');
    };
  }

  /** The lines since it was asked last: what was deleted of all that does not come and go by itself. */
  async deleted(): Promise<string[]> {
    this.#marks += 1;
    const word = `198.18.${this.#marks}.0`;
    const end = (): number => this.#text.lastIndexOf(`Deleted blackhole ${word}`);
    await until(() => {
      if (end() < 0) this.#mark(this.#marks);
      return end() >= 0;
    });
    const lines = this.#text.slice(0, end()).split('\n');
    this.#text = this.#text.slice(end());
    return lines.filter((line) => /^\[(LINK|ADDR|ROUTE|RULE)\]Deleted /.test(line) && !isByItself(line));
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
  }
}

/** Our marks, what goes with an address or a device, and what IPv6 makes and takes back for itself. */
function isByItself(line: string): boolean {
  return /table 9999|proto kernel|^\[ROUTE\]Deleted (?:local|broadcast|multicast|anycast|ff00)/.test(line);
}

function resources(text: string): readonly Resource[] {
  noteTopology(text);
  return loadTopologyText(text, 'properties.yaml').model.resources;
}

/** `update link a:eth1: mtu 1500 → 1400`; MAC addresses that come of names are called that. */
function inShort({ action, wanted, found, differences }: Change): string {
  const words = differences.map(({ field, from, to }) => `${field} ${from ?? 'unset'} → ${to ?? 'unset'}`);
  return [`${action} ${inWords((wanted ?? found)!)}`, ...words]
    .join(': ')
    .replaceAll(/(?!02:00:00:00)02(?::[0-9a-f]{2}){5}/g, 'MAC')
    .replaceAll(/fe80::(?!ff:fe00)[0-9a-f:]+/g, 'LOCAL');
}

describe('reconcile: every property', () => {
  let bench: Bench;
  let ping: ChildProcess | undefined;
  const monitors: Monitor[] = [];
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'macvlan', 'ifb', 'ipv6', 'nft', 'nftables NAT', 'ping');
    bench = new Bench();
    const { left } = await bench.become(resources(LAB));
    assert.deepEqual(left.map(inShort), []);
    for (const [node, typed] of FOREIGN) bench.tool(node, ...typed.split(' '));
    bench.tool('a', 'sysctl', '-qw', 'net.ipv4.tcp_ecn=0');
    ping = spawn('nsenter', [`--net=${bench.path('x')}`, 'ping', '-q', '-i', '0.01', '-W', '2', '10.100.0.2'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for (const node of NODES) monitors.push(new Monitor(bench, node));
    for (const monitor of monitors) await monitor.deleted();
  });
  after(async () => {
    for (const monitor of monitors) await monitor.close();
    ping?.kill('SIGKILL');
    bench?.[Symbol.dispose]();
  });

  const devices = (): string[] =>
    NODES.flatMap((node) => {
      const links = JSON.parse(bench.tool(node, 'ip', '-j', 'link')) as { ifname: string; ifindex: number }[];
      return links.map(({ ifname, ifindex }) => `${node}:${ifname} ${ifindex}`);
    });
  const deleted = async (): Promise<string[]> => (await Promise.all(monitors.map((each) => each.deleted()))).flat();

  for (const { keys, edit, changes, disturbs, seen, gone = [] } of ROWS) {
    const [, to] = edit[0]!;
    it(`${keys}: ${to.trim().split('\n')[0]}`, async () => {
      const before = devices();
      const text = edit.reduce((all, [passage, replacement]) => edited(all, passage, replacement), LAB);
      try {
        const made = await bench.become(resources(text));
        assert.deepEqual(made.left.map(inShort), []);
        const [node, command, shows] = seen;
        assert.match(bench.tool(node, ...command.split(' ')), shows);
        const lines = await deleted();
        assert.deepEqual(made.unmanaged.toSorted(), FOREIGN.map(([, , known]) => known).toSorted());
        for (const [at, line, is] of SHOWN) assert.match(bench.tool(at, ...line.split(' ')), is);
        assert.deepEqual(made.changes.map(inShort).toSorted(), changes.toSorted());
        assert.deepEqual(
          made.changes.flatMap((each) => each.disturbs ?? []),
          disturbs === undefined ? [] : [disturbs],
        );
        assert.deepEqual(
          lines.filter((line) => !gone.some((word) => line.includes(word))),
          [],
          'something else was deleted',
        );
        for (const word of gone)
          assert.ok(
            lines.some((line) => line.includes(word)),
            `${word} was not deleted`,
          );
        const isSame = changes.every((each) => !/^(create|remove|replace) link /.test(each));
        if (isSame) assert.deepEqual(devices(), before);
      } finally {
        const back = await bench.become(resources(LAB));
        assert.deepEqual(back.left.map(inShort), []);
        await deleted();
      }
    });
  }

  it('and all the while no packet is lost on another path', async () => {
    let said = '';
    ping!.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    ping!.kill('SIGINT');
    await once(ping!, 'close');
    const [, sent = 0, received = 0] = /(\d+) packets transmitted, (\d+) received/.exec(said) ?? [];
    assert.ok(Number(sent) > 100, said);
    // The last one may be on its way when the signal comes.
    assert.ok(Number(sent) - Number(received) <= 1, said);
  });
});
