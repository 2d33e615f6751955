/** All that is known of a probe that was sent: what was seen of it, and how to ask the kernels of the lab. */
import type { CauseWord, Direction } from '../model/why.ts';
import type { Place } from '../model/place.ts';
import type { Lans } from './lan.ts';
import type { Lines } from './lines.ts';
import type { Passage } from './nft-trace.ts';
import type { Mark } from './probe.ts';
import type { Known } from './recognise.ts';
import type { View } from './view.ts';
import type { Sighting } from './witness.ts';

export interface Evidence {
  readonly mark: Mark;
  /** The node that has sent it. */
  readonly sender: string;
  readonly views: ReadonlyMap<string, View>;
  readonly lans: Lans;
  readonly lines: Lines;
  readonly seen: readonly Sighting[];
  readonly known: readonly Known[];
  /** By node, what its packet filters did. */
  readonly passages: ReadonlyMap<string, readonly Passage[]>;
}

/** A packet in a node, and what became of it is the question. */
export interface Standing {
  readonly direction: Direction;
  readonly view: View;
  /** By which interface it came; undefined: it begins here. */
  readonly iif: number | undefined;
  readonly source: string;
  readonly destination: string;
  /** Bytes; undefined where it was never seen. */
  readonly length: number | undefined;
  readonly ttl: number | undefined;
}

/** A cause, but for the direction. */
export interface Finding {
  readonly word: CauseWord;
  readonly node: string;
  readonly interface: string | null;
  readonly text: string;
  readonly hint: string;
  readonly place: Place | null;
  readonly doubt?: Doubt;
}

/** What may be behind a finding that explains little: to be looked at by further probes. */
export interface Doubt {
  /** What carries the LAN has not been looked at. */
  readonly underlay?: Underlay;
  /** The node still waits for the answer to a question of before the probe, and has asked no other. */
  readonly pending?: Pending;
}

/** A neighbour that a node waits for. */
export interface Pending {
  readonly node: string;
  /** The number of the interface. */
  readonly index: number;
  readonly address: string;
}

/** The packets in which a tunnel packs frames. */
export interface Underlay {
  /** The near end. */
  readonly node: string;
  readonly name: string;
  /** The address of the far end, and its UDP port. */
  readonly remote: string;
  readonly port: number;
  /** Bytes of payload of what was lost; undefined: it was short. */
  readonly size: number | undefined;
}

/** Says where: `interface` null for the node as a whole. */
export function finding(
  word: CauseWord,
  where: { readonly node: string; readonly name?: string | undefined },
  text: string,
  hint: string,
  place: Place | null,
): Finding {
  return { word, node: where.node, interface: where.name ?? null, text, hint, place };
}

/** That two nodes have one address; `where`: the one of them to look at. */
export function duplicateAddress(
  e: Evidence,
  where: { readonly node: string; readonly name?: string | undefined },
  address: string,
  text: string,
): Finding {
  const place = e.lines.address(where.node, address) ?? e.lines.node(where.node);
  return finding('duplicate-address', where, text, 'give each of them an address of its own', place);
}

/** The kernel's words for the family: where its settings are, and how the address of a neighbour is asked for. */
export function familyWords(address: string): {
  readonly ip: 'ipv4' | 'ipv6';
  readonly asks: string;
  readonly any: string;
} {
  return address.includes(':')
    ? { ip: 'ipv6', asks: 'neighbour discovery', any: 'default6' }
    : { ip: 'ipv4', asks: 'ARP', any: 'default' };
}

/** Private (RFC 1918) or unique local (RFC 4193): what the internet has no way to. */
export function isPrivate(address: string): boolean {
  return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd])/.test(address);
}
