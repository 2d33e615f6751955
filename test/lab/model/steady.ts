/** What the tools print of a lab, without what two labs of the same file cannot have in common. */

/** One thing as a tool prints it. */
export type Entry = Readonly<Record<string, unknown>>;

/** Left out wherever they stand, each with its reason. */
const LEFT_OUT: readonly (readonly [key: RegExp, why: string])[] = [
  [/^(ifindex|link_index|link_netnsid)$/, 'netlab numbers its links in one row; what they lead to is compared by name'],
  [/^(handle|packets|bytes)$/, 'nftables counts what is made, and what passes'],
  [/timer$|^(hello_time|topology_change.*)$/, 'clocks of a bridge'],
  [
    /^(root_.*|designated_.*|bridge_id|no|id|port_id|config_pending)$/,
    'of a bridge: numbered as ports join, elected as time goes by',
  ],
  [/^(operstate|state)$/, 'follow the carrier of both ends a moment later'],
  [
    /^(promiscuity|allmulti)$/,
    'counted: not for a device that is down, and a macvlan in mode passthru leaves one behind',
  ],
  [/^(tso_max|gso|gro)_.*$/, 'of the machine'],
  [/^(valid_life_time|preferred_life_time|used|updated|confirmed|probes)$/, 'clocks'],
];

/** Without what is left out. */
export function steady(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (LEFT_OUT.some(([name]) => name.test(key)) ? undefined : each)),
  );
}

/** Queues that the kernel itself gives to devices. */
const KERNELS_OWN: ReadonlySet<string> = new Set(['noop', 'noqueue', 'pfifo_fast', 'fq_codel', 'mq']);

/** A device; what it leads to by name. Of its flags those that somebody has set. */
export function linkOf(link: Entry, owners: ReadonlyMap<number, string>): unknown {
  const flags = link['flags'] as readonly string[];
  const far = link['link_index'];
  const { id, ...info } = (link['linkinfo'] as { info_data?: Entry } | undefined)?.info_data ?? {};
  return {
    ...(steady(link) as Entry),
    // The kernel gives a device its queue when that comes up for the first time, and never takes it back.
    qdisc: !flags.includes('UP') && KERNELS_OWN.has(String(link['qdisc'])) ? 'none yet' : link['qdisc'],
    flags: ['UP', 'NOARP', 'PROMISC', 'ALLMULTI'].filter((flag) => flags.includes(flag)),
    ...(far === undefined ? {} : { far: owners.get(Number(far)) ?? 'elsewhere' }),
    // A bridge's ports have an id too, which says nothing; a vxlan's is its network.
    ...(typeof id === 'number' && Object.keys(info).length > 0 ? { network: id } : {}),
  };
}

/** What the kernel makes for IPv6 by itself, some time after an address or a carrier has come. */
function isLate({ type, protocol, dst }: Entry): boolean {
  if (protocol !== 'kernel') return false;
  return type === 'multicast' || type === 'anycast' || (type === 'local' && String(dst).includes(':'));
}

/** A route; the kernel tells with flags what the carrier is like. */
export function routeOf(route: Entry): unknown[] {
  if (isLate(route)) return [];
  const told = (flags: unknown): string[] => ((flags ?? []) as string[]).filter((flag) => flag === 'onlink');
  const hops = route['nexthops'] as readonly Entry[] | undefined;
  const ways = hops?.map((hop) => ({ ...(steady(hop) as Entry), flags: told(hop['flags']) }));
  // The kernel keeps no order among the ways of an IPv6 route.
  const six = ways?.some(({ via, gateway }: Entry) => JSON.stringify([via, gateway]).includes(':')) === true;
  return [
    {
      ...(steady(route) as Entry),
      flags: told(route['flags']),
      ...(ways === undefined ? {} : { nexthops: six ? inOrder(ways) : ways }),
    },
  ];
}

/** What a bridge has learnt comes and goes with the packets, and the multicast filters of a device with what it listens to. */
export function isMade({ state, mac, dst }: Entry): boolean {
  const isFilter = dst === undefined && /^(33:33|01:00:5e)/.test(String(mac));
  return !isFilter && (state === 'permanent' || state === 'static');
}

/** What nft prints. The order of rules in a chain is told by their texts; tables and chains have none. */
export function rulesetOf(text: string): unknown {
  const { nftables = [] } = JSON.parse(text || '{}') as { nftables?: Readonly<Record<string, Entry>>[] };
  const chains = new Map<string, unknown[]>();
  const others: unknown[] = [];
  for (const each of nftables) {
    const { rule } = each;
    if (rule === undefined) {
      others.push(steady(each));
      continue;
    }
    const chain = `${String(rule['family'])} ${String(rule['table'])} ${String(rule['chain'])}`;
    chains.set(chain, [...(chains.get(chain) ?? []), steady(rule)]);
  }
  return { others: inOrder(others), chains: Object.fromEntries([...chains].toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

/** In an order that says nothing. */
export function inOrder(list: readonly unknown[]): unknown[] {
  return list
    .map((each) => [JSON.stringify(each), each] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, each]) => each);
}

/** What grep prints of settings: `ipv4/ip_forward:1` each. */
export function settings(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();
}
