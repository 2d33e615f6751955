/** Graphs of the size and shape of operators' networks, as GraphML. */
import { random } from './random.ts';

/** A size. */
export interface GraphSize {
  readonly nodes: number;
  readonly links: number;
  readonly seed: number;
}

/** The largest network of the Topology Zoo, Kdl, has 754 nodes and 899 links; its longest shortest path has 58 hops. */
export const KDL: GraphSize = { nodes: 754, links: 899, seed: 58 };

/**
 * A connected graph: towns on a map, the shortest cables that join all of them, and then those between neighbouring towns that spare the
 * longest way round. The same seed gives the same graph.
 */
export function operatorLinks({ nodes, links, seed }: GraphSize): (readonly [number, number])[] {
  const next = random(seed);
  const towns = Array.from({ length: nodes }, () => [next() * 1.5, next()] as const);
  const length = (a: number, b: number): number => Math.hypot(towns[a]![0] - towns[b]![0], towns[a]![1] - towns[b]![1]);
  const made: [number, number][] = [];
  const near = towns.map((): number[] => []);
  const join = (a: number, b: number): void => {
    made.push([a, b]);
    near[a]!.push(b);
    near[b]!.push(a);
  };
  // Prim's algorithm.
  const away = new Map(towns.map((_, town) => [town, { far: Infinity, from: -1 }]));
  for (let town = 0; away.size > 0;) {
    const { from } = away.get(town)!;
    if (from >= 0) join(from, town);
    away.delete(town);
    for (const [other, best] of away) {
      const far = length(town, other);
      if (far < best.far) away.set(other, { far, from: town });
    }
    town = [...away].reduce((a, b) => (b[1].far < a[1].far ? b : a), [-1, { far: Infinity, from: -1 }] as const)[0];
  }
  const hopsFrom = (start: number): number[] => {
    const hops: number[] = [];
    hops[start] = 0;
    const queue = [start];
    for (const town of queue)
      for (const other of near[town]!)
        if (hops[other] === undefined) {
          hops[other] = hops[town]! + 1;
          queue.push(other);
        }
    return hops;
  };
  while (made.length < links) {
    const town = Math.floor(next() * nodes);
    const hops = hopsFrom(town);
    const others = [...towns.keys()].filter((other) => other !== town && !near[town]!.includes(other));
    const around = others.toSorted((a, b) => length(town, a) - length(town, b)).slice(0, 12);
    join(
      town,
      around.reduce((a, b) => (hops[b]! > hops[a]! ? b : a)),
    );
  }
  return made;
}

/** The same as a GraphML file, with names as the Topology Zoo has them: accents, spaces, and several of the same. */
export function operatorGraphml(size: GraphSize): string {
  const names = ['São Paulo', 'New York', 'Zürich', "Coeur d'Alene", 'Łódź', '?', 'St. Louis', '東京'];
  const nodes = Array.from(
    { length: size.nodes },
    (_, id) => `<node id="${id}"><data key="d0">${names[id % names.length]!}</data></node>`,
  );
  const edges = operatorLinks(size).map(([a, b]) => `<edge source="${a}" target="${b}"/>`);
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '<key attr.name="label" attr.type="string" for="node" id="d0"/>',
    '<graph edgedefault="undirected">',
    ...nodes,
    ...edges,
    '</graph>',
    '</graphml>',
    '',
  ].join('\n');
}
