/**
 * What `netlab link` has done by hand to the links of a lab, and what went with those that it set down: written down so that they can
 * be brought back without the lab's file, and so that nobody takes a cut for damage. The next `up` makes all of it as its file says.
 */
import type { Address, Fdb, Link, Neighbour, Route } from '../model/resource.ts';
import { readCopies, removeCopies, type StateFile, writeCopies } from './copies.ts';
import { boolean, fields, list, map, number, optional, type Shape, string, word } from './shape.ts';

/** What goes when a link goes down: addresses and routes, what stands on the link, and the links that stand on it. */
export type Lost = Link | Address | Route | Neighbour | Fdb;

/** One link that was turned by hand. */
export interface Turned {
  /** Whether it was up before. */
  readonly wasUp: boolean;
  /** What of the lab's went with it when it was set down, as it stood before. */
  readonly lost: readonly Lost[];
}

/** By `node:link`. */
export type TurnedLinks = Readonly<Record<string, Turned>>;

const NAMED = { node: string };
const SHAPES: Readonly<Record<Lost['kind'], Shape>> = {
  link: fields({ ...NAMED, name: string, type: string, up: boolean }),
  address: fields({ ...NAMED, link: string, prefix: string, scope: word('global', 'link', 'host') }),
  route: fields({
    ...NAMED,
    to: string,
    type: word('unicast', 'blackhole', 'unreachable', 'prohibit', 'throw'),
    table: number,
    metric: number,
    nexthops: list(fields({ via: optional(string), dev: optional(string), weight: number })),
  }),
  neighbour: fields({ ...NAMED, to: string, mac: string, dev: string }),
  fdb: fields({ ...NAMED, mac: string, dev: string, dst: optional(string) }),
};

const LOST: Shape = (value) => {
  const { kind = '' } = (value ?? {}) as { readonly kind?: string };
  return Object.hasOwn(SHAPES, kind) && SHAPES[kind as Lost['kind']](value);
};

const FILE: StateFile = {
  name: 'turned.json',
  version: 1,
  shape: fields({ lab: string, links: map(fields({ wasUp: boolean, lost: list(LOST) })) }),
};

/** The links that were turned; `keeper`: the pid of the lab's keeper, which has a copy. Throws LabError when another version wrote it. */
export function readTurned(lab: string, keeper: number | undefined): TurnedLinks {
  return (readCopies(lab, keeper, FILE) as { readonly links: TurnedLinks } | undefined)?.links ?? {};
}

/** Replaces what is written down; where no link is turned, nothing is. */
export function writeTurned(lab: string, keeper: number | undefined, links: TurnedLinks): void {
  if (Object.keys(links).length === 0) removeCopies(lab, keeper, FILE);
  else writeCopies(lab, keeper, FILE, { lab, links });
}
