/**
 * The fewest prefixes that send each address of a range to one of the ways that are right for it: Optimal Routing Table Constructor
 * (Draves, King, Venkatachary, Zill, INFOCOM 1999). It allows several right ways for an address, which is how equal shortest paths help.
 */

/** A set of ways, one bit each. */
export type Ways = bigint;

/** Addresses `first` to `first + 2 ** bits - 1` of the range go one way. */
export interface Prefix {
  readonly first: number;
  readonly bits: number;
  readonly way: number;
}

/**
 * The prefixes, shorter ones first, of which the longest that matches counts.
 *
 * `right` has for each address of the range the ways that are right; the range is filled up to a power of two with addresses that may go
 * anywhere. `without` is the way of what no prefix matches: an address for which that is right needs none.
 */
export function aggregate(right: readonly Ways[], without: number): Prefix[] {
  const none = 1n << BigInt(without);
  const anywhere = right.reduce((all, ways) => all | ways, none);
  const levels = [filled(right, anywhere)];
  for (let below = levels[0]!; below.length > 1; levels.push(below)) {
    const pairs: Ways[] = [];
    for (let i = 0; i < below.length; i += 2) {
      const common = below[i]! & below[i + 1]!;
      pairs.push(common === 0n ? below[i]! | below[i + 1]! : common);
    }
    below = pairs;
  }
  const prefixes: Prefix[] = [];
  let inherited: Ways[] = [none];
  for (let bits = levels.length - 1; bits >= 0; bits--) {
    const next: Ways[] = [];
    for (const [i, ways] of levels[bits]!.entries()) {
      let way = inherited[i]!;
      if ((ways & way) === 0n) {
        way = ways & -ways;
        prefixes.push({ first: i * 2 ** bits, bits, way: way.toString(2).length - 1 });
      }
      next.push(way, way);
    }
    inherited = next;
  }
  return prefixes;
}

function filled(right: readonly Ways[], anywhere: Ways): Ways[] {
  const size = 2 ** Math.ceil(Math.log2(Math.max(right.length, 1)));
  return [...right, ...Array.from({ length: size - right.length }, () => anywhere)];
}
