/** What a filter asks of a packet, in the end: whether numbers in it are equal to others, or greater; and, or, not. */

/** Where a number stands in a packet. */
export type Field =
  /** `link`: the Ethernet header; `network`: that of IP or ARP; `transport`: behind the header of IPv4. */
  | { readonly of: 'link' | 'network' | 'transport'; readonly at: number; readonly size: 1 | 2 | 4 }
  /** The protocol over Ethernet, behind a VLAN tag if there is one. */
  | 'protocol'
  /** The number of the VLAN; greater than 4095 for a packet without a tag. */
  | 'vlan'
  /** 4 (PACKET_OUTGOING) for what leaves the interface. */
  | 'type'
  /** Bytes of the whole packet. */
  | 'length';

/** `(field & mask) OP value`; all are of 32 bits. */
export interface Comparison {
  readonly field: Field;
  readonly mask?: number;
  readonly op: '=' | '>' | '>=';
  readonly value: number;
}

/** All parts hold, or one does. No parts: `all` always holds, `any` never. */
export type Test =
  Comparison | { readonly all: readonly Test[] } | { readonly any: readonly Test[] } | { readonly not: Test };

export const ALWAYS: Test = { all: [] };

export const all = (...tests: readonly Test[]): Test => (tests.length === 1 ? tests[0]! : { all: tests });
export const any = (...tests: readonly Test[]): Test => (tests.length === 1 ? tests[0]! : { any: tests });
export const not = (test: Test): Test => ({ not: test });
export const equal = (field: Field, value: number, mask?: number): Comparison => ({
  field,
  op: '=',
  value: value >>> 0,
  ...(mask === undefined ? {} : { mask: mask >>> 0 }),
});
export const network = (at: number, size: 1 | 2 | 4): Field => ({ of: 'network', at, size });
export const transport = (at: number, size: 1 | 2 | 4): Field => ({ of: 'transport', at, size });
export const link = (at: number, size: 1 | 2 | 4): Field => ({ of: 'link', at, size });
