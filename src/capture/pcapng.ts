/** A capture as a file that tcpdump, Wireshark and tshark read: pcapng (draft-ietf-opsawg-pcapng), in the machine's byte order. */
import { LE } from '../sys/byte-order.ts';
import type { CapturedInterface, CapturedPacket } from './packet.ts';

/** What is said of the whole file. */
export interface SectionFacts {
  /** The program that wrote it. */
  readonly application: string;
  readonly os: string;
}

export interface InterfaceFacts {
  readonly interface: CapturedInterface;
  readonly snaplen: number;
  readonly filter: string;
}

export interface InterfaceStatistics {
  readonly began: bigint;
  readonly ended: bigint;
  /** Packets that the filter let pass, those without room too. */
  readonly accepted: number;
  readonly dropped: number;
  readonly written: number;
}

const BLOCK = { SECTION: 0x0a0d0d0a, INTERFACE: 1, STATISTICS: 5, PACKET: 6 } as const;
const MAGIC = 0x1a2b3c4d;
const LINKTYPE = { ethernet: 1, cooked: 113 } as const;
const NANOSECONDS = 9;
const RECEPTION = { host: 1, multicast: 2, broadcast: 3, other: 4 } as const;
const EPB_FLAGS = 2;
/** Of a packet's block: its header, the option of flags, the end of options, the length again. */
const PACKET_BYTES = 28 + 8 + 4 + 4;

type Option = readonly [code: number, value: Uint8Array];

/** The first block. */
export function sectionHeader({ application, os }: SectionFacts): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, MAGIC, LE);
  view.setUint16(4, 1, LE);
  // How long the section is does nobody know.
  view.setBigInt64(8, -1n, LE);
  return block(BLOCK.SECTION, body, [
    [3, text(os)],
    [4, text(application)],
  ]);
}

/** One for each interface, in the order of their numbers, before any packet of theirs. */
export function interfaceDescription({ interface: { name, header }, snaplen, filter }: InterfaceFacts): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, LINKTYPE[header], LE);
  view.setUint32(4, snaplen, LE);
  return block(BLOCK.INTERFACE, body, [
    [2, text(name)],
    [9, Uint8Array.of(NANOSECONDS)],
    // The first byte tells that words follow, as libpcap reads them.
    ...(filter === '' ? [] : [[11, Uint8Array.of(0, ...text(filter))] as const]),
  ]);
}

/** Packets, each with the number of its interface, in one piece. */
export function packetBlocks(
  packets: readonly CapturedPacket[],
  numberOf: (of: CapturedInterface) => number,
): Uint8Array {
  const total = packets.reduce((sum, { data }) => sum + PACKET_BYTES + padded(data.length), 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    const { time, data, length, direction, to } = packet;
    const size = PACKET_BYTES + padded(data.length);
    view.setUint32(at, BLOCK.PACKET, LE);
    view.setUint32(at + 4, size, LE);
    view.setUint32(at + 8, numberOf(packet.interface), LE);
    view.setUint32(at + 12, Number(time >> 32n), LE);
    view.setUint32(at + 16, Number(time & 0xffffffffn), LE);
    view.setUint32(at + 20, data.length, LE);
    view.setUint32(at + 24, length, LE);
    bytes.set(data, at + 28);
    const options = at + 28 + padded(data.length);
    view.setUint16(options, EPB_FLAGS, LE);
    view.setUint16(options + 2, 4, LE);
    view.setUint32(options + 4, (direction === 'in' ? 1 : 2) | (RECEPTION[to] << 2), LE);
    // The end of options is four zeros.
    view.setUint32(at + size - 4, size, LE);
    at += size;
  }
  return bytes;
}

/** The last of an interface. */
export function interfaceStatistics(number: number, facts: InterfaceStatistics): Uint8Array {
  const body = new Uint8Array(12);
  new DataView(body.buffer).setUint32(0, number, LE);
  body.set(stamp(facts.ended), 4);
  return block(BLOCK.STATISTICS, body, [
    [2, stamp(facts.began)],
    [3, stamp(facts.ended)],
    [6, counter(facts.accepted)],
    [7, counter(facts.dropped)],
    [8, counter(facts.written)],
  ]);
}

function block(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const size = 12 + body.length + optionBytes;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, LE);
  view.setUint32(4, size, LE);
  bytes.set(body, 8);
  let at = 8 + body.length;
  for (const [code, value] of options) {
    view.setUint16(at, code, LE);
    view.setUint16(at + 2, value.length, LE);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(size - 4, size, LE);
  return bytes;
}

/** The higher half first. */
function stamp(time: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(time >> 32n), LE);
  view.setUint32(4, Number(time & 0xffffffffn), LE);
  return bytes;
}

function counter(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), LE);
  return bytes;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
