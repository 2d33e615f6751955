/** Sockets of a node's network for this program's own use: made in the node's namespace, handed to Node by their descriptors. */
import { closeSync, openSync } from 'node:fs';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

import { LabError, SystemError } from '../../errors.ts';
import { openSocket } from '../../probe/connect.ts';
import { IPPROTO, SO, SOCK, SOL } from '../../probe/constants.ts';
import { endpoint } from '../../probe/endpoint.ts';
import { bindTo, openSocketIn, setOption } from '../../probe/socket.ts';
import { netnsPath } from '../../state/paths.ts';
import { isErrno } from '../../sys/errno.ts';
import { c } from '../../sys/libc.ts';
import { addressesOf } from './names.ts';

/** Where to connect to. */
export interface ConnectTo {
  readonly port: number;
  /** A node by its name, or an address; the node itself unless said. */
  readonly host?: string;
  /** An address of the node's to connect from. */
  readonly from?: string;
  /** Milliseconds until the connection must stand; 10 s unless said. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Where to listen. */
export interface ListenAt {
  /** 0, or none: one that is free. */
  readonly port?: number;
  /** An address of the node's; all of them unless said. */
  readonly host?: string;
}

/** A connection from a node. A name of several addresses is tried by each in turn. Throws SystemError, LabError. */
export async function connectFrom(
  lab: string,
  node: string,
  { port, host = 'localhost', timeout = 10_000, from, signal }: ConnectTo,
): Promise<Socket> {
  const addresses = addressesOf(lab, host);
  return within(lab, node, async (netns) => {
    let first: unknown;
    for (const address of addresses) {
      try {
        return await openSocket(netns, address, port, {
          timeout: timeout / addresses.length,
          ...(from === undefined ? {} : { from }),
          ...(signal === undefined ? {} : { signal }),
        });
      } catch (error) {
        first ??= error;
      }
    }
    throw first;
  });
}

/** Lets a server of node:net, node:http, node:https or node:tls listen in a node. Throws SystemError EADDRINUSE, EADDRNOTAVAIL. */
export async function listenIn<S extends Server>(
  lab: string,
  node: string,
  server: S,
  { port = 0, host = '::' }: ListenAt,
): Promise<S> {
  const fd = await within(lab, node, (netns) => bound(netns, SOCK.STREAM, IPPROTO.TCP, host, port));
  // Now it listens where its descriptor is from, and closes that at its end.
  const listening = once(server, 'listening');
  server.listen({ fd });
  await listening;
  return server;
}

/** A UDP socket of a node. `::` is for IPv6 alone, and `0.0.0.0` (unless said) for IPv4. Throws SystemError. */
export async function datagramIn(
  lab: string,
  node: string,
  { port = 0, host = '0.0.0.0' }: ListenAt,
): Promise<DatagramSocket> {
  const fd = await within(lab, node, (netns) => bound(netns, SOCK.DGRAM, IPPROTO.UDP, host, port));
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  // It may be told at once.
  const listening = once(socket, 'listening');
  socket.bind({ fd });
  await listening;
  return socket;
}

/** A bound socket: its descriptor, which is the caller's. */
function bound(netns: number, type: number, protocol: number, host: string, port: number): number {
  const at = endpoint(netns, host, port);
  const fd = openSocketIn(netns, at.family, type, protocol);
  if (type === SOCK.STREAM) setOption(fd, SOL.SOCKET, SO.REUSEADDR, 1);
  const refused = bindTo(fd, at);
  if (refused === '') return fd;
  c.close(fd);
  throw new SystemError('bind', refused, `${host} port ${port}`);
}

/** Holds a node's network namespace while `use` is at work. */
async function within<T>(lab: string, node: string, use: (netns: number) => T | Promise<T>): Promise<T> {
  const netns = openNetns(lab, node);
  try {
    return await use(netns);
  } finally {
    closeSync(netns);
  }
}

/** A descriptor of a node's network namespace, which is the caller's to close. Throws LabError when the lab has gone. */
export function openNetns(lab: string, node: string): number {
  try {
    return openSync(netnsPath(lab, node), 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new LabError(`the lab ${lab} does not run any more`);
    throw error;
  }
}
