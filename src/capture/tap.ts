/** One interface that is listened on: a ring of the kernel's, and packets as the rest of a capture knows them. */
import { encodeProgram, type PacketFilter } from '../model/packet-filter.ts';
import { PACKET_TYPE, SO, SOL } from '../probe/constants.ts';
import { PacketRing, type RawPacket } from '../probe/packet-ring.ts';
import { hasEthernetHeader } from '../probe/packet-socket.ts';
import { getOption } from '../probe/socket.ts';
import { LE } from '../sys/byte-order.ts';
import { type Watch, watchReadable } from '../sys/libc.ts';
import type { Chosen } from './interfaces.ts';
import { type CapturedInterface, type CapturedPacket, COOKED } from './packet.ts';

export interface TapOptions {
  readonly filter: PacketFilter;
  readonly snaplen: number;
  /** Bytes of the ring. */
  readonly bytes: number;
}

const TO: Readonly<Record<number, CapturedPacket['to']>> = {
  [PACKET_TYPE.HOST]: 'host',
  [PACKET_TYPE.BROADCAST]: 'broadcast',
  [PACKET_TYPE.MULTICAST]: 'multicast',
};

/** Dispose of it. */
export class Tap implements Disposable {
  readonly interface: CapturedInterface;
  /** That the filter means, by the kernel's count; and for how many of them it had no room. */
  accepted = 0;
  dropped = 0;
  /** That were handed on. */
  taken = 0;
  readonly #ring: PacketRing;
  #watch: Watch | undefined;

  /** `netns`: the namespace of its node. Throws SystemError. */
  constructor(netns: number, { index, ...place }: Chosen, { filter, snaplen, bytes }: TapOptions) {
    const { hardware } = place;
    const isEthernet = hasEthernetHeader(hardware);
    const program = filter.program({ header: isEthernet ? 14 : 0, keep: snaplen });
    this.interface = { ...place, header: isEthernet ? 'ethernet' : 'cooked' };
    this.#ring = new PacketRing(netns, { index, arphrd: hardware, filter: encodeProgram(program, LE), snaplen, bytes });
  }

  /** Calls `heard` when there are packets, until {@link deafen}. */
  listen(heard: () => void): void {
    this.#watch ??= watchReadable(this.#ring.fd, () => {
      // That the interface is down, or has gone, is told once, and would be told for ever if nobody asked.
      getOption(this.#ring.fd, SOL.SOCKET, SO.ERROR);
      heard();
    });
  }

  /** What comes from now on stays in the ring, as long as there is room. */
  deafen(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  drain(take: (packet: CapturedPacket) => void): void {
    this.#ring.drain((raw) => take(this.#packet(raw)));
  }

  /** Brings the counts up to date. */
  count(): void {
    const { packets, dropped } = this.#ring.count();
    this.accepted += packets;
    this.dropped += dropped;
  }

  [Symbol.dispose](): void {
    this.deafen();
    this.#ring[Symbol.dispose]();
  }

  #packet(raw: RawPacket): CapturedPacket {
    const isCooked = this.interface.header === 'cooked';
    return {
      interface: this.interface,
      time: raw.time,
      direction: raw.type === PACKET_TYPE.OUTGOING ? 'out' : 'in',
      to: TO[raw.type] ?? (raw.type === PACKET_TYPE.OUTGOING ? addressee(raw.data, isCooked) : 'other'),
      length: isCooked ? raw.length + COOKED : raw.length,
      data: isCooked ? this.#cooked(raw) : raw.data,
    };
  }

  /** What libpcap writes of a packet without a link-layer header: LINKTYPE_LINUX_SLL. */
  #cooked({ type, address, protocol, data }: RawPacket): Uint8Array {
    const bytes = new Uint8Array(COOKED + data.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, type);
    view.setUint16(2, this.interface.hardware);
    view.setUint16(4, address.length);
    bytes.set(address, 6);
    view.setUint16(14, protocol);
    bytes.set(data, COOKED);
    return bytes;
  }
}

/** The kernel does not say of a packet that leaves to whom it goes. */
function addressee(data: Uint8Array, isCooked: boolean): CapturedPacket['to'] {
  if (isCooked || ((data[0] ?? 0) & 1) === 0) return 'host';
  return data.subarray(0, 6).every((byte) => byte === 0xff) ? 'broadcast' : 'multicast';
}

/** Whether a filter means a packet that is here already. */
export function isMeant(
  filter: PacketFilter,
  { interface: { header }, data, length, direction }: CapturedPacket,
): boolean {
  const isCooked = header === 'cooked';
  return filter.means(
    {
      bytes: isCooked ? data.subarray(COOKED) : data,
      length: isCooked ? length - COOKED : length,
      protocol: ((data[isCooked ? 14 : 12] ?? 0) << 8) | (data[isCooked ? 15 : 13] ?? 0),
      type: direction === 'out' ? PACKET_TYPE.OUTGOING : PACKET_TYPE.HOST,
    },
    isCooked ? 0 : 14,
  );
}
