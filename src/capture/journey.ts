/** Sightings of one packet at one interface after the other, joined into the way that it took. */
import { isLoopback } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import { type Identity, identityOf } from './identity.ts';
import type { CapturedPacket } from './packet.ts';
import { type Sighting, Way } from './way.ts';

/** The way of one packet. */
export interface Journey {
  /** In the order of time. */
  readonly sightings: readonly Sighting[];
  /** Whether it came to a node that has the address; null when nobody can say: for a group, for an address outside, where nobody listens. */
  readonly arrived: boolean | null;
  /** Where it came to: at the node that has the address, or else where it was last seen, at several places where it was flooded. */
  readonly last: readonly Sighting[];
  /** The nodes that have the address to which it was going at the last. */
  readonly toNodes: readonly string[];
}

export interface JourneyFacts {
  /** Which nodes have an address. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** The nodes of which interfaces are listened on. */
  readonly nodes: ReadonlySet<string>;
}

/** The ways of packets that are alike: the first at one interface is the first at the next one, too. */
class Alike {
  #ways: Way[] = [];
  /** By each door, the first of them that may still take it. A loop makes thousands a second, and none is asked twice. */
  readonly #next = new Map<string, number>();

  /** Gives it to the way that it belongs to: what the packet was where it comes from; undefined when that is a new way. */
  add(identity: Identity, packet: CapturedPacket): Identity | undefined {
    const door = `${packet.interface.name} ${packet.direction} ${identity.ttl}`;
    for (let at = this.#next.get(door) ?? 0; at < this.#ways.length; at++) {
      const way = this.#ways[at]!;
      const before = way.isOpen(packet.time) ? way.add(identity, packet) : undefined;
      // What has refused it once refuses all that comes there later.
      this.#next.set(door, at + 1);
      if (before !== undefined) return before;
    }
    this.#ways.push(new Way(identity, packet));
    this.#next.set(door, this.#ways.length);
    return undefined;
  }

  /** Those that cannot go on any more, and are forgotten here. */
  ended(now: bigint): readonly Way[] {
    const ended = this.#ways.filter((way) => !way.isOpen(now));
    if (ended.length === 0) return ended;
    this.#ways = this.#ways.filter((way) => way.isOpen(now));
    this.#next.clear();
    return ended;
  }

  get ways(): readonly Way[] {
    return this.#ways;
  }
}

/** Joins packets, which it is given in the order of their time. */
export class Journeys {
  readonly #facts: JourneyFacts;
  readonly #open = new Map<string, Alike>();
  /** Whose packets have left under which other source: what comes for that is meant for them. */
  readonly #hidden = new Map<string, string>();

  constructor(facts: JourneyFacts) {
    this.#facts = facts;
  }

  add(packet: CapturedPacket): void {
    const identity = identityOf(packet);
    const alike = this.#open.get(identity.key) ?? new Alike();
    this.#open.set(identity.key, alike);
    const before = alike.add(identity, packet);
    if (before !== undefined && before.from !== '' && identity.from !== '' && before.from !== identity.from)
      this.#hidden.set(identity.ends[0], before.from);
  }

  /** Those that have come to their end by that time, in the order in which they began; they are told once. */
  ended(now: bigint): Journey[] {
    const ended = [...this.#open].flatMap(([key, alike]) => {
      const ways = alike.ended(now);
      if (alike.ways.length === 0) this.#open.delete(key);
      return ways;
    });
    return this.#told(ended);
  }

  /** All the others. */
  rest(): Journey[] {
    const all = [...this.#open.values()].flatMap(({ ways }) => ways);
    this.#open.clear();
    return this.#told(all);
  }

  #told(ways: readonly Way[]): Journey[] {
    return ways
      .toSorted((a, b) => (a.began < b.began ? -1 : a.began > b.began ? 1 : 0))
      .map((way) => this.#journey(way));
  }

  #journey(way: Way): Journey {
    const { sightings } = way;
    const last = way.last.map(({ identity, packet, at }) => {
      // NAT has not given it back the address of whom it is meant for.
      const to = this.#hidden.get(identity.ends[1]) ?? identity.to;
      const nodes = isOwn(to) ? [packet.interface.node] : (this.#facts.owners.get(to) ?? []);
      const isThere = packet.direction === 'in' && nodes.includes(packet.interface.node);
      return { sighting: sightings[at]!, nodes, isThere };
    });
    const there = last.filter(({ isThere }) => isThere);
    const told = there.length > 0 ? there : last;
    const toNodes = [...new Set(told.flatMap(({ nodes }) => nodes))];
    const wouldBeSeen = toNodes.some((each) => this.#facts.nodes.has(each));
    const arrived = there.length > 0 ? true : wouldBeSeen ? false : null;
    return { sightings, last: told.map(({ sighting }) => sighting), toNodes, arrived };
  }
}

/** Each node has it for itself. */
function isOwn(address: string): boolean {
  const bytes = parseIp(address);
  return bytes !== undefined && isLoopback(bytes);
}
