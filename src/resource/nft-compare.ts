/** What is not as wanted in a table of nftables, told by the lines of the file wherever one stands behind it. */
import type { InstalledChain, InstalledRule, Instruction, RuleSet } from '../model/netfilter.ts';
import type { Difference } from '../model/report.ts';
import { NFT_CMP } from '../netlink/constants.ts';
import { hookWords, policyWord } from './nft-table.ts';

/** A rule with the chain that it stands in. */
interface Placed {
  readonly chain: string;
  readonly rule: InstalledRule;
}

/** The differences between two tables; none when every chain has the same rules in the same order. */
export function compareTables(wanted: readonly InstalledChain[], found: readonly InstalledChain[]): Difference[] {
  return [...compareChains(wanted, found), ...compareRules(wanted, found)];
}

function compareChains(wanted: readonly InstalledChain[], found: readonly InstalledChain[]): Difference[] {
  const out: Difference[] = [];
  for (const chain of wanted) {
    const other = found.find(({ name }) => name === chain.name);
    // The chains of translation come and go with their rules, which tell of it.
    if (other === undefined) {
      if (chain.type !== 'nat') out.push({ field: `policy of ${chain.name}`, to: policyWord(chain) });
    } else if (hookWords(other) !== hookWords(chain)) {
      out.push({ field: `chain ${chain.name}`, from: hookWords(other), to: hookWords(chain) });
    } else if (policyWord(other) !== policyWord(chain)) {
      out.push({ field: `policy of ${chain.name}`, from: policyWord(other), to: policyWord(chain) });
    }
  }
  for (const chain of found) {
    if (wanted.some(({ name }) => name === chain.name)) continue;
    if (chain.type === 'filter') out.push({ field: `policy of ${chain.name}`, from: policyWord(chain) });
    else if (chain.type === undefined || chain.rules.length === 0)
      out.push({ field: `chain ${chain.name}`, from: hookWords(chain) });
  }
  return out;
}

function compareRules(wanted: readonly InstalledChain[], found: readonly InstalledChain[]): Difference[] {
  const [want, have] = [placed(wanted), placed(found)];
  const lines = (rules: readonly Placed[]): Set<string> => new Set(rules.flatMap(({ rule }) => rule.comment ?? []));
  const [wantedLines, foundLines] = [lines(want), lines(have)];
  const gone = [...foundLines].filter((line) => !wantedLines.has(line));
  const come = [...wantedLines].filter((line) => !foundLines.has(line));
  // One that goes and one that comes in its stead are one change to whoever edited the file.
  const changed = Array.from({ length: Math.max(gone.length, come.length) }, (_, i): Difference => {
    const [from, to] = [gone[i], come[i]];
    return { field: 'rule', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  });
  const left = [...have];
  const missing: Placed[] = [];
  for (const one of want) {
    const at = left.findIndex((other) => isSame(one, other));
    if (at < 0) missing.push(one);
    else left.splice(at, 1);
  }
  // A line of which some rule stands, and another does not as it should: somebody changed that by hand.
  const isKnown = ({ rule }: Placed): boolean =>
    rule.comment === undefined || (wantedLines.has(rule.comment) && foundLines.has(rule.comment));
  const stands = left.filter(isKnown);
  const lacks = missing.filter(isKnown);
  for (const { chain, rule } of stands) {
    const at = lacks.findIndex((other) => other.chain === chain && other.rule.comment === rule.comment);
    if (at >= 0) lacks.splice(at, 1);
  }
  const altered = [
    ...stands.map(({ chain, rule }) => `${chain}: ${rule.comment ?? 'a rule without our comment'} (altered)`),
    ...lacks.map(({ chain, rule }) => `${chain}: ${rule.comment} (missing)`),
  ].map((from): Difference => ({ field: 'table', from, to: 'as the file has it' }));
  if (changed.length + altered.length > 0) return [...changed, ...altered];
  return wanted.flatMap(({ name, rules }): Difference[] => {
    const others = found.find((chain) => chain.name === name)?.rules ?? [];
    if (rules.every((rule, i) => others[i] !== undefined && isSameRule(rule, others[i]))) return [];
    const words = (list: readonly InstalledRule[]): string => list.map(({ comment }) => comment).join('; ');
    return [{ field: `order of rules in ${name}`, from: words(others), to: words(rules) }];
  });
}

function placed(chains: readonly InstalledChain[]): Placed[] {
  return chains.flatMap(({ name, rules }) => rules.map((rule) => ({ chain: name, rule })));
}

function isSame(one: Placed, other: Placed): boolean {
  return one.chain === other.chain && isSameRule(one.rule, other.rule);
}

function isSameRule(one: InstalledRule, other: InstalledRule): boolean {
  return one.comment === other.comment && codeText(one) === codeText(other);
}

/** A rule's code as text: equal for equal code. Counts and names that the kernel gave play no part. */
function codeText({ code, sets }: InstalledRule): string {
  const out: unknown[] = [];
  for (let i = 0; i < code.length; i++) {
    const bytes = comparedBytes(code[i]!, code[i + 1]);
    if (bytes === undefined) out.push(normal(code[i]!, sets));
    else {
      out.push(...bytes);
      i++;
    }
  }
  return JSON.stringify(out, plain);
}

/**
 * A field of the packet that is loaded and compared, byte by byte: nft makes one comparison of two fields that stand side by side,
 * which is the same rule.
 */
function comparedBytes(load: Instruction, test: Instruction | undefined): unknown[] | undefined {
  if (load.name !== 'payload' || test?.name !== 'cmp') return undefined;
  const { base, offset = 0, dreg } = load.data as { base?: number; offset?: number; dreg?: number };
  const { op, sreg, data } = test.data as { op?: number; sreg?: number; data?: { value?: Uint8Array } };
  if (op !== NFT_CMP.EQ || sreg !== dreg || data?.value === undefined) return undefined;
  return [...data.value].map((byte, i) => [base, offset + i, byte]);
}

function normal({ name, data = {} }: Instruction, sets: readonly RuleSet[]): unknown {
  const values = data as Readonly<Record<string, unknown>>;
  if (name === 'counter') return [name];
  if (name === 'lookup') {
    const set = sets[Number(values['set_id']) - 1];
    return [name, values['sreg'], values['dreg'], values['flags'] ?? 0, set === undefined ? undefined : setValue(set)];
  }
  const own = Object.entries(values)
    .filter(([key, value]) => value !== undefined && !isImplied(key, value, values))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [name, own];
}

/** What the kernel adds by itself: zero where nothing was said, and the upper end of a range of one. */
function isImplied(key: string, value: unknown, values: Readonly<Record<string, unknown>>): boolean {
  if (key === 'reg_addr_max' || key === 'reg_proto_max') return value === values[key.replace('max', 'min')];
  return value === 0;
}

function setValue({ keyLength, dataLength, interval, elements }: RuleSet): unknown {
  const list = elements.map(({ key, end, data }) =>
    [
      Buffer.from(key).toString('hex'),
      end === true ? 'end' : '',
      data === undefined ? '' : Buffer.from(data).toString('hex'),
    ].join(' '),
  );
  return [keyLength, dataLength, interval, list.toSorted()];
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'bigint' ? String(value) : value;
}
