/** TCP connections from inside a network namespace. */
import { Socket } from 'node:net';
import { constants as os, endianness } from 'node:os';

import { SystemError } from '../errors.ts';
import { datagramBuffer } from '../sys/datagram.ts';
import { errnoName } from '../sys/errno.ts';
import { c, errno, watchWritable } from '../sys/libc.ts';
import { IP, IPPROTO, IPV6, MSG, SO, SO_EE_ORIGIN, SOCK, SOL } from './constants.ts';
import { decodeSockaddr, endpoint, type Endpoint } from './endpoint.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { errnoWords, type Refusal, refusalWords } from './reason.ts';
import { bindTo, getOption, openSocketIn, tryOption } from './socket.ts';

export interface ConnectOptions extends ProbeOptions {
  /** The address to connect from. */
  readonly from?: string | undefined;
}

export interface ConnectOutcome extends Outcome {
  /** Somebody said no: nothing listens there, or a firewall rejects. */
  readonly refused: boolean;
  /** Who answered or refused; empty when nobody did. */
  readonly from: string;
}

/**
 * Makes a TCP connection and ends it at once. Waits 1000 ms unless told. Ok when it stood. Like `nc -z ADDRESS PORT`.
 * @throws SystemError when the namespace or a socket cannot be had; TypeError when `address` is none.
 */
export async function connect(
  netns: number,
  address: string,
  port: number,
  options: ConnectOptions = {},
): Promise<ConnectOutcome> {
  const { fd, ...outcome } = await dial(netns, address, port, options);
  if (fd !== undefined) c.close(fd);
  return outcome;
}

/**
 * A connected socket of that namespace, for node:net, node:http and node:tls. It is the caller's to end; `timeout` (1000 ms) is for the
 * connection to stand.
 * @throws ConnectionError with the outcome in words.
 */
export async function openSocket(
  netns: number,
  address: string,
  port: number,
  options: ConnectOptions = {},
): Promise<Socket> {
  const { fd, why, refused } = await dial(netns, address, port, options);
  if (fd === undefined) throw new ConnectionError(address, port, why, refused);
  return new Socket({ fd, readable: true, writable: true });
}

/** There is no connection: why in the words of a {@link ConnectOutcome}. */
export class ConnectionError extends SystemError {
  readonly why: string;

  constructor(address: string, port: number, why: string, refused: boolean) {
    super('connect', refused ? 'ECONNREFUSED' : 'ETIMEDOUT', `${address} port ${port}`);
    this.message = `${address} port ${port}: ${why}`;
    this.why = why;
  }
}

/** A connection that stands, or why it does not. */
export interface Dialled extends ConnectOutcome {
  /** The caller's to close; undefined when there is no connection. */
  readonly fd: number | undefined;
}

/** Connects, and hands the descriptor over. */
export async function dial(
  netns: number,
  address: string,
  port: number,
  { timeout = 1000, signal, from }: ConnectOptions,
): Promise<Dialled> {
  const began = performance.now();
  const target = endpoint(netns, address, port);
  const source = from === undefined ? undefined : endpoint(netns, from);
  const fd = openSocketIn(netns, target.family, SOCK.STREAM, IPPROTO.TCP);
  const end = (why: string, told: Partial<ConnectOutcome> = {}): Dialled => {
    const ok = why === '';
    if (!ok) c.close(fd);
    return { ok, ms: performance.now() - began, why, refused: false, from: '', ...told, fd: ok ? fd : undefined };
  };
  // So that it is told who refuses, and not only that somebody does.
  if (target.family === 4) tryOption(fd, IPPROTO.IP, IP.RECVERR, 1);
  else tryOption(fd, IPPROTO.IPV6, IPV6.RECVERR, 1);
  const unbound = source === undefined ? '' : bindTo(fd, source);
  if (unbound !== '') return end(errnoWords(unbound));
  if (c.connect(fd, target.bytes, target.bytes.length) < 0) {
    const reason = errno();
    if (reason !== os.errno.EINPROGRESS) return end(...refused(errnoName(reason), fd, target));
  }
  const waited = await writable(fd, timeout, signal);
  if (waited !== '') return end(waited);
  const reason = getOption(fd, SOL.SOCKET, SO.ERROR);
  if (reason !== 0) return end(...refused(errnoName(reason), fd, target));
  return end('', { from: target.text });
}

/** Waits until a socket can be written to; else what else happened, in words. */
function writable(fd: number, timeout: number, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve) => {
    const finish = (why: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      watch.close();
      resolve(why);
    };
    const onAbort = (): void => finish(INTERRUPTED);
    const timer = setTimeout(finish, Math.max(0, timeout), NO_ANSWER);
    const watch = watchWritable(fd, () => finish(''));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
}

/** Words, and who said so: the far end itself by a reset, or somebody by ICMP. */
function refused(name: string, fd: number, target: Endpoint): [why: string, told: Partial<ConnectOutcome>] {
  const refusal = queuedRefusal(fd);
  if (name === 'ECONNREFUSED' && (refusal === undefined || refusal.from === target.text)) {
    return ['connection refused', { refused: true, from: target.text }];
  }
  if (refusal !== undefined) return [refusalWords(refusal), { refused: true, from: refusal.from }];
  return [errnoWords(name), {}];
}

const LE = endianness() === 'LE';
const buffer = datagramBuffer(512);

/** What ICMP has said to a socket with IP_RECVERR, the last of it; undefined when it said nothing. */
export function queuedRefusal(fd: number): Refusal | undefined {
  let last: Refusal | undefined;
  while (buffer.receive(fd, MSG.ERRQUEUE | MSG.DONTWAIT) >= 0) {
    const note = buffer.note(IPPROTO.IP, IP.RECVERR) ?? buffer.note(IPPROTO.IPV6, IPV6.RECVERR);
    if (note === undefined) continue;
    // struct sock_extended_err: u32 errno; u8 origin, type, code, pad; u32 info, data. Behind it the address of who says so.
    const origin = note.getUint8(4);
    if (origin !== SO_EE_ORIGIN.ICMP && origin !== SO_EE_ORIGIN.ICMP6) continue;
    const offender = decodeSockaddr(new Uint8Array(note.buffer, note.byteOffset + 16, note.byteLength - 16));
    last = {
      family: origin === SO_EE_ORIGIN.ICMP ? 4 : 6,
      type: note.getUint8(5),
      code: note.getUint8(6),
      mtu: note.getUint32(8, LE),
      from: offender?.address ?? '',
    };
  }
  return last;
}
