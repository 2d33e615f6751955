/**
 * Everything that stands in the namespaces of a lab, by tools that are not ours: ip, bridge, nft, and the files of /proc. One shell for
 * the whole lab, because hundreds of labs are looked at several times each.
 */
import { spawnSync } from 'node:child_process';

import { has, netnsOf } from '../../support/index.ts';
import { programsOf } from './programs.ts';
import { type Entry, inOrder, isMade, linkOf, routeOf, rulesetOf, settings, steady } from './steady.ts';

/** What was seen of a lab. */
export interface Dump {
  /** What two labs of the same file have in common, by node. */
  readonly nodes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What this one has for itself: the index of each device (`node:name`); pid and start of each process (`node sleep 7`). */
  readonly links: ReadonlyMap<string, number>;
  readonly processes: ReadonlyMap<string, string>;
}

/** The settings that the drawn labs change, and those that the kernel changes along with them. All would be a thousand files a node. */
const SETTINGS = [
  'ipv4/ip_default_ttl ipv4/ip_forward ipv4/tcp_ecn ipv4/ping_group_range',
  ...'accept_redirects arp_ignore forwarding route_localnet rp_filter'.split(' ').map((name) => `ipv4/conf/*/${name}`),
  ...'accept_ra addr_gen_mode disable_ipv6 forwarding mtu'.split(' ').map((name) => `ipv6/conf/*/${name}`),
  ...[4, 6].map((family) => `ipv${family}/neigh/*/gc_stale_time`),
].join(' ');

/** What is asked in each namespace. */
const QUESTIONS: readonly (readonly [what: string, command: string])[] = [
  // Each of these prints one line of JSON; `ip route` of all tables, and `ip neighbour`, are of both families.
  [
    'network',
    "printf 'link\\naddress\\nroute show table all\\nrule\\nneighbour show nud permanent\\n' | ip -j -d -batch -",
  ],
  ['rules', 'ip -6 -j rule'],
  ['fdb', 'bridge -j fdb'],
  ...(has('nft') ? ([['nft', 'nft -j list ruleset']] as const) : []),
  ['settings', `cd /proc/sys/net; grep -s . ${SETTINGS}`],
];
/** Stands before each answer. */
const MARK = '\u001e';

/** Looks at a lab that is up. */
export function dumped(lab: string): Dump {
  const names = netnsOf(lab);
  const answers = ask(lab, names);
  const networks = names.map((node) => answers(node, 'network').trim().split('\n').map(entries));
  const owners = new Map<number, string>();
  for (const [i, node] of names.entries()) {
    for (const { ifindex, ifname } of networks[i]![0] ?? [])
      if (ifname !== 'lo') owners.set(Number(ifindex), `${node}:${String(ifname)}`);
  }
  const { programs, processes } = programsOf(lab, names);
  const nodes = names.map((node, i) => {
    const [links = [], addresses = [], routes = [], rules = [], neighbours = []] = networks[i]!;
    return [
      node,
      {
        links: inOrder(links.map((each) => linkOf(each, owners))),
        addresses: Object.fromEntries(addresses.map(({ ifname, addr_info: list }) => [ifname, steady(list)])),
        routes: inOrder(routes.flatMap(routeOf)),
        rules: [...rules, ...entries(answers(node, 'rules'))].map(steady),
        neighbours: inOrder(neighbours.map(steady)),
        fdb: inOrder(entries(answers(node, 'fdb')).filter(isMade).map(steady)),
        nft: rulesetOf(answers(node, 'nft')),
        settings: settings(answers(node, 'settings')),
        ...programs.get(node),
      },
    ] as const;
  });
  const links = new Map([...owners].map(([index, name]) => [name, index]));
  return { nodes: Object.fromEntries(nodes), links, processes };
}

function ask(lab: string, names: readonly string[]): (node: string, what: string) => string {
  const script = QUESTIONS.map(([what, command]) => `printf '${MARK}%s ${what}\\n' "$1"\n${command}`).join('\n');
  const loop = `for node in "$@"; do nsenter --net="/run/netns/${lab}.$node" sh -c "$SCRIPT" sh "$node"; done`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', loop, 'sh', ...names], {
    encoding: 'utf8',
    maxBuffer: 256 << 20,
    env: { ...process.env, SCRIPT: script },
  });
  const answers = new Map(
    stdout.split(MARK).map((text) => {
      const end = text.indexOf('\n');
      return [text.slice(0, end), text.slice(end + 1)];
    }),
  );
  if (answers.size <= names.length * QUESTIONS.length) throw new Error(`the oracle failed with ${status}: ${stderr}`);
  return (node, what) => answers.get(`${node} ${what}`) ?? '';
}

/** What a tool prints that prints nothing at all for an empty table. */
function entries(text: string): Entry[] {
  return text.trim() === '' ? [] : (JSON.parse(text) as Entry[]);
}
