/**
 * Room in the kernel's tables of neighbours. A machine has one for ARP and one for neighbour discovery, and all network namespaces share
 * them: 1024 entries each unless somebody has raised net.ipv4.neigh.default.gc_thresh3. A hundred hosts on one LAN that all speak with
 * each other need 9,900, and where there is no room ARP fails: packets are lost that nothing on their way would have lost.
 */
import { NLM_F, NUD } from '../netlink/constants.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { delneigh, getneigh } from '../netlink/spec/rt-neigh.ts';
import { readText } from '../sys/read-text.ts';
import type { LabNetwork } from './network.ts';

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

/** The neighbours that are there now, so that those that come later can be forgotten again. */
export class NeighbourTables {
  readonly #network: LabNetwork;
  readonly #before: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(network: LabNetwork) {
    this.#network = network;
    const keys = (node: string): ReadonlySet<string> => new Set(this.#read(node).map(keyOf));
    this.#before = new Map(network.members().map((node) => [node, keys(node)]));
  }

  /** Forgets what has been learnt since. Like `ip neighbour delete` for each. */
  forget(): void {
    for (const [node, known] of this.#before) {
      const route = this.#network.route(node);
      const batch = route.batch<undefined>();
      for (const each of this.#read(node)) {
        if (known.has(keyOf(each)) || (each.state & LASTING) !== 0) continue;
        const { family, ifindex, dst } = each;
        batch.add(delneigh, { header: { family, ifindex }, attrs: { dst } }, NLM_F.REQUEST, undefined);
      }
      // What is gone already is what was wanted.
      if (batch.size > 0) batch.send();
    }
  }

  #read(node: string): Neighbour[] {
    return readNeighbours(this.#network.route(node));
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
