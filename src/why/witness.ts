/** One packet socket (AF_PACKET) in each namespace, of all its interfaces: who saw what, and when. Like `tcpdump -i any` in every node. */
import { close } from 'node:fs';

import { ARPHRD, ETH_P, PACKET_TYPE, SO, SOL } from '../probe/constants.ts';
import { hasEthernetHeader, openPacketSocket } from '../probe/packet-socket.ts';
import { enlargeQueue } from '../probe/socket.ts';
import { LE } from '../sys/byte-order.ts';
import { datagramBuffer } from '../sys/datagram.ts';
import { c, check, int32, realtime, type Watch, watchReadable } from '../sys/libc.ts';
import { type Frame, readEthernet, readFrame } from './frame.ts';

const MSG_DONTWAIT = 0x40;
/** All interfaces of the namespace. */
const ANY = 0;
const QUEUE = 4 << 20;
/** Headers, and of a payload as much as an error message quotes of it, within a tunnel too. */
const SNAP = 384;
/** What is seen beyond that is no probe of ours, but a flood. */
const MOST = 50_000;

/** A frame at an interface. */
export interface Sighting {
  readonly node: string;
  /** The interface's number. */
  readonly index: number;
  /** It left by it; else it came by it. */
  readonly out: boolean;
  /** It came, and is for another machine on the same LAN. */
  readonly others: boolean;
  /** Milliseconds, by {@link realtime}. */
  readonly at: number;
  readonly frame: Frame;
  /** Its destination's link-layer address; undefined where there is none. */
  readonly mac: string | undefined;
}

// All sockets receive into this one: what is received is read before the next.
const buffer = datagramBuffer(SNAP);

export class Witness implements Disposable {
  readonly sightings: Sighting[] = [];
  readonly #keep: (frame: Frame) => boolean;
  readonly #sockets: { readonly node: string; readonly fd: number; readonly watch: Watch }[] = [];
  #packets = 0;

  /** `keep`: which frames are worth remembering. Throws SystemError. */
  constructor(namespaces: ReadonlyMap<string, number>, keep: (frame: Frame) => boolean) {
    this.#keep = keep;
    try {
      for (const [node, netns] of namespaces) this.#open(node, netns);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** How many IP packets have been seen by now that were kept, but for multicast of IPv6. */
  get packets(): number {
    for (const { node, fd } of this.#sockets) this.#drain(node, fd);
    return this.#packets;
  }

  /** All that was seen, in the order of time. */
  read(): readonly Sighting[] {
    for (const { node, fd } of this.#sockets) this.#drain(node, fd);
    return this.sightings.toSorted((a, b) => a.at - b.at);
  }

  [Symbol.dispose](): void {
    for (const { fd, watch } of this.#sockets.splice(0)) {
      watch.close();
      // Each waits for all processors of the machine: together they wait once.
      close(fd);
    }
  }

  #open(node: string, netns: number): void {
    const fd = openPacketSocket(netns, {
      index: ANY,
      protocol: ETH_P.ALL,
      header: true,
      prepare: (opened) => {
        enlargeQueue(opened, QUEUE);
        check(c.setsockopt(opened, SOL.SOCKET, SO.TIMESTAMPNS_NEW, int32(1), 4), 'setsockopt', 'SO_TIMESTAMPNS');
      },
    });
    this.#sockets.push({ node, fd, watch: watchReadable(fd, () => this.#drain(node, fd)) });
  }

  #drain(node: string, fd: number): void {
    for (;;) {
      const length = buffer.receive(fd, MSG_DONTWAIT);
      if (length < 0) return;
      if (this.sightings.length >= MOST) continue;
      const seen = this.#read(node, buffer.data.subarray(0, Math.min(length, SNAP)));
      if (seen === undefined || !this.#keep(seen.frame)) continue;
      // IPv6 has reports of multicast listeners all the time.
      if (seen.frame.kind === 'ip' && !seen.frame.destination.startsWith('ff')) this.#packets++;
      this.sightings.push(seen);
    }
  }

  /** struct sockaddr_ll: family, protocol (network's order), index, hardware type, packet type. */
  #read(node: string, bytes: Uint8Array): Sighting | undefined {
    const name = buffer.name();
    const view = new DataView(name.buffer, name.byteOffset, name.byteLength);
    const hardware = view.getUint16(8, LE);
    const hasHeader = hasEthernetHeader(hardware);
    if (hasHeader && bytes.length < 14) return undefined;
    const header = hasHeader ? readEthernet(bytes) : { to: undefined, ethertype: view.getUint16(2), at: 0 };
    const frame = readFrame(header.ethertype, bytes.subarray(header.at));
    if (frame === undefined) return undefined;
    const type = name[10]!;
    return {
      node,
      index: view.getInt32(4, LE),
      out: type === PACKET_TYPE.OUTGOING,
      others: type === PACKET_TYPE.OTHERHOST,
      at: stamp(),
      frame,
      mac: hardware === ARPHRD.ETHER ? header.to : undefined,
    };
  }
}

/** When the kernel saw what is in the buffer. */
function stamp(): number {
  const note = buffer.note(SOL.SOCKET, SO.TIMESTAMPNS_NEW);
  if (note === undefined || note.byteLength < 16) return realtime();
  return Number(note.getBigInt64(0, LE)) * 1000 + Number(note.getBigInt64(8, LE)) / 1e6;
}
