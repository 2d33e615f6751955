/** The lab that the tests of this folder damage, how damage is done to it, and how it looks. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import type { PlannedChange } from '../../../src/model/report.ts';
import {
  asUser,
  CLI,
  dump,
  inNode,
  inShort,
  ipJson,
  netnsOf,
  places,
  processNamed,
  user,
} from '../../support/index.ts';

// a:eth0 ─── eth0:b     a:br0 ── a:eth1 ─── eth0:c     b:eth1, c:eth1, d:eth0 on the bridge lan     a:vx0 over a:eth0
// a:m1 ─── m1:d     a:m2 ─── m2:d     a:mv over a:m1
export const LAB = `
nodes:
  a:
    forwarding: true
    sysctls:
      net.ipv4.ip_default_ttl: 33
      net.ipv4.conf.eth0.rp_filter: 2
    interfaces:
      eth0: { addresses: [10.0.0.1/24, 'fd00::1/64'], mac: '02:00:00:00:0a:00' }
      eth1: { mtu: 1400 }
      br0: { type: bridge, ports: [eth1], mac: '02:00:00:00:0a:b0', addresses: [10.1.0.1/24] }
      br1: { type: bridge, ports: [] }
      vx0: { type: vxlan, id: 7, link: eth0, local: 10.0.0.1, port: 4789, learning: false, addresses: [10.7.0.1/24] }
      m1: { addresses: [10.11.0.1/24] }
      mv: { type: macvlan, link: m1, mode: bridge, addresses: [10.11.0.11/24] }
      i0: { type: ifb }
      m2: { addresses: [10.12.0.1/24] }
    routes:
      - { to: 10.20.0.0/16, via: 10.0.0.2 }
      - { to: 10.30.0.0/16, via: 10.0.0.2, metric: 50 }
      - { to: 'fd00:20::/64', via: 'fd00::2' }
      - { to: 10.40.0.0/16, type: blackhole }
      - { to: 10.70.0.0/16, via: 10.7.0.2, dev: vx0, onlink: true }
      - { to: 10.80.0.0/16, nexthops: [{ via: 10.11.0.2 }, { via: 10.12.0.2 }] }
    rules:
      - { from: 10.99.0.0/16, table: 100, priority: 1000 }
    neighbors:
      - { to: 10.7.0.2, mac: '02:00:00:00:0b:07', dev: vx0 }
    fdb:
      - { mac: '02:00:00:00:0b:07', dev: vx0, dst: 10.0.0.2 }
    nat:
      - masquerade: { out: eth0, from: 10.1.0.0/24 }
      - dnat: { in: eth0, proto: tcp, port: 8080, to: '10.1.0.2:80' }
    files: { /etc/motd: "hello\\n", /etc/netlab-drift: "here\\n" }
    processes:
      one: { command: [sleep, '20001'], restart: on-failure }
      two: { command: [sleep, '20002'] }
  b:
    interfaces:
      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] }
  c:
    interfaces:
      eth0: { addresses: [10.1.0.2/24], mtu: 1400 }
    firewall:
      input:
        policy: drop
        rules:
          - accept: { state: [established, related] }
          - accept: { proto: icmp }
  d:
    isolation: [net]
    interfaces: { m1: { addresses: [10.11.0.2/24] }, m2: { addresses: [10.12.0.2/24] } }
    processes:
      four: { command: [sleep, '20004'], restart: always }
bridges:
  lan: { ports: ['b:eth1', 'c:eth1', 'd:eth0'], subnet: 10.2.0.0/24 }
links:
  - ['a:eth0', 'b:eth0']
  - ['a:eth1', 'c:eth0']
  - ['a:m1', 'd:m1']
  - ['a:m2', 'd:m2']
`;

export interface Damage {
  /** In which node it is typed. */
  readonly node: string;
  /** Lines of shell, run in the node's network namespace; $LAB is the lab's name, $NETNS the folder of the namespaces' names. */
  readonly by: string;
  /** They are run where the node's processes are, or outside of the lab. */
  readonly where?: 'within' | 'outside';
  /** What `plan` says of it, in short (MAC and LOCAL for what comes of the lab's name); the order is netlab's own business. */
  readonly changes: readonly string[];
  /** What a watch does, where it is at work before all of the damage is done. */
  readonly watched?: readonly string[];
  /** A watch is at it before it is done: what it mends depends on the moment. */
  readonly slow?: boolean;
}

/** What of a device is another number when it is made anew, or moves with what others do. */
const NUMBERS =
  /^(ifindex|link_index|link_netnsid|id|no|designated_port|root_port|root_path_cost|designated_cost|root_id|promiscuity|allmulti)$/;

