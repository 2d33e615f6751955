/** Rules of the table `filter` → `firewall`. */
import { ICMP_TYPES } from '../../model/icmp.ts';
import type { NodeDraft } from '../draft.ts';
import type { Network } from '../network/network.ts';
import type { Match } from './iptables.ts';
import type { PlacedRule, TableChain } from './tables.ts';

export type ChainDraft = NonNullable<NonNullable<NodeDraft['firewall']>['input']>;
type RuleDraft = NonNullable<ChainDraft['rules']>[number];

/** `--reject-with` in the words of the language. */
const REJECT: Readonly<Record<string, string>> = {
  'icmp-port-unreachable': 'port-unreachable', 'port-unreach': 'port-unreachable',
  'icmp-host-unreachable': 'host-unreachable', 'host-unreach': 'host-unreachable',
  'icmp-net-unreachable': 'net-unreachable', 'net-unreach': 'net-unreachable',
  'icmp-admin-prohibited': 'admin-prohibited', 'admin-prohib': 'admin-prohibited',
  'tcp-reset': 'tcp-reset', 'tcp-rst': 'tcp-reset',
}; // prettier-ignore

/** Undefined where one of its rules is more than the language has; nothing of a chain that lets everything pass. */
export function chainOf(network: Network, { policy, rules }: TableChain): ChainDraft | undefined | 'open' {
  const made = rules.map((placed) => ruleOf(network, placed));
  if (made.includes(undefined)) return undefined;
  if (policy === 'accept' && made.length === 0) return 'open';
  // iptables says nothing about IPv6, and the language's rules do: it passes before all of them.
  const others: RuleDraft[] = network.hasIpv6('all') ? [{ accept: { from: '::/0' } }] : [];
  return {
    ...(policy === 'drop' ? { policy } : {}),
    ...(made.length === 0 && others.length === 0 ? {} : { rules: [...others, ...(made as RuleDraft[])] }),
  };
}

function ruleOf(network: Network, { rule }: PlacedRule): RuleDraft | undefined {
  const { match, target, options, probability } = rule;
  const own = matchOf(network, match);
  const { 'reject-with': kind, 'log-prefix': prefix, 'log-level': _, ...others } = options;
  if (own === undefined || probability !== undefined || Object.keys(others).length > 0) return undefined;
  if (target === 'ACCEPT') return { accept: own };
  if (target === 'DROP') return { drop: own };
  if (target === 'RETURN') return { return: own };
  if (target === 'LOG' && /^[^"\p{Cc}]{0,127}$/u.test(prefix ?? ''))
    return { log: { ...own, ...(prefix === undefined ? {} : { prefix }) } };
  if (target !== 'REJECT') return undefined;
  const how = kind === undefined ? undefined : REJECT[kind];
  if (kind !== undefined && (how === undefined || (how === 'tcp-reset' && match.proto !== 'tcp'))) return undefined;
  return { reject: { ...own, ...(how === undefined ? {} : { with: how as 'tcp-reset' }) } };
}

/** A list of one as that one; undefined for what is not there. */
function matchOf(network: Network, match: Match): NonNullable<RuleDraft['accept']> | undefined {
  const { in: into, out, icmp_type: type } = match;
  if ([into, out].some((dev) => dev !== undefined && !network.has(dev))) return undefined;
  const isKnown = type === undefined || /^\d{1,3}$/.test(type) || Object.hasOwn(ICMP_TYPES.icmp, type);
  if (!isKnown && type !== 'any') return undefined;
  const all = Object.entries(match)
    .filter(([name, value]) => name !== 'icmp_type' || value !== 'any')
    .map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value,
    ]);
  return Object.fromEntries(all) as NonNullable<RuleDraft['accept']>;
}
