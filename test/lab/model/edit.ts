/** Edits of a sketch: what a person does to a file, one key, one line or one paragraph at a time. */
import * as fc from 'fast-check';

import {
  anyDice,
  bridge,
  type BridgeSketch,
  device,
  type DeviceSketch,
  type Dice,
  end,
  type End,
  link,
  type LinkSketch,
  LISTS,
  type ListName,
  node,
  type NodeSketch,
  type Sketch,
} from './sketch.ts';

/** What becomes of one item of a list: `put` replaces it, or appends where there is none. */
const OPERATIONS = ['add', 'put', 'drop', 'swap'] as const;
type Operation = (typeof OPERATIONS)[number];

const KEYS = ['isolation', 'hostname', 'forwarding', 'nftables', 'setup', 'lo', 'renamed'] as const;
const FIELDS = ['renamed', 'addresses', 'mac', 'mtu', 'up'] as const;

/** One edit. `at` and `which` are taken modulo what there is. */
export type Edit =
  | {
      readonly what: 'item';
      readonly which: number;
      readonly list: ListName;
      readonly op: Operation;
      readonly at: number;
      readonly item: Dice;
    }
  | { readonly what: 'key'; readonly which: number; readonly key: (typeof KEYS)[number]; readonly from: NodeSketch }
  | {
      readonly what: 'device';
      readonly which: number;
      readonly op: Operation;
      readonly at: number;
      readonly item: DeviceSketch;
    }
  | { readonly what: 'end'; readonly at: number; readonly field: (typeof FIELDS)[number]; readonly from: End }
  | { readonly what: 'order'; readonly at: number; readonly by: number }
  | { readonly what: 'node'; readonly op: Operation; readonly at: number; readonly item: NodeSketch }
  | { readonly what: 'link'; readonly op: Operation; readonly at: number; readonly item: LinkSketch }
  | { readonly what: 'move'; readonly at: number; readonly to: number }
  | { readonly what: 'bridge'; readonly op: Operation; readonly at: number; readonly item: BridgeSketch };

const any = fc.nat(59);
const op = fc.constantFrom(...OPERATIONS);
const is = <W extends string>(word: W): fc.Arbitrary<W> => fc.constant(word);

export const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: is('item'), which: any, list: fc.constantFrom(...LISTS), op, at: any, item: anyDice }),
  },
  { weight: 2, arbitrary: fc.record({ what: is('key'), which: any, key: fc.constantFrom(...KEYS), from: node }) },
  { weight: 3, arbitrary: fc.record({ what: is('device'), which: any, op, at: any, item: device }) },
  { weight: 5, arbitrary: fc.record({ what: is('end'), at: any, field: fc.constantFrom(...FIELDS), from: end }) },
  { weight: 2, arbitrary: fc.record({ what: is('order'), at: any, by: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ what: is('node'), op, at: any, item: node }) },
  { weight: 2, arbitrary: fc.record({ what: is('link'), op, at: any, item: link }) },
  { weight: 1, arbitrary: fc.record({ what: is('move'), at: any, to: any }) },
  { weight: 2, arbitrary: fc.record({ what: is('bridge'), op, at: any, item: bridge }) },
);

/** One edit of the file: mostly one thing, at times a few. */
export const step: fc.Arbitrary<readonly Edit[]> = fc.array(edit, { minLength: 1, maxLength: 3 });

/** The sketch after one edit after the other. */
export function edited(sketch: Sketch, edits: readonly Edit[]): Sketch {
  return edits.reduce(editedOnce, sketch);
}

