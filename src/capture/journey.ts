/** Sightings of one packet at one interface after the other, joined into the way that it took. */
import { type Identity, identityOf } from './identity.ts';
import type { CapturedPacket } from './packet.ts';

/** A packet at one of the interfaces that it passed. */
export interface Sighting extends Omit<Identity, 'key' | 'from' | 'to' | 'ends'> {
  readonly packet: CapturedPacket;
}

/** The way of one packet. */
export interface Journey {
  readonly sightings: readonly Sighting[];
  /** Whether it came to a node that has the address; null when nobody can say: for a group, for an address outside, where nobody listens. */
  readonly arrived: boolean | null;
  /** The nodes that have the address to which it was going at the last. */
  readonly toNodes: readonly string[];
}

export interface JourneyFacts {
  /** Which nodes have an address. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** The nodes of which interfaces are listened on. */
  readonly nodes: ReadonlySet<string>;
}

/** What has not been seen again for so long is not waited for any more: nanoseconds. */
export const LONGEST_HOP = 1_000_000_000n;

/** A way that may still go on. */
class Way {
  readonly sightings: Sighting[] = [];
  readonly key: string;
  to = '';
  from = '';
  ends: Identity['ends'] = ['', ''];

  constructor(key: string) {
    this.key = key;
  }

  get last(): Sighting {
    return this.sightings.at(-1)!;
  }

  add(identity: Identity, packet: CapturedPacket): void {
    const { from, to, ends, source, destination, ttl, tunnel } = identity;
    this.from = from;
    this.to = to;
    this.ends = ends;
    this.sightings.push({ source, destination, ttl, tunnel, packet });
  }

  /** Not twice by the same door, unless a router has counted it down in between; and never back up. */
  takes({ ttl }: Identity, { interface: at, direction }: CapturedPacket): boolean {
    if (ttl !== undefined && ttl > (this.last.ttl ?? ttl)) return false;
    return !this.sightings.some(
      (each) =>
        each.packet.interface === at && each.packet.direction === direction && (ttl === undefined || each.ttl === ttl),
    );
  }
}

/** Joins packets, which it is given in the order of their time. */
export class Journeys {
  readonly #facts: JourneyFacts;
  readonly #open = new Map<string, Way[]>();
  /** Whose packets have left under which other source: what comes for that is meant for them. */
  readonly #hidden = new Map<string, string>();

  constructor(facts: JourneyFacts) {
    this.#facts = facts;
  }

  add(packet: CapturedPacket): void {
    const identity = identityOf(packet);
    const ways = this.#open.get(identity.key) ?? [];
    // Of packets that are alike the first one is the first at the next interface, too.
    let way = ways.find((each) => packet.time - each.last.packet.time < LONGEST_HOP && each.takes(identity, packet));
    if (way === undefined) {
      way = new Way(identity.key);
      this.#open.set(identity.key, [...ways, way]);
    }
    const { from } = way;
    way.add(identity, packet);
    if (from !== '' && identity.from !== '' && from !== identity.from) this.#hidden.set(identity.ends[0], from);
  }

  /** Those that have come to their end by that time, in the order in which they began; they are told once. */
  ended(now: bigint): Journey[] {
    const ended: Way[] = [];
    for (const [key, ways] of this.#open) {
      const open = ways.filter((way) => now - way.last.packet.time < LONGEST_HOP);
      if (open.length === ways.length) continue;
      ended.push(...ways.filter((way) => !open.includes(way)));
      if (open.length === 0) this.#open.delete(key);
      else this.#open.set(key, open);
    }
    return this.#told(ended);
  }

  /** All the others. */
  rest(): Journey[] {
    const all = [...this.#open.values()].flat();
    this.#open.clear();
    return this.#told(all);
  }

  #told(ways: readonly Way[]): Journey[] {
    const began = (way: Way): bigint => way.sightings[0]!.packet.time;
    return ways
      .toSorted((a, b) => (began(a) < began(b) ? -1 : began(a) > began(b) ? 1 : 0))
      .map((way) => this.#journey(way));
  }

  #journey({ sightings, to, ends, last }: Way): Journey {
    // NAT has not given it back the address of whom it is meant for.
    const hidden = this.#hidden.get(ends[1]);
    const toNodes = this.#facts.owners.get(hidden ?? to) ?? [];
    const { node } = last.packet.interface;
    const isThere = toNodes.includes(node) && last.packet.direction === 'in';
    const wouldBeSeen = toNodes.some((each) => this.#facts.nodes.has(each));
    return { sightings, toNodes, arrived: isThere ? true : wouldBeSeen ? false : null };
  }
}
