/** Static routes along shortest paths, by hops, to every node's loopback address and to every link. */
import { aggregate, type Ways } from './aggregate.ts';
import type { Ends, Neighbours } from './hops.ts';
import { LINKS, LOOPBACKS, prefixText, type Plan } from './addresses.ts';

/** A route, as a topology has it. */
export interface StaticRoute {
  to: string;
  via?: string;
  type?: 'unreachable';
}

/**
 * The routes of each node. To a loopback address they are shortest paths to its node; to the address of a link shortest paths to the nearer
 * end of the link, as a routing protocol would have them. Of several shortest paths the one is taken that needs fewer routes. Where there is
 * no way, there is no route, or one that says so; addresses that nobody has may be sent anywhere.
 */
export function shortestRoutes(near: Neighbours, ends: Ends, hops: readonly Int16Array[], plan: Plan): StaticRoute[][] {
  return near.map((links, node) => {
    const without = links.length;
    const anywhere = (1n << BigInt(without + 1)) - 1n;
    /** The links that lead one hop nearer to a node. */
    const toward = (target: number): Ways => {
      const left = hops[node]![target]!;
      if (left < 0) return 1n << BigInt(without);
      return links.reduce(
        (ways, { node: next }, way) => (hops[next]![target] === left - 1 ? ways | (1n << BigInt(way)) : ways),
        0n,
      );
    };
    // The address 0 of the range is nobody's.
    const toNodes = [anywhere, ...plan.nodes.map((target) => (target === node ? anywhere : toward(target)))];
    const toLinks = plan.links.map((link) => {
      const [a, b] = ends[link]!;
      // The kernel knows the way to its own links.
      if (a === node || b === node) return anywhere;
      const [left, right] = [hops[node]![a]!, hops[node]![b]!];
      return left < right ? toward(a) : right < left ? toward(b) : toward(a) | toward(b);
    });
    const onward = (way: number): Omit<StaticRoute, 'to'> => {
      const found = links[way];
      // A shorter prefix around it leads somewhere, and there it is not.
      if (found === undefined) return { type: 'unreachable' };
      return { via: plan.addresses[found.link]![ends[found.link]![0] === node ? 1 : 0] };
    };
    const route = (pool: number, unit: number) => (prefix: ReturnType<typeof aggregate>[number]) => ({
      to: prefixText(pool + prefix.first * unit, 32 - prefix.bits - Math.log2(unit)),
      ...onward(prefix.way),
    });
    return [
      ...aggregate(toNodes, without).map(route(LOOPBACKS, 1)),
      ...aggregate(toLinks, without).map(route(LINKS, 2)),
    ];
  });
}
