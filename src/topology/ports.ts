/** The names of a bridge's ports. */
import { fnv1a } from '../model/mac.ts';

/** The kernel's IFNAMSIZ, without the closing zero. */
const LONGEST = 15;
const encoder = new TextEncoder();

/**
 * A port toward `pc1:eth0` is called `pc1`, or `pc1-eth0` where the node has several ports on this bridge. A name that is too
 * long, or taken, keeps its head and gets a short hash of `node:interface`, so that it is the same every time.
 */
export function portNames(bridge: string, ends: readonly { readonly node: string; readonly name: string }[]): string[] {
  const count = new Map<string, number>();
  for (const { node } of ends) count.set(node, (count.get(node) ?? 0) + 1);
  const taken = new Set(['lo', bridge]);
  const wanted = ends.map(({ node, name }) => (count.get(node) === 1 ? node : `${node}-${name}`));
  const names: string[] = [];
  // Names that fit come first, so that a shortened one never takes the name of a port that fits.
  for (const shorten of [false, true]) {
    wanted.forEach((word, i) => {
      if (names[i] !== undefined || (!shorten && (bytes(word) > LONGEST || taken.has(word)))) return;
      const name = shorten ? shortened(word, `${ends[i]!.node}:${ends[i]!.name}`, taken) : word;
      names[i] = name;
      taken.add(name);
    });
  }
  return names;
}

function shortened(word: string, end: string, taken: ReadonlySet<string>): string {
  const head = word.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, LONGEST - 6);
  for (let salt = 0; ; salt++) {
    const hash = fnv1a(salt === 0 ? end : `${end}#${salt}`)
      .toString(36)
      .padStart(7, '0')
      .slice(-5);
    const name = `${head}-${hash}`;
    if (!taken.has(name)) return name;
  }
}

function bytes(text: string): number {
  return encoder.encode(text).length;
}
