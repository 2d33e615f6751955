/**
 * A ring of packets that the kernel fills and this process empties, in memory that both have (TPACKET_V3): a thousand packets cost one call, or
 * none. docs/decisions/0027-capture.md has the figures. packet_mmap in the kernel's documentation.
 */
import { LE } from '../sys/byte-order.ts';
import { c, check, mapShared, type SharedMemory } from '../sys/libc.ts';
import { ARPHRD, ETH_P, PACKET, PACKET_TYPE, SOL, TP_STATUS, TPACKET_V3 } from './constants.ts';
import { hasEthernetHeader, openPacketSocket } from './packet-socket.ts';
import { setOption } from './socket.ts';

/** One packet as the kernel hands it over. */
export interface RawPacket {
  /** Nanoseconds since 1970, by the kernel's clock. */
  readonly time: bigint;
  /** Bytes that it had, with the link-layer header. */
  readonly length: number;
  /** What was kept of it: with the Ethernet header and the VLAN tag in its place, or from the network header on. */
  readonly data: Uint8Array;
  /** PACKET_TYPE. */
  readonly type: number;
  /** The protocol in its Ethernet header, or what stands for one. */
  readonly protocol: number;
  /** Who sent it, of an interface without Ethernet headers. */
  readonly address: Uint8Array;
}

export interface RingOptions {
  readonly index: number;
  /** ARPHRD: what the interface's packets begin with. */
  readonly arphrd: number;
  readonly filter?: Uint8Array | undefined;
  /** How many bytes of each packet are kept; the ring's room is shared by what is kept. */
  readonly snaplen: number;
  /** Bytes of the whole ring. */
  readonly bytes: number;
}

/** How many packets there were since the last time somebody asked. */
export interface RingCount {
  /** That passed the filter, those without room too. */
  readonly packets: number;
  readonly dropped: number;
}

/** A block that is not full is handed over after so many ms; the kernel looks that often, so it may take twice as long. */
export const RETIRE_MS = 20;

/** Holds a packet of 64 kB, as offloading makes them. */
const BLOCK_BYTES = 1 << 17;
const LEAST_BLOCKS = 4;

/** Where things are in a struct tpacket_block_desc. */
export const BLOCK = { block_status: 8, num_pkts: 12, offset_to_first_pkt: 16 } as const;

/** Where things are in a struct tpacket3_hdr. */
export const FRAME = {
  tp_next_offset: 0,
  tp_sec: 4,
  tp_nsec: 8,
  tp_snaplen: 12,
  tp_len: 16,
  tp_status: 20,
  tp_mac: 24,
  tp_net: 26,
  'hv1.tp_vlan_tci': 32,
  'hv1.tp_vlan_tpid': 36,
} as const;

/** The struct sockaddr_ll stands behind that header. */
export const FRAME_ADDRESS = 48;

const VLAN_8021Q = 0x8100;
const MACS = 12;
const TAG = 4;

/** Dispose of it, or it fills up for ever. */
export class PacketRing implements Disposable {
  readonly fd: number;
  readonly #memory: SharedMemory;
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #blocks: number;
  readonly #isLoopback: boolean;
  readonly #snaplen: number;
  #next = 0;
  #open = true;

