/** The table `inet netlab` of a node: which chains and rules it has, and the transaction that makes the kernel's equal to it. */
import type { FilterHook, InstalledChain, InstalledRule, RuleSet } from '../model/netfilter.ts';
import type { Path } from '../model/place.ts';
import type { Netfilter } from '../model/resource.ts';
import { NF, NF_INET, NF_IP_PRI, NFPROTO, NFT_SET } from '../netlink/constants.ts';
import type { Message } from '../netlink/message.ts';
import {
  delchain,
  delrule,
  deltable,
  type Expression,
  newchain,
  newrule,
  newset,
  newsetelem,
  newtable,
} from '../netlink/spec/nftables.ts';
import { compileFilter, filterWords } from './filter-rules.ts';
import type { NetlinkRequest } from './kind.ts';
import { compileNat, type NatChain, natWords } from './nat-rules.ts';
import { commentBytes, commentOf } from './nft-comment.ts';
import { ANONYMOUS_SET, type RuleBuilder } from './nft-rule.ts';
import { FLAGS } from './request.ts';

/** Our table's name, in every node that translates addresses or filters packets: `nft list table inet netlab`. */
export const TABLE = 'netlab';

/** Where each chain hooks into the packet's path. */
const HOOKS: Readonly<Record<NatChain | FilterHook, Required<Pick<InstalledChain, 'type' | 'hook' | 'priority'>>>> = {
  // Before any translation, where 127.0.0.1 is what the sender wrote and not what conntrack has put back.
  guard: { type: 'filter', hook: NF_INET.PRE_ROUTING, priority: NF_IP_PRI.RAW },
  prerouting: { type: 'nat', hook: NF_INET.PRE_ROUTING, priority: NF_IP_PRI.NAT_DST },
  'nat-output': { type: 'nat', hook: NF_INET.LOCAL_OUT, priority: NF_IP_PRI.NAT_DST },
  postrouting: { type: 'nat', hook: NF_INET.POST_ROUTING, priority: NF_IP_PRI.NAT_SRC },
  input: { type: 'filter', hook: NF_INET.LOCAL_IN, priority: NF_IP_PRI.FILTER },
  forward: { type: 'filter', hook: NF_INET.FORWARD, priority: NF_IP_PRI.FILTER },
  output: { type: 'filter', hook: NF_INET.LOCAL_OUT, priority: NF_IP_PRI.FILTER },
};
/** The hooks by number, as nft calls them. */
const HOOK_WORDS = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** A rule that has been compiled: with the words of its line, and in the language of `nft`. */
export interface CompiledRule extends InstalledRule {
  readonly comment: string;
  readonly words: string;
  readonly nft: string;
}

export interface CompiledChain extends Required<Omit<InstalledChain, 'at'>> {
  readonly name: NatChain | FilterHook;
  readonly rules: readonly CompiledRule[];
}

/** The chains that a node's translation and packet filter need, each with its rules in order. */
export function compile({ nat, firewall }: Pick<Netfilter, 'nat' | 'firewall'>): CompiledChain[] {
  const rules = nat.flatMap((line) =>
    compileNat(line).map(({ chain, rule }) => ({ chain, rule: compiled(rule, natWords(line), line.at) })),
  );
  const translation = (['guard', 'prerouting', 'nat-output', 'postrouting'] as const).flatMap(
    (name): CompiledChain[] => {
      const own = rules.filter(({ chain }) => chain === name).map(({ rule }) => rule);
      return own.length === 0 ? [] : [{ name, ...HOOKS[name], policy: NF.ACCEPT, rules: own }];
    },
  );
  const filter = firewall.map(({ hook, policy, rules: lines, at }): CompiledChain => ({
    name: hook,
    ...HOOKS[hook],
    policy: policy === 'drop' ? NF.DROP : NF.ACCEPT,
    rules: lines.flatMap((line) => compileFilter(line).map((rule) => compiled(rule, filterWords(line), line.at))),
    ...placed(at),
  }));
  return [...translation, ...filter];
}

function compiled({ nft, code, sets }: RuleBuilder, words: string, at: Path | undefined): CompiledRule {
  return { words, comment: commentOf(words), nft, code, sets, ...placed(at) };
}

function placed(at: Path | undefined): { readonly at?: Path } {
  return at === undefined ? {} : { at };
}

/** `type nat hook prerouting priority -100`: what cannot be changed while a chain stands. */
export function hookWords({ type, hook, priority }: InstalledChain): string {
  return type === undefined ? 'not hooked in' : `type ${type} hook ${HOOK_WORDS[hook ?? -1]} priority ${priority}`;
}

export function policyWord({ policy }: InstalledChain): string {
  return policy === NF.DROP ? 'drop' : 'accept';
}

