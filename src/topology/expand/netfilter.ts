/** A node's `nat` and `firewall` → one resource. */
import type { FilterChain, FilterHook, FilterRule } from '../../model/netfilter.ts';
import type { Netfilter, NftText } from '../../model/resource.ts';
import { entries, items, type FilterDocument, type MatchDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { listOf, networkText } from '../values.ts';
import { hashText } from '../../resource/hash.ts';
import { readNftText } from '../nft-text.ts';
import { natOf } from './nat.ts';

/** The chains of the packet filter, in the order in which a packet may meet them. */
export const FILTER_HOOKS: readonly FilterHook[] = ['input', 'forward', 'output'];

/** The address translation and the packet filter of a node, or nothing when it has neither. */
export function netfilterOf(node: DraftNode): Netfilter[] {
  const nat = natOf(node);
  const firewall = FILTER_HOOKS.flatMap((hook) => chainOf(node, hook) ?? []);
  if (nat.length + firewall.length === 0) return [];
  const at = [...node.at, nat.length > 0 ? 'nat' : 'firewall'];
  return [{ kind: 'netfilter', node: node.name, nat, firewall, at }];
}

/** The raw nft text of a node. */
export function nftTextOf(node: DraftNode): NftText[] {
  const text = node.document.nftables;
  if (text === undefined) return [];
  const tables = [...new Set(readNftText(text).tables.map(({ table }) => table))];
  const at = [...node.at, 'nftables'];
  return [{ kind: 'nftables', node: node.name, text, tables, digest: hashText(text), at }];
}

function chainOf(node: DraftNode, hook: FilterHook): FilterChain | undefined {
  const chain = node.document.firewall?.[hook];
  if (chain === undefined) return undefined;
  const at = [...node.at, 'firewall', hook];
  return {
    hook,
    policy: chain.policy ?? 'accept',
    rules: items(chain.rules).map(([i, rule]) => ruleOf(rule, [...at, 'rules', i])),
    at,
  };
}

/** The verdict of a rule and the packets that it holds for. */
export function verdictOf(rule: FilterDocument): [verdict: FilterRule['verdict'], match: MatchDocument] {
  const [verdict, match] = entries(rule as Readonly<Record<string, MatchDocument | null>>)[0]!;
  return [verdict as FilterRule['verdict'], match ?? {}];
}

function ruleOf(rule: FilterDocument, at: FilterRule['at'] & object): FilterRule {
  const [verdict, match] = verdictOf(rule);
  const log = verdict === 'log' ? (match.prefix ?? '') : match.log;
  const [proto, state] = [listOf(match.proto), listOf(match.state)];
  const list = <K extends string>(key: K, values: readonly string[]): Partial<Record<K, string[]>> => {
    const out: Partial<Record<K, string[]>> = {};
    if (values.length > 0) out[key] = [...new Set(values)];
    return out;
  };
  return {
    verdict,
    ...list('in', listOf(match.in)),
    ...list('out', listOf(match.out)),
    ...list('from', listOf(match.from).map(networkText)),
    ...list('to', listOf(match.to).map(networkText)),
    ...(proto.length === 0 ? {} : { proto: [...new Set(proto)] }),
    ...list('port', listOf(match.port).map(portText)),
    ...list('sourcePort', listOf(match.source_port).map(portText)),
    ...(state.length === 0 ? {} : { state: [...new Set(state)] }),
    ...list('icmpType', listOf(match.icmp_type).map(String)),
    ...(match.with === undefined ? {} : { with: match.with }),
    ...(log === undefined ? {} : { log }),
    ...(match.counter === true ? { counter: true } : {}),
    ...(match.comment === undefined ? {} : { comment: match.comment }),
    at: [...at, verdict],
  };
}

/** `80` or `1000-2000`; a range of one is that one. */
function portText(port: number | string): string {
  const [first, last = first] = String(port).split('-').map(Number);
  return first === last ? String(first) : `${first}-${last}`;
}
