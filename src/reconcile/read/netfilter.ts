import type { InstalledChain, InstalledRule, RuleSet } from '../../model/netfilter.ts';
import type { Netfilter, NftText, Table } from '../../model/resource.ts';
import { NFPROTO, NFT_SET, NFT_SET_ELEM } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { type Expression, getchain, getrule, getset, getsetelem, gettable } from '../../netlink/spec/nftables.ts';
import { readComment } from '../../resource/nft-comment.ts';
import { TABLE } from '../../resource/nft-table.ts';
import { MARKER } from '../../resource/nft-text.ts';
import { familyWord } from '../../resource/table.ts';
import { readNftText } from '../nft-text.ts';

const header = { family: NFPROTO.INET };

/**
 * The tables of a node: ours with what stands in them, others' by name. Like `nft list ruleset`; what text was loaded into is asked
 * of nft, by `fd`.
 */
export function readTables(node: string, socket: NetlinkSocket, fd: () => number): (Netfilter | NftText | Table)[] {
  const found = socket.dump(gettable, { header: { family: NFPROTO.UNSPEC } });
  const own = found
    .filter((each) => each.header.family === NFPROTO.INET)
    .flatMap(({ attrs }): (Netfilter | NftText)[] => {
      if (attrs.name === TABLE) return [readNetfilter(node, socket)];
      return attrs.name === MARKER ? [readNftText(node, socket, fd(), attrs.userdata)] : [];
    });
  const known = new Set([`inet ${TABLE}`, `inet ${MARKER}`]);
  for (const each of own) if (each.kind === 'nftables') each.tables.forEach((name) => known.add(name));
  const others = found.flatMap((each): Table[] => {
    const family = familyWord(each.header.family);
    const name = `${family} ${each.attrs.name}`;
    return family === undefined || known.has(name) ? [] : [{ kind: 'table', node, name }];
  });
  return [...own, ...others];
}

/** A table of the host by its name, or undefined when there is none. */
export function readTable(node: string, socket: NetlinkSocket, table: string): Netfilter | undefined {
  const tables = socket.dump(gettable, { header });
  return tables.some(({ attrs }) => attrs.name === table) ? readNetfilter(node, socket, table) : undefined;
}

/** A table of ours that is there. Like `nft list table inet TABLE`. */
function readNetfilter(node: string, socket: NetlinkSocket, table = TABLE): Netfilter {
  // Chains in the order in which they were made, rules in theirs.
  const chains = socket.dump(getchain, { header }).filter(({ attrs }) => attrs.table === table);
  const rules = socket.dump(getrule, { header, attrs: { table } }).filter(({ attrs }) => attrs.table === table);
  const looksUp = rules.some(({ attrs }) => attrs.expressions?.some(({ name }) => name === 'lookup') === true);
  const sets = looksUp ? readSets(socket, table) : new Map<string, RuleSet>();
  const installed = chains.map(({ attrs: { name = '', type, hook, policy } }): InstalledChain => ({
    name,
    ...(type === undefined ? {} : { type }),
    ...(hook === undefined ? {} : { hook: hook.hooknum ?? 0, priority: hook.priority ?? 0 }),
    ...(policy === undefined ? {} : { policy }),
    rules: rules
      .filter(({ attrs }) => attrs.chain === name)
      .map(({ attrs }) => readRule(attrs.expressions ?? [], attrs.userdata, sets)),
  }));
  return { kind: 'netfilter', node, ...(table === TABLE ? {} : { table }), nat: [], firewall: [], installed };
}

function readRule(
  expressions: readonly Expression[],
  userdata: Uint8Array | undefined,
  known: ReadonlyMap<string, RuleSet>,
): InstalledRule {
  const sets: RuleSet[] = [];
  const code = expressions.map((expression) => {
    if (expression.name !== 'lookup') return expression;
    const data = expression.data as { readonly set?: string };
    const set = known.get(data.set ?? '');
    if (set === undefined) return expression;
    sets.push(set);
    return { name: 'lookup', data: { ...data, set_id: sets.length } };
  });
  const comment = userdata === undefined ? undefined : readComment(userdata);
  return { ...(comment === undefined ? {} : { comment }), code, sets };
}

/** The anonymous sets of our table, by the names that the kernel gave them. */
function readSets(socket: NetlinkSocket, table: string): Map<string, RuleSet> {
  const sets = new Map<string, RuleSet>();
  for (const { attrs } of socket.dump(getset, { header, attrs: { table } })) {
    const {
      name,
      flags = 0,
      key_type: keyType = 0,
      key_len: keyLength = 0,
      data_type: dataType,
      data_len: dataLength,
    } = attrs;
    if (attrs.table !== table || name === undefined || (flags & NFT_SET.ANONYMOUS) === 0) continue;
    const elements = socket
      .dump(getsetelem, { header, attrs: { table, set: name } })
      .flatMap((reply) => reply.attrs.elements ?? [])
      .map(({ key, data, flags: marks = 0 }) => ({
        key: key?.value ?? new Uint8Array(),
        ...((marks & NFT_SET_ELEM.INTERVAL_END) === 0 ? {} : { end: true }),
        ...(data?.value === undefined ? {} : { data: data.value }),
      }));
    sets.set(name, {
      keyType,
      keyLength,
      ...(dataType === undefined || dataLength === undefined ? {} : { dataType, dataLength }),
      interval: (flags & NFT_SET.INTERVAL) !== 0,
      elements,
    });
  }
  return sets;
}
