/**
 * Addresses that stand, but not in the order of the file. The first of a network is the one that packets leave with, and the others go
 * with it. The kernel moves none: it puts a new address behind those that stand, so what shall come later is added again. A pure function.
 */
import type { Address, Resource } from '../model/resource.ts';
import { networkText } from '../resource/address.ts';
import { keyOf } from '../resource/index.ts';
import type { Change } from './diff.ts';
import { inFileOrder, inPlace } from './in-place.ts';

/** Of one link and one family, each list in the order in which the addresses were, or are to be, added. */
interface Lists {
  readonly wanted: Address[];
  readonly found: Address[];
}

/**
 * Changes, with the addresses that are added again because of their place. `unmanaged` are those of others, which stay; `standing` tells
 * of an address that was found whether its link stays.
 */
export function withOrder(
  changes: readonly Change[],
  wanted: readonly Resource[],
  found: ReadonlyMap<string, Resource>,
  unmanaged: readonly Resource[],
  standing: (address: Address) => boolean,
): readonly Change[] {
  if (!hasSeveral(wanted) && !hasSeveral(found.values())) return changes;
  const again = new Map<string, string>();
  const others = new Set<Resource>(unmanaged);
  for (const lists of listsOf(wanted, found, standing))
    for (const [key, why] of misplaced(lists, others)) again.set(key, why);
  if (again.size === 0) return changes;
  const told = changes.map((change): Change => {
    const key = change.wanted?.kind === 'address' ? keyOf(change.wanted) : '';
    const why = change.found === undefined ? undefined : again.get(key);
    again.delete(key);
    return why === undefined || change.action === 'replace' ? change : { ...change, action: 'replace', reason: why };
  });
  const added = wanted.flatMap((each): Change[] => {
    const [key, why] =
      again.size === 0 || each.kind !== 'address' ? ['', undefined] : [keyOf(each), again.get(keyOf(each))];
    return why === undefined
      ? []
      : [{ action: 'replace', wanted: each, found: found.get(key)!, differences: [], reason: why }];
  });
  return inFileOrder([...told, ...added], wanted, 'address');
}

/** Whether any link has two addresses of one family. Those of a link stand together in every list. */
function hasSeveral(list: Iterable<Resource>): boolean {
  let last: Address | undefined;
  for (const each of list) {
    if (each.kind !== 'address') continue;
    if (last !== undefined && last.link === each.link && last.node === each.node && isSix(last) === isSix(each))
      return true;
    last = each;
  }
  return false;
}

function isSix({ prefix }: Address): boolean {
  return prefix.includes(':');
}

/** The links that have several addresses of a family, or shall have. */
function listsOf(
  wanted: readonly Resource[],
  found: ReadonlyMap<string, Resource>,
  standing: (address: Address) => boolean,
): Iterable<Lists> {
  const all = new Map<string, Lists>();
  const listOf = (address: Address): Lists => {
    const key = `${address.node}:${address.link} ${isSix(address) ? 6 : 4}`;
    let lists = all.get(key);
    if (lists === undefined) all.set(key, (lists = { wanted: [], found: [] }));
    return lists;
  };
  for (const each of found.values()) if (each.kind === 'address' && standing(each)) listOf(each).found.push(each);
  for (const each of all.size === 0 ? [] : wanted) if (each.kind === 'address') listOf(each).wanted.push(each);
  for (const [key, lists] of all) if (isSettled(lists)) all.delete(key);
  return all.values();
}

/** Whether there is nothing that could be out of place. Most lists are as the file has them, and there may be thousands. */
function isSettled({ wanted, found }: Lists): boolean {
  if (found.length < 2 && (found.length === 0 || wanted.length < 2)) return true;
  return wanted.length === found.length && wanted.every(({ prefix }, i) => prefix === found[i]!.prefix);
}

/** The keys of those that are added again, each with the reason. */
function misplaced({ wanted, found }: Lists, others: ReadonlySet<Resource>): Map<string, string> {
  const again = new Map<string, string>();
  const want = new Set(wanted.map(keyOf));
  const [ranks, were] = [ranksOf(wanted), ranksOf(found)];
  const strange = new Set(found.filter((each) => others.has(each)).map((each) => networkText(each.prefix)));
  const settled = found.filter((each) => want.has(keyOf(each)) && !strange.has(networkText(each.prefix)));
  const add = (each: Address, why: string): void => void again.set(keyOf(each), again.get(keyOf(each)) ?? why);

  // With the first address of a network the kernel removes the others.
  for (const each of settled) {
    const first = were.get(keyOf(each))!.first;
    if (first !== ranks.get(keyOf(each))!.first) add(each, `the first address of its network is another one`);
  }
  for (const secondary of [false, true]) {
    for (const each of secondary ? settled : []) {
      const { first } = ranks.get(keyOf(each))!;
      if (again.has(first)) add(each, `the kernel takes it along with ${first.split(' ').at(-1)}`);
    }
    const own = wanted.filter(
      (each) => ranks.get(keyOf(each))!.secondary === secondary && !strange.has(networkText(each.prefix)),
    );
    // The kernel keeps the first addresses by scope, and all others in one row behind them.
    for (const scope of secondary ? [undefined] : new Set(own.map((each) => each.scope))) {
      const list = own.filter((each) => scope === undefined || each.scope === scope);
      const kept = inPlace(
        list.map(keyOf),
        settled.map(keyOf).filter((key) => !again.has(key)),
      );
      for (const each of list.slice(kept)) add(each, 'another address of the file comes before it');
    }
  }
  const present = new Set(found.map(keyOf));
  for (const key of again.keys()) if (!present.has(key)) again.delete(key);
  return again;
}

interface Rank {
  /** The first address of its network, by key. An IPv6 address stands for itself. */
  readonly first: string;
  readonly secondary: boolean;
}

/** Which of the addresses are the first of their networks: __inet_insert_ifa() of the kernel. */
function ranksOf(list: readonly Address[]): Map<string, Rank> {
  const firsts = new Map<string, string>();
  return new Map(
    list.map((each): [string, Rank] => {
      const key = keyOf(each);
      if (isSix(each)) return [key, { first: key, secondary: false }];
      const network = networkText(each.prefix);
      const first = firsts.get(network);
      if (first === undefined) firsts.set(network, key);
      return [key, { first: first ?? key, secondary: first !== undefined }];
    }),
  );
}
