import type { Nat, NatRule } from '../../model/resource.ts';
import { NFPROTO } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { type Expression, getrule, gettable } from '../../netlink/spec/nftables.ts';
import { TABLE } from '../../resource/nat.ts';
import { compile, parseRule, ruleWords } from '../../resource/nat-rules.ts';
import { readComment } from '../../resource/nft-comment.ts';

interface Found {
  readonly chain: string;
  readonly words: string | undefined;
  readonly expressions: readonly Expression[];
}

/**
 * Our table of a node, or undefined when it has none. Like `nft list table inet netlab`. Each rule's comment says which line of
 * `nat` it was made for; whether it still is that rule is told by its instructions.
 */
export function readNat(node: string, socket: NetlinkSocket): Nat | undefined {
  const header = { family: NFPROTO.INET };
  const tables = socket.dump(gettable, { header });
  if (!tables.some(({ attrs }) => attrs.name === TABLE)) return undefined;
  const found = socket
    .dump(getrule, { header, attrs: { table: TABLE } })
    .filter(({ attrs }) => attrs.table === TABLE)
    // The dump goes chain by chain; handles are given in the order in which the rules were made, which is that of the file.
    .toSorted((a, b) => Number((a.attrs.handle ?? 0n) - (b.attrs.handle ?? 0n)))
    .map(({ attrs }): Found => ({
      chain: attrs.chain ?? '',
      words: attrs.userdata === undefined ? undefined : readComment(attrs.userdata),
      expressions: attrs.expressions ?? [],
    }));
  return { kind: 'nat', node, ...understand(found) };
}

/** The lines of `nat` that the rules were made for, and those rules that are not, or no longer, what such a line makes. */
function understand(found: readonly Found[]): { rules: NatRule[]; altered?: string[] } {
  const rules = new Map<string, NatRule>();
  for (const { words } of found) {
    const rule = words === undefined ? undefined : parseRule(words);
    if (rule !== undefined && ruleWords(rule) === words) rules.set(words, rule);
  }
  const list = [...rules.values()];
  const expected = compile(list);
  const altered: string[] = [];
  for (const rule of found) {
    const at = expected.findIndex(
      ({ chain, words, expressions }) =>
        chain === rule.chain && words === rule.words && says(expressions, rule.expressions),
    );
    if (at < 0) altered.push(`${rule.chain}: ${rule.words ?? 'a rule without our comment'} (altered)`);
    else expected.splice(at, 1);
  }
  for (const { chain, nft } of expected) altered.push(`${chain}: ${nft} (missing)`);
  return altered.length === 0 ? { rules: list } : { rules: list, altered };
}

/** Whether `found` is `wanted` and nothing else but what the kernel adds by itself (the upper end of a range, flags). */
function says(wanted: readonly Expression[], found: readonly Expression[]): boolean {
  return wanted.length === found.length && wanted.every((expression, i) => includes(found[i], expression));
}

function includes(found: unknown, wanted: unknown): boolean {
  if (wanted instanceof Uint8Array) {
    return found instanceof Uint8Array && Buffer.compare(found, wanted) === 0;
  }
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  if (typeof found !== 'object' || found === null) return false;
  const values = found as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([key, value]) => value === undefined || includes(values[key], value));
}
