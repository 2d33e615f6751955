/** How far to the right each place of a picture belongs: links are drawn from lower levels to higher ones. */
import type { Graph, GraphLink } from '../model/graph.ts';

type Neighbours = ReadonlyMap<string, readonly string[]>;

/**
 * The level of each node. The ways out stand at the right; where there are none, what hangs at the ends (hosts) is at the left and what
 * joins them is at the right of it, tier by tier, if the whole is built so; else the longest way through the middle goes from left
 * to right, and what hangs on it stands at its side of the picture.
 */
export function levelsOf({ nodes, links }: Graph): Map<string, number> {
  const near = neighboursOf(
    nodes.map(({ name }) => name),
    links.filter(({ kind }) => kind !== 'tunnel').map(({ ends: [a, b] }) => [a.node, b.node]),
  );
  // What only tunnels lead to stands where they do.
  for (const { ends } of links.filter(({ kind }) => kind === 'tunnel')) {
    for (const [i, { node }] of ends.entries()) {
      if (near.get(node)!.length === 0) near.get(node)!.push(ends[1 - i]!.node);
    }
  }
  const outside = nodes.find(({ kind }) => kind === 'internet') ?? nodes.find(({ kind }) => kind === 'host');
  const router = new Set(nodes.flatMap(({ name, forwarding, kind }) => (forwarding || kind !== 'node' ? [name] : [])));
  const rank = new Map(nodes.map(({ name }, i) => [name, i]));
  const levels = new Map<string, number>();
  for (const { name } of nodes) {
    if (levels.has(name)) continue;
    const members = [...distances([name], near).keys()].toSorted((a, b) => rank.get(a)! - rank.get(b)!);
    const found =
      outside !== undefined && members.includes(outside.name)
        ? towards(outside.name, members, near)
        : (tiers(members, near) ?? alongTheMiddle(members, near, router));
    for (const member of members) levels.set(member, found.get(member) ?? 0);
  }
  return levels;
}

function neighboursOf(names: readonly string[], edges: readonly (readonly [string, string])[]): Map<string, string[]> {
  const near = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const [a, b] of edges) {
    if (a === b) continue;
    near.get(a)?.push(b);
    near.get(b)?.push(a);
  }
  return near;
}

/** Steps from the nearest of some nodes to each that can be got to. */
function distances(from: readonly string[], near: Neighbours): Map<string, number> {
  const found = new Map(from.map((name) => [name, 0]));
  for (const [name, steps] of found) {
    for (const next of near.get(name) ?? []) if (!found.has(next)) found.set(next, steps + 1);
  }
  return found;
}

function farthest(found: ReadonlyMap<string, number>): string {
  return [...found].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/** One level less for each step away from the way out. */
function towards(outside: string, members: readonly string[], near: Neighbours): Map<string, number> {
  const found = distances([outside], near);
  return new Map(members.map((name) => [name, -found.get(name)!]));
}

/** From so many ends on a hierarchy is seen as one. */
const CROWD = 6;

/** The distance to the nearest end, if that is a hierarchy of three tiers or more, broad below: each link leads from one tier to the next. */
function tiers(members: readonly string[], near: Neighbours): Map<string, number> | undefined {
  const ends = members.filter((name) => near.get(name)!.length <= 1);
  if (ends.length < CROWD) return undefined;
  const found = distances(ends, near);
  const top = Math.max(...found.values());
  const strict = members.every((name) => near.get(name)!.every((next) => found.get(next) !== found.get(name)));
  const above = [...found.values()].filter((tier) => tier === top).length;
  return strict && top >= 2 && ends.length >= 2 * above ? found : undefined;
}

function alongTheMiddle(
  members: readonly string[],
  near: Neighbours,
  router: ReadonlySet<string>,
): Map<string, number> {
  const core = members.filter((name) => new Set(near.get(name)).size > 1);
  const only = core[0];
  if (only === undefined) return new Map(members.map((name, i) => [name, i]));
  const inCore = new Set(core);
  const within: Neighbours = new Map(core.map((name) => [name, near.get(name)!.filter((next) => inCore.has(next))]));
  const one = farthest(distances([only], within));
  const other = farthest(distances([one], within));
  // From the one that the file names first.
  const [left] = [one, other].toSorted((a, b) => members.indexOf(a) - members.indexOf(b));
  const levels = distances([left!], within);
  const last = Math.max(...levels.values());
  for (const name of core) {
    const hanging = [...new Set(near.get(name))].filter((next) => !inCore.has(next));
    const level = levels.get(name)!;
    const right =
      last === 0
        ? rightHalf(hanging, router)
        : level === 0
          ? []
          : level === last
            ? hanging
            : hanging.slice(Math.ceil(hanging.length / 2));
    for (const leaf of hanging) levels.set(leaf, level - 1);
    for (const leaf of right) levels.set(leaf, level + 1);
  }
  return levels;
}

/** Of what hangs on the one thing in the middle: what leads on, if that tells some from others; else every second half. */
function rightHalf(hanging: readonly string[], router: ReadonlySet<string>): readonly string[] {
  const leading = hanging.filter((name) => router.has(name));
  if (leading.length > 0 && leading.length <= hanging.length / 2) return leading;
  return hanging.slice(Math.ceil(hanging.length / 2));
}

/** The links, each from its left end to its right one: in a language that lays out by itself that is the order which counts. */
export function forthright(graph: Graph): GraphLink[] {
  const levels = levelsOf(graph);
  return graph.links.map((link) => {
    const [a, b] = link.ends;
    return levels.get(a.node)! <= levels.get(b.node)! ? link : { ...link, ends: [b, a] };
  });
}