function editedOnce(sketch: Sketch, edit: Edit): Sketch {
  const { nodes, links, bridges } = sketch;
  switch (edit.what) {
    case 'item':
      return inNode(sketch, edit.which, (old) => ({
        ...old,
        lists: { ...old.lists, [edit.list]: changed(old.lists[edit.list], edit.op, edit.at, edit.item) },
      }));
    case 'key':
      return inNode(sketch, edit.which, (old) => ({ ...old, [edit.key]: edit.from[edit.key] }));
    case 'device':
      return inNode(sketch, edit.which, (old) => ({
        ...old,
        devices: changed(old.devices, edit.op, edit.at, edit.item).slice(0, 4),
      }));
    case 'end':
      return atEnd(sketch, edit.at, (old) => ({ ...old, [edit.field]: edit.from[edit.field] }));
    case 'order':
      return atEnd(sketch, edit.at, (old) =>
        old.addresses.length < 2 ? old : { ...old, addresses: turned(old.addresses, edit.by) },
      );
    case 'node':
      return { ...sketch, nodes: distinct(changed(nodes, edit.op, edit.at, edit.item), ({ slot }) => slot) };
    case 'link':
      return { ...sketch, links: distinct(changed(links, edit.op, edit.at, edit.item), ({ id }) => id) };
    case 'move': {
      const nth = edit.at % Math.max(1, links.length);
      const moved = (old: LinkSketch): LinkSketch => ({ ...old, nodes: [old.nodes[0], edit.to % 6] });
      return { ...sketch, links: links.map((old, i) => (i === nth ? moved(old) : old)) };
    }
    case 'bridge':
      return { ...sketch, bridges: distinct(changed(bridges, edit.op, edit.at, edit.item), ({ id }) => id) };
  }
}

function inNode(sketch: Sketch, which: number, change: (node: NodeSketch) => NodeSketch): Sketch {
  const nth = which % Math.max(1, sketch.nodes.length);
  return { ...sketch, nodes: sketch.nodes.map((old, i) => (i === nth ? change(old) : old)) };
}

/** Changes one of all the ends: of links, ports and devices. */
function atEnd(sketch: Sketch, at: number, change: (end: End) => End): Sketch {
  const ends = [
    ...sketch.links.flatMap(({ ends }) => ends),
    ...sketch.bridges.flatMap(({ ports }) => ports.map(({ end }) => end)),
    ...sketch.nodes.flatMap(({ devices }) => devices.map(({ end }) => end)),
  ].filter((end) => change(end) !== end);
  const chosen = ends[at % Math.max(1, ends.length)];
  const visit = (old: End): End => (old === chosen ? change(old) : old);
  return {
    links: sketch.links.map((each) => ({ ...each, ends: [visit(each.ends[0]), visit(each.ends[1])] })),
    bridges: sketch.bridges.map((each) => ({
      ...each,
      ports: each.ports.map((port) => ({ ...port, end: visit(port.end) })),
    })),
    nodes: sketch.nodes.map((each) => ({
      ...each,
      devices: each.devices.map((one) => ({ ...one, end: visit(one.end) })),
    })),
  };
}

/** Where there is nothing to drop or to swap, something is added. */
function changed<T>(list: readonly T[], op: Operation, at: number, item: T): T[] {
  const nth = at % Math.max(1, list.length);
  const least = { add: 0, put: 0, drop: 1, swap: 2 }[op];
  switch (list.length < least ? 'add' : op) {
    case 'add':
      return list.toSpliced(nth, 0, item);
    case 'put':
      return list.toSpliced(nth, 1, item);
    case 'drop':
      return list.toSpliced(nth, 1);
    case 'swap': {
      const moved = list.slice(nth, nth + 1);
      return [...list.toSpliced(nth, 1), ...moved];
    }
  }
}

function turned(list: readonly number[], by: number): number[] {
  const first = 1 + (by % Math.max(1, list.length - 1));
  return by === 0 ? list.toReversed() : [...list.slice(first), ...list.slice(0, first)];
}

/** The first of those with the same number, as they stand. */
function distinct<T>(list: readonly T[], number: (item: T) => number): T[] {
  return list.filter((item, i) => list.findIndex((other) => number(other) === number(item)) === i);
}
