import type { Difference } from '../model/report.ts';
import type { Nat } from '../model/resource.ts';
import type { Message } from '../netlink/message.ts';
import { NF_INET, NFPROTO } from '../netlink/constants.ts';
import { delrule, deltable, newchain, newrule, newtable } from '../netlink/spec/nftables.ts';
import type { Kind, NetlinkRequest } from './kind.ts';
import { compile, type NatChain, ruleWords } from './nat-rules.ts';
import { commentBytes } from './nft-comment.ts';
import { FLAGS } from './request.ts';
import { shellWord } from './shell.ts';

/** Our table's name, in every node that translates addresses: `nft list table inet netlab`. */
export const TABLE = 'netlab';

/** Where each chain hooks into the packet's path, with the priorities that nft calls dstnat (-100) and srcnat (100). */
export const CHAINS: Readonly<Record<NatChain, { hooknum: number; priority: number }>> = {
  prerouting: { hooknum: NF_INET.PRE_ROUTING, priority: -100 },
  output: { hooknum: NF_INET.LOCAL_OUT, priority: -100 },
  postrouting: { hooknum: NF_INET.POST_ROUTING, priority: 100 },
};

/** All address translation of a node: one table, replaced as a whole in one transaction. */
export const nat: Kind<Nat> = {
  kind: 'nat',
  key: ({ node }) => node,
  describe: ({ node, rules }) => `nat on ${node} (${rules.length} ${rules.length === 1 ? 'rule' : 'rules'})`,

  differences(wanted, found) {
    const want = wanted.rules.map(ruleWords);
    const have = found.rules.map(ruleWords);
    const gone = have.filter((line) => !want.includes(line));
    const come = want.filter((line) => !have.includes(line));
    // One that goes and one that comes in its stead are one change to whoever edited the file.
    const changed = Array.from({ length: Math.max(gone.length, come.length) }, (_, i): Difference => {
      const [from, to] = [gone[i], come[i]];
      return { field: 'rule', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    });
    const altered = (found.altered ?? []).map((line): Difference => ({
      field: 'table',
      from: line,
      to: 'as the file has it',
    }));
    if (changed.length + altered.length === 0 && want.join('\n') !== have.join('\n')) {
      return [{ field: 'order of rules', from: have.join('; '), to: want.join('; ') }];
    }
    return [...changed, ...altered];
  },

  create: (wanted) => replaceTable(wanted),
  // Chains stay and their rules are exchanged in one transaction: no packet meets half a table, and established connections keep
  // the translation that conntrack remembers.
  update: (wanted) => replaceTable(wanted),
  remove: ({ node }, around) =>
    around.isDropped(node) ? [] : [request(node, deltable, { name: TABLE }, FLAGS.change, 'unset')],

  commands: ({ rules }) => [
    `nft add table inet ${TABLE}`,
    ...chainsOf(rules).map((chain) => {
      const { priority } = CHAINS[chain];
      return `nft 'add chain inet ${TABLE} ${chain} { type nat hook ${chain} priority ${priority}; policy accept; }'`;
    }),
    ...compile(rules).map(
      ({ chain, nft, words }) => `nft ${shellWord(`add rule inet ${TABLE} ${chain} ${nft} comment "${words}"`)}`,
    ),
  ],
  removeCommands: () => [`nft delete table inet ${TABLE}`],
};

function chainsOf(rules: Nat['rules']): NatChain[] {
  const used = new Set(compile(rules).map(({ chain }) => chain));
  return (Object.keys(CHAINS) as NatChain[]).filter((chain) => used.has(chain));
}

function replaceTable({ node, rules }: Nat): NetlinkRequest[] {
  return [
    request(node, newtable, { name: TABLE }, CREATE),
    ...chainsOf(rules).map((chain) =>
      request(
        node,
        newchain,
        { table: TABLE, name: chain, hook: CHAINS[chain], policy: NF_ACCEPT, type: 'nat' },
        CREATE,
      ),
    ),
    // Without a chain or a handle: all rules of the table.
    request(node, delrule, { table: TABLE }, FLAGS.change),
    ...compile(rules).map(({ chain, expressions, words }) =>
      request(
        node,
        newrule,
        { table: TABLE, chain, expressions: [...expressions], userdata: commentBytes(words) },
        FLAGS.append,
      ),
    ),
  ];
}

const NF_ACCEPT = 1;
/** NLM_F_CREATE alone: made unless it is there already. */
const CREATE = 0x400;

function request<A>(
  node: string,
  message: Message<{ header: { family: number }; attrs: A }>,
  attrs: A,
  flags: number,
  stage: 'nat' | 'unset' = 'nat',
): NetlinkRequest {
  return {
    via: 'netfilter',
    stage,
    node,
    add: (batch, tag) => batch.add(message, { header: { family: NFPROTO.INET }, attrs }, flags, tag),
  };
}
