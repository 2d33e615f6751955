/** Packets of one interface, as they come and go: a packet socket in its namespace, as tcpdump has one. */
import type { PacketFilter } from '../model/packet-filter.ts';
import { ETH_P, MSG } from '../probe/constants.ts';
import { hardwareType, hasEthernetHeader, openPacketSocket } from '../probe/packet-socket.ts';
import { enlargeQueue } from '../probe/socket.ts';
import { datagramBuffer } from '../sys/datagram.ts';
import { c, type Watch, watchReadable } from '../sys/libc.ts';

const QUEUE = 8 << 20;
/** Headers are all that is asked for. */
const SNAP = 256;

/** Counts the packets of an interface that a filter means, from the moment that it is made. Like `tcpdump -i IF FILTER`. */
export class Sniffer implements Disposable {
  readonly #fd: number;
  readonly #header: 0 | 14;
  readonly #filter: PacketFilter;
  readonly #watch: Watch;
  readonly #buffer = datagramBuffer(SNAP);
  readonly #onMatch: () => void;
  #matched = 0;
  #seen = 0;

  /** `netns`: the interface's namespace; `index`: its number in there. Throws SystemError. */
  constructor(netns: number, index: number, filter: PacketFilter, onMatch: () => void = () => {}) {
    this.#filter = filter;
    this.#onMatch = onMatch;
    // Tunnels have no link-layer header; the kernel tells the protocol beside the packet.
    this.#header = hasEthernetHeader(hardwareType(netns, index)) ? 14 : 0;
    this.#fd = openPacketSocket(netns, {
      index,
      protocol: ETH_P.ALL,
      header: this.#header > 0,
      prepare: (fd) => enlargeQueue(fd, QUEUE),
    });
    this.#watch = watchReadable(this.#fd, () => this.#drain());
  }

  /** How many packets the filter means, of all that have been seen by now. */
  get matched(): number {
    this.#drain();
    return this.#matched;
  }

  /** How many packets there were. */
  get seen(): number {
    return this.#seen;
  }

  [Symbol.dispose](): void {
    this.#watch.close();
    c.close(this.#fd);
  }

  #drain(): void {
    const before = this.#matched;
    for (;;) {
      const length = this.#buffer.receive(this.#fd, MSG.DONTWAIT | MSG.TRUNC);
      if (length < 0) break;
      this.#seen += 1;
      const name = this.#buffer.name();
      // struct sockaddr_ll: family, then the protocol in the network's order; the type stands behind index and hatype.
      const protocol = ((name[2] ?? 0) << 8) | (name[3] ?? 0);
      const bytes = this.#buffer.data.subarray(0, Math.min(length, SNAP));
      if (this.#filter.means({ bytes, length, protocol, type: name[10] ?? 0 }, this.#header)) this.#matched += 1;
    }
    if (this.#matched > before) this.#onMatch();
  }
}