/** What stands in the lab's namespaces, as the tools show it, in an order of its own: what was made anew stands last with them. */
export function state(lab: string): Record<string, unknown> {
  type Node = Record<string, unknown> & { links: { ifname: string }[]; addresses: unknown[] };
  const sort = (list: readonly unknown[]): string[] => list.map((each) => JSON.stringify(each)).toSorted();
  const text = JSON.stringify(dump(lab), (key, value: unknown) => (NUMBERS.test(key) ? undefined : value));
  const nodes = Object.entries(JSON.parse(text) as Record<string, Node>);
  const own = Object.fromEntries(
    nodes.map(([node, { links, addresses, rules, fdb, ...rest }]) => [
      node,
      {
        links: sort(links),
        addresses: sort(addresses.flat()),
        rules: sort(rules as unknown[]),
        // What the kernel itself listens to comes and goes with interfaces.
        fdb: (fdb as string[]).filter((each) => !each.includes('"33:33:')),
        sysctls: node === 'a' ? settings(lab, node) : [],
        networks: ['-4', '-6'].flatMap((family) => networks(lab, node, family)),
        ...rest,
      },
    ]),
  );
  return { ...own, names: names(lab), within: within(lab) };
}

/** Where the names of the namespaces lead. */
function names(lab: string): string[] {
  const { netns } = places();
  return netnsOf(lab).map((node) => `${node} ${readlinkSync(join(netns, `${lab}.${node}`))}`);
}

const SHOW = `
hostname
ls /proc/1/comm /dev/pts/ptmx /sys/class/net
cd /etc && cat hosts hostname motd netlab-drift
stat -c '%n %a %u:%g' motd netlab-drift
`;

/** What a process of `a` sees around it, and what is mounted there. */
function within(lab: string): string[] {
  const pid = initOf(lab, 'a');
  const { stdout, stderr } = inside(pid, SHOW);
  const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [head = '', tail = ''] = line.split(' - ');
      return `${head.split(' ')[4]} ${tail.split(' ')[0]}`;
    });
  // Below a cover of /etc that was taken away there may be mounts that nobody sees any more.
  // And what others of this machine mount, its nodes see as it does.
  const isForeign = (mount: string): boolean => mount.startsWith('/run/netns/') && mount.endsWith(' nsfs');
  const own = mounts.filter(
    (mount, i) => !isForeign(mount) && (!mount.startsWith('/etc/') || mounts.indexOf(mount) === i),
  );
  return [stdout, stderr, ...own.toSorted()];
}

/** The PID 1 of a node. */
function initOf(lab: string, node: string): string {
  return processNamed(lab, `netlab-init node ${lab}.${node}`)!.split('@')[0]!;
}

/** Runs lines of shell where the processes of a PID 1 are, by nsenter, which is not ours. */
function inside(pid: string, lines: string) {
  return spawnSync('nsenter', ['-t', pid, '-a', '--preserve-credentials', 'sh', '-e', '-c', lines], {
    encoding: 'utf8',
  });
}

/** The kernel's own routes to the networks of addresses. */
function networks(lab: string, node: string, family: string): string[] {
  const routes = ipJson(lab, node, family, 'route', 'show', 'proto', 'kernel');
  const to = (each: Readonly<Record<string, unknown>>): string => String(each['dst']);
  return routes.map((each) => `${to(each)} ${String(each['dev'])}`).toSorted();
}

const SETTINGS = [
  'net.ipv6.conf.all.forwarding',
  'net.ipv4.ip_forward',
  'net.ipv4.ip_default_ttl',
  'net.ipv4.conf.eth0.rp_filter',
];

/** As a process in the node reads them; those of a device that is not there are left out. */
function settings(lab: string, node: string): string {
  return inNode(lab, node, ['sysctl', '-e', ...SETTINGS]).stdout;
}

/** Runs lines of shell there as the root of the lab, to whom an ordinary user's nodes belong. */
function asRootInside(lab: string, node: string, lines: string) {
  if (user() === 'root') return inside(initOf(lab, node), lines);
  const { argv, env } = asUser([process.execPath, CLI, 'exec', '-T', '-l', lab, node, '--', 'sh', '-e', '-c', lines]);
  return spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8', env: { ...process.env, ...env } });
}

/** Does it, by a hand that is not netlab's. */
export function damage(lab: string, { node, by, where }: Damage): void {
  const lines = `LAB=${lab}\nNETNS=${places().netns}\n${by}`;
  if (where === undefined) {
    const { code, stderr } = inNode(lab, node, ['sh', '-e', '-c', lines]);
    assert.equal(code, 0, `${by}: ${stderr}`);
    return;
  }
  const { status, stderr } =
    where === 'within' ? asRootInside(lab, node, lines) : spawnSync('sh', ['-e', '-c', lines], { encoding: 'utf8' });
  assert.equal(status, 0, `${by}: ${stderr}`);
}

/** Changes as {@link Damage.changes} has them. */
export function told(changes: readonly PlannedChange[]): string[] {
  return inShort(changes)
    .map((line) => line.replace(/→ \S+\/[^/ ]+\.(\w+)$/, '→ NAME.$1'))
    .map((line) =>
      line
        .replace(/→ (?!02:00:00:00)02(?::[0-9a-f]{2}){5}(?=: up|$)/, '→ MAC')
        .replace(/fe80::\S+ on b:/, 'LOCAL on b:'),
    )
    .toSorted();
}
