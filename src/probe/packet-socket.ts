/** Packet sockets (AF_PACKET): what comes and goes at one interface, past the kernel's protocols. packet(7) */
import { SystemError } from '../errors.ts';
import { addressOf, c, check, errno, WORD } from '../sys/libc.ts';
import { LE } from '../sys/byte-order.ts';
import { errnoName } from '../sys/errno.ts';
import { inNetns } from '../sys/netns.ts';
import { AF, ARPHRD, SO, SOCK, SOL } from './constants.ts';

/** Bytes of a struct sockaddr_ll. */
export const SOCKADDR_LL = 20;

export interface PacketSocketOptions {
  /** The interface's number in its namespace. */
  readonly index: number;
  /** Which packets, by their number of linux/if_ether.h. */
  readonly protocol: number;
  /** With the link-layer header (`SOCK_RAW`), or without it. */
  readonly header?: boolean;
  /** Classic BPF, encoded (model/packet-filter/bpf.ts): what it does not mean the kernel does not hand over. */
  readonly filter?: Uint8Array | undefined;
  /** Called between socket(2) and bind(2), when there is no packet yet: options, a ring. */
  readonly prepare?: (fd: number) => void;
}

/**
 * Opens a packet socket in the namespace of the descriptor `netns`, which needs CAP_NET_RAW there. It never blocks. One interface's packets
 * come, and none from before.
 * @throws SystemError; of bind(2) ENODEV when there is no such interface.
 */
export function openPacketSocket(
  netns: number,
  { index, protocol, header = false, filter, prepare }: PacketSocketOptions,
): number {
  const type = (header ? SOCK.RAW : SOCK.DGRAM) | SOCK.NONBLOCK | SOCK.CLOEXEC;
  // Of no protocol, so that nothing comes before it is bound to the one interface.
  const fd = check(
    inNetns(netns, () => c.socket(AF.PACKET, type, 0)),
    'socket',
    'packets',
  );
  try {
    if (filter !== undefined) attachFilter(fd, filter);
    prepare?.(fd);
    const address = sockaddrLl(index, protocol);
    if (c.bind(fd, address, address.length) < 0)
      throw new SystemError('bind', errnoName(errno()), `packets of interface ${index}`);
  } catch (error) {
    c.close(fd);
    throw error;
  }
  return fd;
}

/** What kind of an interface it is (ARPHRD), which says what its packets begin with. Throws SystemError. */
export function hardwareType(netns: number, index: number): number {
  const fd = openPacketSocket(netns, { index, protocol: 0 });
  try {
    const bytes = new Uint8Array(SOCKADDR_LL);
    check(c.getsockname(fd, bytes, new Uint32Array([bytes.length])), 'getsockname');
    return new DataView(bytes.buffer).getUint16(8, LE);
  } finally {
    c.close(fd);
  }
}

/** Whether packets of such an interface begin with an Ethernet header. */
export function hasEthernetHeader(arphrd: number): boolean {
  return arphrd === ARPHRD.ETHER || arphrd === ARPHRD.LOOPBACK;
}

/** struct sockaddr_ll: family in the machine's order, protocol in the network's. */
export function sockaddrLl(index: number, protocol: number, mac: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_LL);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF.PACKET, LE);
  view.setUint16(2, protocol);
  view.setInt32(4, index, LE);
  bytes[11] = mac.length;
  bytes.set(mac, 12);
  return bytes;
}

/** What only an address leads to would be collected. */
const held = new Set<Uint8Array>();

/** struct sock_filter is of eight bytes, and struct sock_fprog a number of them and where they are. */
function attachFilter(fd: number, filter: Uint8Array): void {
  const code = new Uint8Array(new ArrayBuffer(filter.length));
  code.set(filter);
  held.add(code);
  const words = new Uint8Array(new ArrayBuffer(2 * WORD));
  const view = new DataView(words.buffer);
  view.setUint16(0, filter.length / 8, LE);
  if (WORD === 8) view.setBigUint64(WORD, addressOf(code), LE);
  else view.setUint32(WORD, Number(addressOf(code)), LE);
  const result = c.setsockopt(fd, SOL.SOCKET, SO.ATTACH_FILTER, words, words.length);
  held.delete(code);
  check(result, 'setsockopt', 'SO_ATTACH_FILTER');
}
