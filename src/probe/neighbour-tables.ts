/**
 * Room in the kernel's tables of neighbours. A machine has one for ARP and one for neighbour discovery, and all network namespaces share
 * them: 1024 entries each unless somebody has raised net.ipv4.neigh.default.gc_thresh3. A hundred hosts on one LAN that all speak with
 * each other need 9,900, and where there is no room ARP fails: packets are lost that nothing on their way would have lost.
 */
import { NLM_F, NUD } from '../netlink/constants.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { delneigh, getneigh } from '../netlink/spec/rt-neigh.ts';
import { readText } from '../sys/read-text.ts';

/** What the kernel begins with, and where it does not tell (in another network namespace than the first) nearly always is. */
const USUAL = 1024;
/** Left for whoever else makes neighbours meanwhile: routers of the lab, other labs, the machine. */
const RESERVE = 192;
/** So many there are always tried at once. */
const LEAST = 64;

/** How many neighbours of each family can be made now. */
export function neighbourRoom(): number {
  return Math.max(LEAST, Math.min(roomOf('ipv4', 'arp_cache'), roomOf('ipv6', 'ndisc_cache')) - RESERVE);
}

function roomOf(family: 'ipv4' | 'ipv6', cache: string): number {
  const limit = Number(readText(`/proc/sys/net/${family}/neigh/default/gc_thresh3`) ?? USUAL);
  // A line of titles, then one for each processor; the first number, in base 16, is the same in all of them.
  const used = Number.parseInt(readText(`/proc/net/stat/${cache}`)?.split('\n')[1] ?? '0', 16);
  return (Number.isNaN(limit) ? USUAL : limit) - (Number.isNaN(used) ? 0 : used);
}

/** The kernel has made these, and makes them again: what a person or a routing daemon has said bears one of these states. */
const LASTING = NUD.PERMANENT | NUD.NOARP;

/** The neighbours that namespaces have now, so that those that come later can be forgotten again. */
export class NeighbourTables implements Disposable {
  readonly #tables: readonly { readonly socket: NetlinkSocket; readonly known: ReadonlySet<string> }[];

  constructor(namespaces: Iterable<number>) {
    this.#tables = Array.from(new Set(namespaces), (netns) => {
      const socket = NetlinkSocket.open('route', { netns });
      return { socket, known: new Set(readNeighbours(socket).map(keyOf)) };
    });
  }

  /** Forgets what has been learnt since. Like `ip neighbour delete` for each. */
  forget(): void {
    for (const { socket, known } of this.#tables) {
      const batch = socket.batch<undefined>();
      for (const each of readNeighbours(socket)) {
        if (known.has(keyOf(each)) || (each.state & LASTING) !== 0) continue;
        const { family, ifindex, dst } = each;
        batch.add(delneigh, { header: { family, ifindex }, attrs: { dst } }, NLM_F.REQUEST, undefined);
      }
      // What is gone already is what was wanted.
      if (batch.size > 0) batch.send();
    }
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#tables) socket.close();
  }
}

/** What the kernel knows of a neighbour. */
export interface Neighbour {
  readonly family: number;
  readonly ifindex: number;
  /** Of NUD. */
  readonly state: number;
  readonly dst: string;
}

/** All neighbours of a namespace. Like `ip neighbour show nud all`. */
export function readNeighbours(socket: NetlinkSocket): Neighbour[] {
  return socket
    .dump(getneigh, {})
    .flatMap(({ header: { family, ifindex, state }, attrs: { dst } }) =>
      dst === undefined ? [] : [{ family, ifindex, state, dst }],
    );
}

function keyOf({ ifindex, dst }: Neighbour): string {
  return `${ifindex} ${dst}`;
}
