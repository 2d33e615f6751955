/** The way of one packet while it is still going on: where it was seen, and from where it came there. */
import type { Identity } from './identity.ts';
import type { CapturedPacket } from './packet.ts';

/** A packet at one of the interfaces that it passed. */
export interface Sighting extends Pick<Identity, 'source' | 'destination' | 'ttl' | 'tunnel'> {
  readonly packet: CapturedPacket;
  /** Where it was before, as a place in the list of all sightings; undefined of the first. A bridge that floods leads to several from one. */
  readonly after: number | undefined;
}

/** What has not been seen again for so long is not waited for any more: nanoseconds. */
const LONGEST_HOP = 1_000_000_000n;

/** One sighting, with all that it is known by. */
interface Seen {
  readonly identity: Identity;
  readonly packet: CapturedPacket;
  readonly after: number | undefined;
}

export class Way {
  readonly #seen: Seen[] = [];

  constructor(identity: Identity, packet: CapturedPacket) {
    this.#seen.push({ identity, packet, after: undefined });
  }

  get began(): bigint {
    return this.#seen[0]!.packet.time;
  }

  /** Whether it may still go on. */
  isOpen(now: bigint): boolean {
    return now - this.#seen.at(-1)!.packet.time < LONGEST_HOP;
  }

  /** Takes a packet that can be this one at its next interface: what it was where it comes from; undefined when it cannot. */
  add(identity: Identity, packet: CapturedPacket): Identity | undefined {
    const { interface: at, direction } = packet;
    const { ttl } = identity;
    // Not twice by the same door, unless a router has counted it down in between.
    const isTwice = this.#seen.some(
      (each) =>
        each.packet.interface === at &&
        each.packet.direction === direction &&
        (ttl === undefined || each.identity.ttl === ttl),
    );
    const after = isTwice ? undefined : this.#before(identity, packet);
    if (after === undefined) return undefined;
    this.#seen.push({ identity, packet, after });
    return this.#seen[after]!.identity;
  }

  get sightings(): Sighting[] {
    return this.#seen.map(({ identity: { source, destination, ttl, tunnel }, packet, after }) => ({
      source,
      destination,
      ttl,
      tunnel,
      packet,
      after,
    }));
  }

  /** Where it has come to, each with what it was there: those after which it was not seen any more. */
  get last(): readonly (Pick<Seen, 'identity' | 'packet'> & { readonly at: number })[] {
    const left = new Set(this.#seen.map(({ after }) => after));
    return this.#seen.flatMap(({ identity, packet }, at) => (left.has(at) ? [] : [{ identity, packet, at }]));
  }

  /** The sighting that comes before: the latest that can, for a time to live never goes up. */
  #before(identity: Identity, packet: CapturedPacket): number | undefined {
    const can = this.#seen
      .map((each, at) => ({ ...each, at }))
      .filter(({ identity: { ttl } }) => identity.ttl === undefined || ttl === undefined || identity.ttl <= ttl)
      .toReversed();
    const here = can.filter((each) => each.packet.interface.node === packet.interface.node);
    const before = packet.direction === 'in' ? this.#arrival(packet, can, here) : departure(packet, here);
    return (before ?? can[0])?.at;
  }

  /** Through the cable; up from the interface below, or out of a tunnel, which made it longer; else from the latest place of which nobody has seen it go on. */
  #arrival(
    { interface: at, time, length }: CapturedPacket,
    can: readonly Placed[],
    here: readonly Placed[],
  ): Placed | undefined {
    const left = new Set(this.#seen.map(({ after }) => after));
    const open = can.filter((each) => each.packet.direction === 'out' && !left.has(each.at));
    const far = open.find((each) => each.packet.interface.name === at.peer);
    if (far !== undefined) return far;
    const lower = here.find(
      ({ packet }) =>
        packet.direction === 'in' &&
        (at.below.has(packet.interface.name) || packet.time === time || packet.length > length),
    );
    const unseen = lower ?? open.find((each) => each.packet.interface.peer === undefined);
    // Where a bridge floods to which nobody listens, several come from one.
    return unseen ?? here[0] ?? can.find((each) => each.packet.direction === 'out');
  }
}

type Placed = Seen & { readonly at: number };

/** Down from the interface that stands on this one, or from that of a tunnel, which has made it longer; else from where it came in. */
function departure({ interface: at, length }: CapturedPacket, here: readonly Placed[]): Placed | undefined {
  // A port does not send what its bridge has got, too, but what another port has.
  const cameIn = here.find(({ packet }) => packet.direction === 'in' && !packet.interface.below.has(at.name));
  const since = here.filter((each) => each.packet.direction === 'out' && each.at > (cameIn?.at ?? -1));
  const upper = since.find((each) => each.packet.interface.below.has(at.name) || each.packet.length < length);
  return upper ?? cameIn;
}
