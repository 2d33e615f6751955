/** Why nobody answers, where nobody says so: of a neighbour that is not there the kernel itself only tells after three seconds. */
import { NUD } from '../netlink/constants.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { readNeighbours } from './neighbour-tables.ts';
import { NO_ANSWER, type Outcome } from './outcome.ts';
import { routeTo } from './route.ts';

interface Seen {
  readonly socket: NetlinkSocket;
  /** The neighbours that do not answer, by interface and address. */
  readonly unresolved: ReadonlySet<string>;
}

/** Looks at each namespace once. */
export class Silence implements Disposable {
  readonly #seen = new Map<number, Seen>();

  /** The same outcome, and what is known besides that nobody answered: `no answer, not even to ARP for 10.0.0.2`. */
  explain(netns: number, address: string, outcome: Outcome): Outcome {
    if (outcome.why !== NO_ANSWER || address.includes('%')) return outcome;
    const next = this.#missing(netns, address);
    if (next === undefined) return outcome;
    const protocol = next.includes(':') ? 'neighbour discovery' : 'ARP';
    return { ...outcome, why: `${NO_ANSWER}, not even to ${protocol} for ${next}` };
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#seen.values()) socket.close();
  }

  /** The next hop toward an address, when it is a neighbour that has been asked for its link-layer address and has not answered. */
  #missing(netns: number, address: string): string | undefined {
    const { socket, unresolved } = this.#lookAt(netns);
    if (unresolved.size === 0) return undefined;
    const { oif, gateway: next = address } = routeTo(socket, address)?.attrs ?? {};
    return unresolved.has(`${oif} ${next}`) ? next : undefined;
  }

  #lookAt(netns: number): Seen {
    const known = this.#seen.get(netns);
    if (known !== undefined) return known;
    const socket = NetlinkSocket.open('route', { netns });
    const unresolved = readNeighbours(socket).flatMap(({ ifindex, dst, state }) =>
      (state & (NUD.INCOMPLETE | NUD.FAILED)) === 0 ? [] : [`${ifindex} ${dst}`],
    );
    const seen = { socket, unresolved: new Set(unresolved) };
    this.#seen.set(netns, seen);
    return seen;
  }
}
