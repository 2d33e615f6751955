/**
 * Everything that stands in the namespaces of a lab, by ip, bridge, nft and sysctl, as one document in which nothing is left that
 * two makings of the same lab cannot have in common. A program: `node everything.js LAB`, so that it can be run in a mount namespace
 * that has a /run of its own.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { ipJson, netnsOf, ruleset, run } from '../../support/index.ts';

/** Left out wherever they stand, each with its reason. */
const NOT_EQUAL: readonly (readonly [key: RegExp, why: string])[] = [
  [
    /^(ifindex|link_index|link_netnsid|link)$/,
    'netlab numbers its links in one row; what they lead to is compared by name',
  ],
  [/^(handle|packets|bytes)$/, 'nftables counts what is made, and what passes'],
  [/timer$|^(hello_time|tcn_timer|topology_change).*$/, 'clocks of a bridge'],
  [
    /^(operstate|state|flags|txqlen)$/,
    'follow the carrier of both ends a moment later; `up` and the states of entries are compared',
  ],
  [/^(tso_max|gso|gro)_.*$/, 'of the machine'],
  [/^permaddr$/, 'of an IPv6 tunnel: random'],
  [/^(valid_life_time|preferred_life_time|used|updated|confirmed|probes)$/, 'clocks'],
];

type Entry = Readonly<Record<string, unknown>>;

/** Of a link as a port: a bridge numbers its ports as they join, and netlab joins them as their far ends come to be. */
const PORT_NUMBERS = ['id', 'no', 'designated_port'];

function steady(value: unknown): unknown {
  const text = JSON.stringify(value, function (this: Entry, key, each: unknown) {
    const isPortNumber = 'root_block' in this && PORT_NUMBERS.includes(key);
    return isPortNumber || NOT_EQUAL.some(([name]) => name.test(key)) ? undefined : each;
  });
  return JSON.parse(text);
}

function sorted(list: readonly unknown[]): string[] {
  return list.map((each) => JSON.stringify(steady(each))).toSorted();
}

/** The whole lab. */
export function everything(lab: string): Record<string, unknown> {
  return Object.fromEntries(netnsOf(lab).map((node) => [node, nodeOf(lab, node)]));
}

function nodeOf(lab: string, node: string): Record<string, unknown> {
  const links = ipJson<Entry>(lab, node, 'link');
  const family = (six: '-4' | '-6', ...words: string[]): string[] =>
    sorted(ipJson<Entry>(lab, node, six, ...words).filter((each) => !isLate(each)));
  return {
    links: sorted(links.map((link) => ({ ...link, up: (link['flags'] as string[]).includes('UP') }))),
    peers: peers(lab, node, links),
    addresses: sorted(ipJson<Entry>(lab, node, 'addr').map(({ ifname, addr_info }) => ({ ifname, addr_info }))),
    routes: [...family('-4', 'route', 'show', 'table', 'all'), ...family('-6', 'route', 'show', 'table', 'all')],
    rules: [...family('-4', 'rule'), ...family('-6', 'rule')],
    neighbours: sorted(
      ipJson<Entry>(lab, node, 'neigh', 'show', 'nud', 'permanent').map((each) => ({ ...each, nud: each['state'] })),
    ),
    fdb: sorted(
      bridge(lab, node, 'fdb')
        .filter(isMade)
        .map((each) => ({ ...each, kind: each['state'] })),
    ),
    ports: sorted(bridge(lab, node, 'link')),
    nftables: steady(ruleset(lab, node)),
    sysctls: sysctls(lab, node),
  };
}

/** The kernel makes ff00::/8 for a device when it notices its carrier, up to a second after it came up. */
function isLate({ type, protocol }: Entry): boolean {
  return type === 'multicast' && protocol === 'kernel';
}

/** The far end of each veth: by the number that the kernel gives the far namespace, and that namespace's own list. */
function peers(lab: string, node: string, links: readonly Entry[]): Record<string, string> {
  const spaces = ipJson<{ nsid: number; name?: string }>(lab, node, 'netns', 'list-id');
  const out: Record<string, string> = {};
  for (const { ifname, link_index: index, link_netnsid: id, link, linkinfo } of links) {
    if ((linkinfo as Entry | undefined)?.['info_kind'] !== 'veth') continue;
    const space = spaces.find(({ nsid }) => nsid === id)?.name;
    const ours = space?.startsWith(`${lab}.`) === true;
    const far = !ours || space === undefined ? [] : ipJson<Entry>(lab, space.slice(lab.length + 1), 'link');
    out[String(ifname)] = !ours
      ? (space ?? String(link))
      : `${space}:${String(far.find((each) => each['ifindex'] === index)?.['ifname'])}`;
  }
  return out;
}

function bridge(lab: string, node: string, what: 'fdb' | 'link'): Entry[] {
  return JSON.parse(run('bridge', ['-n', `${lab}.${node}`, '-d', '-j', what, 'show']) || '[]') as Entry[];
}

/** What a bridge has learnt comes and goes with the packets. */
function isMade({ state }: Entry): boolean {
  return state === 'permanent' || state === 'static';
}

/** Random per namespace, or counted by the machine as a whole. */
const RANDOM = /stable_secret|nf_conntrack_count|fib_multipath_hash_seed|\.nf_log/;

function sysctls(lab: string, node: string): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'exec', `${lab}.${node}`, 'sysctl', '-a', '--pattern', '^net'], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !RANDOM.test(line))
    .toSorted();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(everything(process.argv[2] ?? '')));
