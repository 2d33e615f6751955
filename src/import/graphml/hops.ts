/** How far the nodes of a graph are from each other, in hops, and an order in which near ones stand together. */

/** The links of a graph: each by the numbers of its two nodes, which are different. */
export type Ends = readonly (readonly [number, number])[];

/** For each node the links that it has, as the node at the other end and the link's number. */
export type Neighbours = readonly (readonly { readonly node: number; readonly link: number }[])[];

/** Which links each of `count` nodes has. */
export function neighbours(count: number, ends: Ends): Neighbours {
  const all = Array.from({ length: count }, (): { node: number; link: number }[] => []);
  for (const [link, [a, b]] of ends.entries()) {
    all[a]!.push({ node: b, link });
    all[b]!.push({ node: a, link });
  }
  return all;
}

/** For each node the hops to all others (breadth first); -1 where there is no way. */
export function distances(near: Neighbours): Int16Array[] {
  return near.map((_, start) => {
    const hops = new Int16Array(near.length).fill(-1);
    hops[start] = 0;
    const queue = [start];
    for (const node of queue) {
      for (const { node: next } of near[node]!) {
        if (hops[next]! >= 0) continue;
        hops[next] = hops[node]! + 1;
        queue.push(next);
      }
    }
    return hops;
  });
}

/** The longest of all shortest paths, in hops; 0 for a graph without links. */
export function diameter(hops: readonly Int16Array[]): number {
  return hops.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
}

/**
 * The nodes in an order in which those that are reached the same way from most others follow each other: depth first through the tree of
 * shortest paths from the middle of each part of the graph, small branches first. Addresses given in this order aggregate well.
 */
export function nearOrder(near: Neighbours, hops: readonly Int16Array[]): number[] {
  const reach = hops.map((row) => row.reduce((a, b) => Math.max(a, b), 0));
  const middleFirst = [...near.keys()].toSorted((a, b) => reach[a]! - reach[b]!);
  const seen = new Set<number>();
  const order: number[] = [];
  for (const start of middleFirst) {
    if (seen.has(start)) continue;
    // In another part of the graph a lonely node is its own middle, and comes early: parts never mix, whatever comes first.
    const tree = [start];
    const children = new Map<number, number[]>();
    seen.add(start);
    for (const node of tree) {
      const own = near[node]!.map(({ node: next }) => next).filter((next) => !seen.has(next) && seen.add(next));
      children.set(node, own);
      tree.push(...own);
    }
    const size = new Map<number, number>();
    for (const node of tree.toReversed())
      size.set(
        node,
        children.get(node)!.reduce((sum, child) => sum + size.get(child)!, 1),
      );
    // No recursion: a chain of a hundred thousand nodes is a graph as well.
    const stack = [start];
    while (stack.length > 0) {
      const node = stack.pop()!;
      order.push(node);
      stack.push(...children.get(node)!.toSorted((a, b) => size.get(b)! - size.get(a)!));
    }
  }
  return order;
}
