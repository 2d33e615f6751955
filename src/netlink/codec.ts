/**
 * How a value stands on the wire. A table of codecs is the one description of a message family: encoding, decoding, static
 * types, the names in errors and the check against the kernel's headers all come from it.
 */
import type { Reader, Writer } from './wire.ts';

export * from './attrs.ts';
export * from './body.ts';
export * from './message.ts';
export * from './scalars.ts';
export * from './struct.ts';

/** The attributes beside the one at hand: the kind of a link says what its data is. */
export type Siblings = Readonly<Record<string, unknown>>;

/** What the kernel points at in an extended acknowledgement. */
export interface Target {
  /** Where the attribute's header is, in bytes of the reader; before the first attribute for the message itself. */
  readonly offset: number;
  /** The id of an attribute that is missing in the one at `offset`. */
  readonly missing?: number | undefined;
}

/** A statement about the kernel's headers: a C expression and the number that it must be. */
export type Fact = readonly [expression: string, value: number];

/** One value's form on the wire. */
export interface Codec<V> {
  /** Its attribute bears NLA_F_NESTED. */
  readonly nested?: boolean;
  /** Bytes, when they are always as many. */
  readonly size?: number;
  write(w: Writer, value: V, siblings?: Siblings): void;
  /**
   * Reads `start` to `end` of `r`.
   * @throws RangeError when the bytes can't be such a value.
   */
  read(r: Reader, start: number, end: number, siblings?: Siblings): V;
  /** Names what `target` points at within `start` to `end`, outermost first. */
  trace?(r: Reader, start: number, end: number, target: Target, siblings?: Siblings): string[];
  /** What must be true of the kernel's headers if this table is right. */
  facts?(): Iterable<Fact>;
  /** The codecs inside this one. */
  parts?(): Iterable<Codec<unknown>>;
}

/** The value that a codec reads and writes. */
export type ValueOf<C> = C extends Codec<infer V> ? V : never;
