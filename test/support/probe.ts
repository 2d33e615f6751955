import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import { controller, freezerRoot } from './cgroups.ts';
import { nobody } from './user.ts';

/**
 * Tests that need what this machine may lack ask first, and are skipped with the reason printed. With NETLAB_STOCK_KERNEL=1
 * (a machine that is known to have all of it) they fail instead: there a skipped test would hide a fault.
 */
type Context = Mocha.Context;

/** What a test can ask for: true when it is there. Each tries the thing itself, in namespaces that vanish at once. */
const FEATURES = {
  veth: () => link('veth'),
  bridge: () => link('bridge'),
  vxlan: () => link('vxlan', 'id', '1', 'dstport', '4789'),
  dummy: () => link('dummy'),
  tbf: () =>
    succeeds(
      'unshare',
      '-n',
      'tc',
      'qdisc',
      'add',
      'dev',
      'lo',
      'root',
      'tbf',
      'rate',
      '1mbit',
      'burst',
      '10k',
      'limit',
      '10k',
    ),
  ifb: () => link('ifb'),
  vlan: () => stacked('vlan', 'id', '1'),
  macvlan: () => stacked('macvlan'),
  ipvlan: () => stacked('ipvlan'),
  bond: () => link('bond'),
  vrf: () => link('vrf', 'table', '10'),
  gre: () => link('gre', 'remote', '192.0.2.1'),
  gretap: () => link('gretap', 'remote', '192.0.2.1'),
  ip6gre: () => link('ip6gre', 'remote', '2001:db8::1'),
  ipip: () => link('ipip', 'remote', '192.0.2.1'),
  ip6tnl: () => link('ip6tnl', 'remote', '2001:db8::1'),
  sit: () => link('sit', 'remote', '192.0.2.1'),
  geneve: () => link('geneve', 'id', '1', 'remote', '192.0.2.1'),
  'bridge vlan_filtering': () => link('bridge', 'vlan_filtering', '1'),
  nftables: () => succeeds('unshare', '-n', 'nft', 'add', 'table', 'inet', 'probe'),
  'nftables NAT': () =>
    succeeds(
      'unshare',
      '-n',
      'nft',
      'table inet probe { chain c { type nat hook postrouting priority 100; masquerade; }; }',
    ),
  ipv6: () => existsSync('/proc/sys/net/ipv6'),
  'pid namespaces': () => succeeds('unshare', '-p', '-m', '-f', '--mount-proc', 'true'),
  'user namespaces of nobody': () =>
    succeeds('setpriv', '--reuid', 'nobody', '--regid', `${nobody().gid}`, '--clear-groups', 'unshare', '-Urn', 'true'),
  'memory controller': () => controller('memory') !== undefined,
  'pids controller': () => controller('pids') !== undefined,
  freezer: () => freezerRoot() !== undefined,
  'cpu controller': () => controller('cpu') !== undefined,
  'cpuset controller': () => controller('cpuset') !== undefined,
  tun: () => succeeds('unshare', '-n', 'ip', 'tuntap', 'add', 'dev', 'probe0', 'mode', 'tap'),
  slirp4netns: () => succeeds('slirp4netns', '--version'),
  pasta: () => succeeds('pasta', '--version'),
  'pseudo-terminals': () => existsSync('/dev/ptmx'),
  // Its first line of a table: a kernel without ctnetlink refuses.
  conntrack: () => succeeds('unshare', '-n', 'conntrack', '-L'),
  nft: () => succeeds('nft', '--version'),
  iptables: () => succeeds('unshare', '-n', 'iptables', '-A', 'INPUT', '-p', 'icmp', '-j', 'REJECT'),
  strace: () => succeeds('strace', '-V'),
  ping: () => succeeds('ping', '-V'),
  // Asked for its version it looks for this machine's name first, and waits for resolvers that a fresh host does not reach.
  curl: () => succeeds('sh', '-c', 'command -v curl'),
  zstd: () => succeeds('zstd', '--version'),
  umoci: () => succeeds('umoci', '--version'),
  skopeo: () => succeeds('skopeo', '--version'),
  python3: () => succeeds('python3', '-V'),
  zsh: () => succeeds('zsh', '--version'),
  fish: () => succeeds('fish', '--version'),
  cc: () => succeeds('cc', '--version'),
  capsh: () => succeeds('capsh', '--print'),
  newuidmap: () => existsSync('/usr/bin/newuidmap') && existsSync('/etc/subuid') && existsSync('/etc/subgid'),
  runc: () => succeeds('runc', '--version'),
  tcpdump: () => succeeds('tcpdump', '--version'),
  dot: () => succeeds('dot', '-V'),
  tshark: () => succeeds('tshark', '--version') && succeeds('capinfos', '--version'),
  xmllint: () => succeeds('xmllint', '--version'),
  busybox: () => succeeds('busybox', '--list'),
} satisfies Record<string, () => boolean>;

export type Feature = keyof typeof FEATURES;

const answers = new Map<Feature, boolean>();

/** Whether this machine has `feature`; asked once. */
export function has(feature: Feature): boolean {
  let answer = answers.get(feature);
  if (answer === undefined) {
    answer = FEATURES[feature]();
    answers.set(feature, answer);
  }
  return answer;
}

/** Skips the calling test or, in a `before`, its suite, unless the machine has every one of `features`. */
export function probe(context: Context, ...features: readonly Feature[]): void {
  const missing = features.filter((feature) => !has(feature));
  if (missing.length > 0) skip(context, `this machine has no ${missing.join(', no ')}`);
}

/** Skips the calling test or suite unless we are root and may make network namespaces. */
export function requireRoot(context: Context): void {
  if (process.getuid?.() !== 0) skip(context, 'needs root');
  // Bit 21 of the effective set is CAP_SYS_ADMIN, see linux/capability.h.
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  if (((BigInt(`0x${mask}`) >> 21n) & 1n) === 0n) skip(context, 'needs CAP_SYS_ADMIN');
}

/** Ends the calling test or suite here, as skipped, and prints why (once for a suite). */
export function skip(context: Context, reason: string): never {
  if (process.env['NETLAB_STOCK_KERNEL'] === '1')
    throw new Error(`${reason}, and NETLAB_STOCK_KERNEL=1 forbids skipping`);
  const runnable: (Mocha.Runnable & { type?: string }) | undefined = context.test;
  // In a hook `test` is the hook, and what it skips is the suite around it.
  const skipped: object | undefined = runnable?.type === 'hook' ? runnable.parent : runnable;
  if (skipped !== undefined) Object.assign(skipped, { skipReason: reason });
  // reporter.cjs lists the reasons at the end; other reporters know nothing of them.
  if (process.env['NETLAB_TEST_COUNTS'] === undefined)
    console.log(`      skipped: ${runnable?.fullTitle() ?? ''}: ${reason}`);
  return context.skip();
}

function link(type: string, ...options: readonly string[]): boolean {
  return succeeds('unshare', '-n', 'ip', 'link', 'add', 'probe0', 'type', type, ...options);
}

/** A device that stands on another. */
function stacked(type: string, ...options: readonly string[]): boolean {
  const lower = 'ip link add lower type veth peer name other';
  const upper = `ip link add link lower name probe0 type ${[type, ...options].join(' ')}`;
  return succeeds('unshare', '-n', 'sh', '-c', `${lower} && ${upper}`);
}

function succeeds(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
