/** Which addresses the nodes and the links of a graph get. */
import type { Ends } from './hops.ts';

/** 10.255.0.0/16, from which each node has one address, from 10.255.0.1 on. */
export const LOOPBACKS = 0x0aff0000;
/** 10.0.0.0, from which each link has two addresses (a /31), upwards. */
export const LINKS = 0x0a000000;
/** The ways between more nodes take more memory than a lab of them. */
export const MAX_NODES = 5000;

/** The addresses of a graph, and the order in which they were given. */
export interface Plan {
  /** Nodes in the order of their loopback addresses. */
  readonly nodes: readonly number[];
  /** Links in the order of their networks. */
  readonly links: readonly number[];
  /** The loopback address of each node, without a prefix length. */
  readonly loopbacks: readonly string[];
  /** The network of each link, and the addresses of its two ends. */
  readonly subnets: readonly string[];
  readonly addresses: readonly (readonly [string, string])[];
}

/** Gives addresses to nodes in the order that is given, and to links by the later of their two nodes. */
export function planAddresses(ends: Ends, order: readonly number[]): Plan {
  const position: number[] = [];
  for (const [index, node] of order.entries()) position[node] = index;
  const later = (link: number): number => Math.max(...ends[link]!.map((node) => position[node]!));
  const links = [...ends.keys()].toSorted((a, b) => later(a) - later(b) || a - b);
  const base: number[] = [];
  for (const [index, link] of links.entries()) base[link] = LINKS + 2 * index;
  return {
    nodes: order,
    links,
    loopbacks: position.map((index) => addressText(LOOPBACKS + 1 + index)),
    subnets: ends.map((_, link) => prefixText(base[link]!, 31)),
    addresses: ends.map((_, link) => [addressText(base[link]!), addressText(base[link]! + 1)] as const),
  };
}

/** `10.0.0.0/31`. */
export function prefixText(first: number, length: number): string {
  return `${addressText(first)}/${length}`;
}

function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