  /** `netns`: the interface's namespace. Throws SystemError; ENOMEM: there is no room for a ring. */
  constructor(netns: number, { index, arphrd, filter, snaplen, bytes }: RingOptions) {
    this.#blocks = Math.max(LEAST_BLOCKS, Math.floor(bytes / BLOCK_BYTES));
    this.#isLoopback = arphrd === ARPHRD.LOOPBACK;
    this.#snaplen = snaplen;
    const header = hasEthernetHeader(arphrd);
    let memory: SharedMemory | undefined;
    this.fd = openPacketSocket(netns, {
      index,
      protocol: ETH_P.ALL,
      header,
      filter,
      prepare: (fd) => (memory = ringOf(fd, this.#blocks)),
    });
    this.#memory = memory!;
    this.#view = new DataView(this.#memory.bytes);
    this.#words = new Int32Array(this.#memory.bytes);
  }

  /** Takes out what there is; each packet's data is a copy. What `lo` sends it gets as well, and is told once. */
  drain(take: (packet: RawPacket) => void): void {
    for (; this.#open; this.#next = (this.#next + 1) % this.#blocks) {
      const block = this.#next * BLOCK_BYTES;
      const status = (block + BLOCK.block_status) / 4;
      if ((Atomics.load(this.#words, status) & TP_STATUS.USER) === 0) return;
      const count = this.#view.getUint32(block + BLOCK.num_pkts, LE);
      let at = block + this.#view.getUint32(block + BLOCK.offset_to_first_pkt, LE);
      for (let i = 0; i < count; i++) {
        const type = this.#view.getUint8(at + FRAME_ADDRESS + 10);
        if (!this.#isLoopback || type !== PACKET_TYPE.OUTGOING) take(this.#read(at, type));
        at += this.#view.getUint32(at + FRAME.tp_next_offset, LE);
      }
      Atomics.store(this.#words, status, TP_STATUS.KERNEL);
    }
  }

  /** Since the last time. `netstat`'s and tcpdump's "dropped by kernel" */
  count(): RingCount {
    const bytes = new Uint8Array(12);
    check(
      c.getsockopt(this.fd, SOL.PACKET, PACKET.STATISTICS, bytes, new Uint32Array([bytes.length])),
      'getsockopt',
      'PACKET_STATISTICS',
    );
    const view = new DataView(bytes.buffer);
    return { packets: view.getUint32(0, LE), dropped: view.getUint32(4, LE) };
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#memory.unmap();
    c.close(this.fd);
  }

  #read(at: number, type: number): RawPacket {
    const view = this.#view;
    const status = view.getUint32(at + FRAME.tp_status, LE);
    const start = at + view.getUint16(at + FRAME.tp_mac, LE);
    const there = view.getUint32(at + FRAME.tp_snaplen, LE);
    const length = view.getUint32(at + FRAME.tp_len, LE);
    const isTagged = (status & TP_STATUS.VLAN_VALID) !== 0 && there >= MACS;
    const bytes = new Uint8Array(this.#memory.bytes, start, there);
    const address = at + FRAME_ADDRESS;
    return {
      time:
        BigInt(view.getUint32(at + FRAME.tp_sec, LE)) * 1_000_000_000n + BigInt(view.getUint32(at + FRAME.tp_nsec, LE)),
      length: isTagged ? length + TAG : length,
      data: isTagged ? this.#tagged(at, status, bytes) : bytes.slice(0, this.#snaplen),
      type,
      protocol: view.getUint16(address + 2),
      address: new Uint8Array(this.#memory.bytes, address + 12, Math.min(8, view.getUint8(address + 11))).slice(),
    };
  }

  /** The kernel keeps a tag beside the packet; on the wire it stands behind the addresses. */
  #tagged(at: number, status: number, bytes: Uint8Array): Uint8Array {
    const tpid =
      (status & TP_STATUS.VLAN_TPID_VALID) === 0
        ? VLAN_8021Q
        : this.#view.getUint16(at + FRAME['hv1.tp_vlan_tpid'], LE);
    const tci = this.#view.getUint32(at + FRAME['hv1.tp_vlan_tci'], LE) & 0xffff;
    const whole = new Uint8Array(bytes.length + TAG);
    whole.set(bytes.subarray(0, MACS));
    whole.set([tpid >> 8, tpid & 0xff, tci >> 8, tci & 0xff], MACS);
    whole.set(bytes.subarray(MACS), MACS + TAG);
    return whole.length > this.#snaplen ? whole.slice(0, this.#snaplen) : whole;
  }
}

/** struct tpacket_req3: blocks, and frames that here only have to fit in with them; then ms to wait, and nothing. */
function ringOf(fd: number, blocks: number): SharedMemory {
  setOption(fd, SOL.PACKET, PACKET.VERSION, TPACKET_V3);
  const request = new Uint32Array([BLOCK_BYTES, blocks, BLOCK_BYTES, blocks, RETIRE_MS, 0, 0]);
  const bytes = new Uint8Array(request.buffer);
  check(c.setsockopt(fd, SOL.PACKET, PACKET.RX_RING, bytes, bytes.length), 'setsockopt', 'PACKET_RX_RING');
  return mapShared(fd, blocks * BLOCK_BYTES);
}
