/** Addresses as sockets take them: `10.0.0.1`, `2001:db8::1`, `fe80::1%eth0`, and a port. */
import { formatIp, parseIp } from '../model/ip.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { LE } from '../sys/byte-order.ts';
import { c, check } from '../sys/libc.ts';
import { AF } from './constants.ts';
import { interfaceNamed } from './interface.ts';

/** An address that can be sent to from one network namespace. */
export interface Endpoint {
  readonly family: 4 | 6;
  /** A struct sockaddr_in or sockaddr_in6. */
  readonly bytes: Uint8Array;
  /** As it was given. */
  readonly text: string;
}

/**
 * Reads an address, with the zone that a link-local one needs: the name of an interface in `netns`, or its index.
 * @throws TypeError when it is no address: names are for the caller to look up. SystemError ENODEV when there is no such interface.
 */
export function endpoint(netns: number, text: string, port = 0): Endpoint {
  const [, address = '', zone] = /^([^%]*)(?:%(.+))?$/.exec(text) ?? [];
  const ip = parseIp(address);
  if (ip === undefined || (zone !== undefined && ip.length === 4)) throw new TypeError(`${text} is no IP address`);
  const scope = zone === undefined ? 0 : /^\d+$/.test(zone) ? Number(zone) : interfaceIndex(netns, zone);
  return { family: ip.length === 4 ? 4 : 6, bytes: encodeSockaddr(ip, port, scope), text };
}

/** struct sockaddr_in or sockaddr_in6: family and scope in the machine's order, the port in the network's. */
export function encodeSockaddr(ip: Uint8Array, port: number, scope = 0): Uint8Array {
  const bytes = new Uint8Array(ip.length === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ip.length === 4 ? AF.INET : AF.INET6, LE);
  view.setUint16(2, port);
  bytes.set(ip, ip.length === 4 ? 4 : 8);
  if (ip.length === 16) view.setUint32(24, scope, LE);
  return bytes;
}

/** What a struct sockaddr says; undefined for one of another family, or none. */
export function decodeSockaddr(bytes: Uint8Array): { address: string; port: number; scope: number } | undefined {
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, LE);
  const port = view.getUint16(2);
  if (family === AF.INET) return { address: formatIp(bytes.subarray(4, 8)), port, scope: 0 };
  if (family !== AF.INET6 || bytes.length < 28) return undefined;
  return { address: formatIp(bytes.subarray(8, 24)), port, scope: view.getUint32(24, LE) };
}

/** The port that a socket is bound to. Throws SystemError. */
export function boundPort(fd: number): number {
  const bytes = new Uint8Array(28);
  const length = new Uint32Array([bytes.length]);
  check(c.getsockname(fd, bytes, length), 'getsockname');
  return decodeSockaddr(bytes.subarray(0, length[0]))!.port;
}

function interfaceIndex(netns: number, ifname: string): number {
  using socket = NetlinkSocket.open('route', { netns });
  return interfaceNamed(socket, ifname).header.index;
}
