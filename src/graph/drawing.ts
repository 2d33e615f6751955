/** A picture before it is written down: everything has its place. */
import type { GraphBox, GraphLink } from '../model/graph.ts';
import type { Point } from './elk.ts';
import type { Plate } from './plate.ts';

/** A box at its place. */
export interface PlacedPlate {
  readonly plate: Plate;
  readonly box: GraphBox;
  /** What stands above a bridge of the file. */
  readonly caption?: Words;
  /** Those of the plate, in the same order. */
  readonly bars: readonly PlacedBar[];
}

/** A bar in a box, and on which of its sides its words stand. */
export interface PlacedBar {
  readonly box: GraphBox;
  readonly words: 'left' | 'right';
}

/** Some lines of text. */
export interface Words {
  readonly lines: readonly string[];
  readonly box: GraphBox;
}

/** What stands where a link comes to its node. The line of the link runs through its middle. */
export interface EndWords extends Words {
  /** On which side of its node. */
  readonly side: 'left' | 'right';
  /** How many of the lines stand above the link. */
  readonly above: number;
}

/** A link with its way. */
export interface Wire {
  readonly link: GraphLink;
  /** From the first of its ends to the second. */
  readonly points: readonly Point[];
  /** The part of it beside which no words stand. */
  readonly free: readonly Point[];
  readonly ends: readonly [EndWords | undefined, EndWords | undefined];
  /** What stands in its middle. */
  readonly caption?: Words;
  /** The links that it stands for, one for each node of a frame; else it is `link` alone. */
  readonly all?: readonly GraphLink[];
}

/** A frame around nodes that hang on the same place, which share one line to it. */
export interface Block {
  readonly box: GraphBox;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly plates: readonly PlacedPlate[];
  readonly wires: readonly Wire[];
  readonly blocks: readonly Block[];
}
