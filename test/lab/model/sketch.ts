/**
 * A topology as it is drawn by lot: numbers that `draw.ts` reads as choices, so that whatever is drawn means something, and a smaller
 * value is a smaller topology. Nodes, links and bridges bear numbers of their own, so that an edit of one leaves the others what they are.
 */
import * as fc from 'fast-check';

/** Four choices: what they mean depends on the list that they stand in. */
export type Dice = readonly [number, number, number, number];

/** The end of a link, the port of a bridge, or a device: what an interface says of itself. */
export interface End {
  /** Under its other name. */
  readonly renamed: boolean;
  /** Which of the addresses that its segment has for it, in order. */
  readonly addresses: readonly number[];
  readonly mac: number | null;
  readonly mtu: number | null;
  readonly up: boolean;
}

export interface LinkSketch {
  readonly id: number;
  /** The slots of its nodes; they may be one and the same. */
  readonly nodes: readonly [number, number];
  readonly mtu: number | null;
  readonly ends: readonly [End, End];
}

export interface BridgeSketch {
  readonly id: number;
  readonly ports: readonly { readonly slot: number; readonly end: End }[];
  readonly stp: boolean;
  readonly mtu: number | null;
  readonly subnet: boolean;
}

/** An interface with a type. */
export interface DeviceSketch {
  readonly dice: Dice;
  readonly end: End;
}

/** What of a node is a list of small things. */
export const LISTS = [
  'sysctls',
  'routes',
  'rules',
  'neighbors',
  'fdb',
  'nat',
  'input',
  'forward',
  'files',
  'processes',
] as const;
export type ListName = (typeof LISTS)[number];

export interface NodeSketch {
  readonly slot: number;
  readonly renamed: boolean;
  readonly isolation: number;
  readonly hostname: number;
  readonly forwarding: number;
  readonly nftables: number;
  readonly setup: number;
  readonly lo: readonly number[];
  readonly devices: readonly DeviceSketch[];
  readonly lists: Readonly<Record<ListName, readonly Dice[]>>;
}

export interface Sketch {
  readonly nodes: readonly NodeSketch[];
  readonly links: readonly LinkSketch[];
  readonly bridges: readonly BridgeSketch[];
}

/** How many nodes, links and bridges a topology can have. */
export const SLOTS = 6;
const LINK_IDS = 7;
const BRIDGE_IDS = 2;
/** How many addresses a segment has for each of its interfaces. */
export const ADDRESSES = 9;

const slot = fc.nat(SLOTS - 1);
const dice: fc.Arbitrary<Dice> = fc.tuple(fc.nat(59), fc.nat(59), fc.nat(59), fc.nat(59));
/** Mostly left out. */
const seldom = (max: number): fc.Arbitrary<number | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(max) });
const rarely = fc.nat(9).map((n) => n === 9);
/** 0, mostly. */
const choice = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(max) });

export const end: fc.Arbitrary<End> = fc.record({
  renamed: rarely,
  addresses: fc.uniqueArray(fc.nat(ADDRESSES - 1), { maxLength: 4 }),
  mac: seldom(3),
  mtu: seldom(3),
  up: rarely.map((down) => !down),
});

export const link: fc.Arbitrary<LinkSketch> = fc.record({
  id: fc.nat(LINK_IDS - 1),
  nodes: fc.tuple(slot, slot),
  mtu: seldom(3),
  ends: fc.tuple(end, end),
});

export const bridge: fc.Arbitrary<BridgeSketch> = fc.record({
  id: fc.nat(BRIDGE_IDS - 1),
  ports: fc.uniqueArray(fc.record({ slot, end }), { selector: (port) => port.slot, minLength: 1, maxLength: 4 }),
  stp: rarely,
  mtu: seldom(3),
  subnet: fc.boolean(),
});

export const device: fc.Arbitrary<DeviceSketch> = fc.record({ dice, end });

const list = (maxLength: number): fc.Arbitrary<readonly Dice[]> => fc.array(dice, { maxLength, size: '-1' });

export const node: fc.Arbitrary<NodeSketch> = fc.record({
  slot,
  renamed: rarely,
  isolation: choice(2),
  hostname: choice(2),
  forwarding: choice(4),
  // Each costs the start of a program, so they are rare.
  nftables: fc.nat(49).map((n) => Math.max(0, n - 46)),
  setup: fc.nat(39).map((n) => Math.max(0, n - 37)),
  lo: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
  devices: fc.array(device, { maxLength: 3, size: '-1' }),
  lists: fc.record({
    sysctls: list(3),
    routes: list(5),
    rules: list(3),
    neighbors: list(3),
    fdb: list(3),
    nat: list(3),
    input: list(3),
    forward: list(3),
    files: list(2),
    processes: list(2),
  }),
});

const unique = { selector: ({ id }: { readonly id: number }) => id };

export const sketch: fc.Arbitrary<Sketch> = fc.record({
  nodes: fc.uniqueArray(node, { selector: (each) => each.slot, minLength: 2, maxLength: SLOTS }),
  links: fc.uniqueArray(link, { ...unique, minLength: 1, maxLength: LINK_IDS }),
  bridges: fc.uniqueArray(bridge, { ...unique, maxLength: BRIDGE_IDS }),
});
export const anyDice = dice;