/**
 * One transaction that exchanges all rules of the table: no packet meets half of it, and established connections keep the
 * translation that conntrack remembers. Chains that stay are not made anew, since a new chain takes packets before it has rules.
 */
export function replaceTable(
  { node, table = TABLE }: Pick<Netfilter, 'node' | 'table'>,
  wanted: readonly InstalledChain[],
  found: readonly InstalledChain[],
): NetlinkRequest[] {
  const out: NetlinkRequest[] = [request(node, newtable, { name: table }, CREATE)];
  // Without a chain or a handle: all rules of the table.
  if (found.length > 0) out.push(request(node, delrule, { table }, FLAGS.change));
  for (const chain of found) {
    const stays = wanted.some((each) => each.name === chain.name && hookWords(each) === hookWords(chain));
    if (!stays) out.push(request(node, delchain, { table, name: chain.name }, FLAGS.change));
  }
  for (const { name, type, hook, priority, policy, at } of wanted) {
    const base =
      type === undefined || hook === undefined
        ? {}
        : { type, hook: { hooknum: hook, priority: priority ?? 0 }, policy };
    out.push({ ...request(node, newchain, { table, name, ...base }, CREATE), ...placed(at) });
  }
  let id = 0;
  for (const { name, rules } of wanted) {
    for (const rule of rules) {
      const first = id;
      const own = rule.sets.flatMap((set) => makeSet(node, table, set, ++id));
      own.push(request(node, newrule, ruleAttrs(table, name, rule, first), FLAGS.append));
      for (const each of own) out.push({ ...each, ...placed(rule.at) });
    }
  }
  return out;
}

/** The whole table goes. */
export function removeTable({ node, table = TABLE }: Pick<Netfilter, 'node' | 'table'>): NetlinkRequest {
  return request(node, deltable, { name: table }, FLAGS.change, 'unset');
}

function ruleAttrs(table: string, chain: string, { code, sets, comment }: InstalledRule, firstId: number) {
  // What was read from the kernel or written by RuleBuilder is what the tables of netlink describe.
  const expressions = (code as readonly Expression[]).map((expression): Expression => {
    if (expression.name !== 'lookup' || sets.length === 0) return expression;
    const id = (expression.data as { set_id: number }).set_id;
    return { ...expression, data: { ...expression.data, set: ANONYMOUS_SET, set_id: firstId + id } };
  });
  return {
    table,
    chain,
    expressions,
    ...(comment === undefined ? {} : { userdata: commentBytes(comment) }),
  };
}

function makeSet(node: string, table: string, set: RuleSet, id: number): NetlinkRequest[] {
  const { keyType, keyLength, dataType, dataLength, interval, elements } = set;
  const flags =
    NFT_SET.ANONYMOUS |
    NFT_SET.CONSTANT |
    (interval ? NFT_SET.INTERVAL : 0) |
    (dataLength === undefined ? 0 : NFT_SET.MAP);
  const attrs = {
    table,
    name: ANONYMOUS_SET,
    flags,
    key_type: keyType,
    key_len: keyLength,
    ...(dataType === undefined ? {} : { data_type: dataType, data_len: dataLength }),
    id,
    desc: { size: elements.length },
    userdata: byteOrders(set),
  };
  const list = elements.map(({ key, data, end }) => ({
    key: { value: key },
    ...(data === undefined ? {} : { data: { value: data } }),
    ...(end === true ? { flags: 1 } : {}),
  }));
  return [
    request(node, newset, attrs, CREATE),
    request(node, newsetelem, { table, set: ANONYMOUS_SET, set_id: id, elements: list }, CREATE),
  ];
}

/** For whoever prints the set: in which byte order keys and data are (libnftnl's NFTNL_UDATA_SET_KEYBYTEORDER, _DATABYTEORDER). */
function byteOrders({ keyType, dataType }: RuleSet): Uint8Array {
  const [host, network] = [1, 2];
  const order = (type: number): number => (type === INTEGER || type === IFNAME ? host : network);
  const key = [0, 4, order(keyType), 0, 0, 0];
  return Uint8Array.of(...key, ...(dataType === undefined ? [] : [1, 4, dataType > 63 ? 0 : network, 0, 0, 0]));
}

const INTEGER = 4;
const IFNAME = 41;
/** NLM_F_CREATE alone: made unless it is there already. */
const CREATE = 0x400;

function request<A>(
  node: string,
  message: Message<{ header: { family: number }; attrs: A }>,
  attrs: A,
  flags: number,
  stage: 'netfilter' | 'unset' = 'netfilter',
): NetlinkRequest {
  return {
    via: 'netfilter',
    stage,
    node,
    add: (batch, tag) => batch.add(message, { header: { family: NFPROTO.INET }, attrs }, flags, tag),
  };
}
