/** Packets of one interface, as they come and go: a packet socket (AF_PACKET) in its namespace, as tcpdump has one. */
import { SystemError } from '../errors.ts';
import { type PacketFilter } from '../model/packet-filter.ts';
import { readPacket } from '../model/packet.ts';
import { LE } from '../sys/byte-order.ts';
import { datagramBuffer } from '../sys/datagram.ts';
import { errnoName } from '../sys/errno.ts';
import { c, check, errno, int32, type Watch, watchReadable } from '../sys/libc.ts';
import { inNetns } from '../sys/netns.ts';

// linux/socket.h, linux/if_packet.h, linux/if_ether.h, asm-generic/socket.h, asm-generic/fcntl.h
const AF_PACKET = 17;
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;
// Without the link-layer header, which tunnels have none of: the kernel tells the protocol beside the packet.
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;

const QUEUE = 8 << 20;
/** Headers are all that is asked for. */
const SNAP = 256;

/** Counts the packets of an interface that a filter means, from the moment that it is made. Like `tcpdump -i IF FILTER`. */
export class Sniffer implements Disposable {
  readonly #fd: number;
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
    // Of no protocol, so that nothing comes before it is bound to the one interface.
    this.#fd = check(
      inNetns(netns, () => c.socket(AF_PACKET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0)),
      'socket',
      'packets',
    );
    c.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, int32(QUEUE), 4);
    const address = sockaddrLl(index);
    if (c.bind(this.#fd, address, address.length) < 0) {
      const reason = errnoName(errno());
      c.close(this.#fd);
      throw new SystemError('bind', reason, `packets of interface ${index}`);
    }
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
      const length = this.#buffer.receive(this.#fd, MSG_DONTWAIT);
      if (length < 0) break;
      this.#seen += 1;
      const name = this.#buffer.name();
      // struct sockaddr_ll: family, then the protocol in the network's order.
      const ethertype = ((name[2] ?? 0) << 8) | (name[3] ?? 0);
      if (this.#filter(readPacket(ethertype, this.#buffer.data.subarray(0, Math.min(length, SNAP)))))
        this.#matched += 1;
    }
    if (this.#matched > before) this.#onMatch();
  }
}

function sockaddrLl(index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, LE);
  view.setUint16(2, ETH_P_ALL);
  view.setInt32(4, index, LE);
  return bytes;
}
