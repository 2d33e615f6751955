/** Rules of the table `nat` → lines of `nat`. */
import { isIPv4 } from 'node:net';

import type { NodeDraft } from '../draft.ts';
import type { Network } from '../network/network.ts';
import { portOf } from './ports.ts';
import type { PlacedRule } from './tables.ts';

export type NatDraft = NonNullable<NodeDraft['nat']>[number];

/** How far from 1/n a probability may be: scripts write 0.33. */
const NEAR = 0.01;

/** POSTROUTING; undefined where one of its rules is more than the language has. */
export function leaving(network: Network, rules: readonly PlacedRule[]): NatDraft[] | undefined {
  const all = rules.map(({ rule: { match, target, options, probability } }): NatDraft | undefined => {
    const { out, from = [], ...more } = match;
    const { comment: _, ...rest } = more;
    const to = options['to-source'];
    if (probability !== undefined || from.length > 1 || Object.keys(rest).length > 0) return undefined;
    if (out !== undefined && !network.has(out)) return undefined;
    // The language's rule is about IPv6 as well, which iptables is not.
    const source = from[0] ?? (network.hasIpv6('all') ? '0.0.0.0/0' : undefined);
    const which = { ...(out === undefined ? {} : { out }), ...(source === undefined ? {} : { from: source }) };
    if (target === 'MASQUERADE' && out !== undefined && Object.keys(options).length === 0)
      return { masquerade: { ...which, out } };
    if (target === 'SNAT' && to !== undefined && isIPv4(to)) return { snat: { ...which, to } };
    return undefined;
  });
  return all.includes(undefined) ? undefined : (all as NatDraft[]);
}

/** PREROUTING, likewise. */
export function arriving(network: Network, rules: readonly PlacedRule[]): NatDraft[] | undefined {
  const all: NatDraft[] = [];
  for (let i = 0; i < rules.length; i++) {
    const group = balanced(rules.slice(i));
    if (group === undefined) return undefined;
    i += group.length - 1;
    const made = group[0]!.rule.target === 'REDIRECT' ? redirect(network, group[0]!) : dnat(network, group);
    if (made === undefined) return undefined;
    all.push(...made);
  }
  return all;
}

/** The rules, from the first on, between which connections are spread evenly; that rule alone where it says nothing of that. */
function balanced(rules: readonly PlacedRule[]): PlacedRule[] | undefined {
  const [first] = rules;
  const end = rules.findIndex(({ rule }) => rule.probability === undefined);
  if (first === undefined || end < 0) return undefined;
  const group = rules.slice(0, end + 1);
  const same = JSON.stringify(first.rule.match);
  const even = group.every(
    ({ rule }, i) =>
      JSON.stringify(rule.match) === same &&
      rule.target === first.rule.target &&
      Math.abs((rule.probability ?? 1) - 1 / (group.length - i)) < NEAR,
  );
  return even && (end === 0 || first.rule.target === 'DNAT') ? group : undefined;
}

/** The interface, protocol and port of a rule, where it says nothing else. */
function which(network: Network, { rule: { match } }: PlacedRule): Pick<Dnat, 'in' | 'proto' | 'port'> | undefined {
  const { in: into, to: _to, proto, port = [], comment: _, ...rest } = match;
  const [only] = port;
  if (Object.keys(rest).length > 0 || port.length > 1 || typeof only === 'string') return undefined;
  if ((into !== undefined && !network.has(into)) || (proto !== undefined && !/^(?:tcp|udp)$/.test(proto)))
    return undefined;
  return {
    ...(into === undefined ? {} : { in: into }),
    ...(proto === undefined ? {} : { proto: proto as 'tcp' }),
    ...(only === undefined ? {} : { port: only }),
  };
}

type Dnat = NonNullable<NatDraft['dnat']>;

/** With several rules connections are spread over their targets. */
function dnat(network: Network, group: readonly PlacedRule[]): NatDraft[] | undefined {
  const [first] = group;
  const said = which(network, first!);
  const { to: dest = [] } = first!.rule.match;
  const targets = group.map(({ rule }) => rule.options['to-destination'] ?? '');
  if (said === undefined || dest.length > 1 || dest[0]?.endsWith('/32') === false) return undefined;
  const isSound = targets.every((target) => {
    const [address = '', port, ...more] = target.split(':');
    const hasPort = port !== undefined && /^\d+$/.test(port) && said.proto !== undefined;
    return isIPv4(address) && more.length === 0 && (port === undefined || hasPort);
  });
  if (!isSound || group.some(({ rule }) => rule.target !== 'DNAT')) return undefined;
  const rest = {
    ...(dest[0] === undefined ? {} : { dest: dest[0].replace('/32', '') }),
    ...said,
    to: targets.length === 1 ? targets[0]! : targets,
  };
  // Without an interface the language means the node's own packets too, which do not come by PREROUTING.
  if (said.in !== undefined || dest[0] === undefined) return [{ dnat: rest }];
  return network.devices().map((dev) => ({ dnat: { in: dev, ...rest } }));
}

function redirect(network: Network, placed: PlacedRule): NatDraft[] | undefined {
  const said = which(network, placed);
  const to = portOf(placed.rule.options['to-ports'] ?? '');
  // It has no word for IPv4 alone.
  if (said?.proto === undefined || to === undefined || placed.rule.match.to !== undefined || network.hasIpv6('all'))
    return undefined;
  return [{ redirect: { ...said, proto: said.proto, to } }];
}
