/** A pair of files that shows a fault, made smaller key by key until nothing can be left out: what fast-check has left is still whole nodes. */
import type { TopologyDocument } from '../../../src/topology/document.ts';

type Path = readonly string[];
type Tree = Record<string, unknown>;

/** The smallest files found for which `fails` still holds, before `deadline` (a time as of Date.now). */
export async function smaller(
  documents: readonly TopologyDocument[],
  fails: (documents: readonly TopologyDocument[]) => Promise<boolean>,
  deadline: number,
): Promise<readonly TopologyDocument[]> {
  let best = documents;
  for (let before = Infinity; sizeOf(best) < before;) {
    before = sizeOf(best);
    for (const path of pathsOf(best)) {
      if (Date.now() > deadline) return best;
      const tried = best.map((document) => without(document, path) as TopologyDocument);
      if (sizeOf(tried) < sizeOf(best) && (await fails(tried))) best = tried;
    }
  }
  return best;
}

function sizeOf(documents: readonly TopologyDocument[]): number {
  return JSON.stringify(documents).length;
}

/** Where something stands in any of the files, what is largest first. A list's item is named by what it says, not by its place. */
function pathsOf(documents: readonly TopologyDocument[]): Path[] {
  const all = new Map<string, Path>();
  const visit = (value: unknown, path: Path): void => {
    if (path.length > 0) all.set(path.join('\0'), path);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of children(value)) visit(item, [...path, key]);
  };
  for (const { name: _, ...rest } of documents) visit(rest, []);
  // Links and bridges first: nothing stands on them, while they stand on nodes.
  const rank = (path: Path): number => (path[0] === 'nodes' ? path.length : path.length - 10);
  return [...all.values()].toSorted((a, b) => rank(a) - rank(b));
}

function children(value: object): (readonly [string, unknown])[] {
  return Array.isArray(value) ? value.map((item: unknown) => [JSON.stringify(item), item]) : Object.entries(value);
}

function without(value: unknown, [first, ...rest]: Path): unknown {
  if (typeof value !== 'object' || value === null || first === undefined) return value;
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      if (JSON.stringify(item) !== first) return [item];
      return rest.length === 0 ? [] : [without(item, rest)];
    });
  }
  if (!Object.hasOwn(value, first)) return value;
  const { [first]: item, ...others } = value as Tree;
  return rest.length === 0 ? others : { ...value, [first]: without(item, rest) };
}
