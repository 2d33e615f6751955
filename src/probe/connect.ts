/** TCP connections from inside a network namespace. */
import { Socket } from 'node:net';
import { constants as os } from 'node:os';

import { SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { c, errno } from '../sys/libc.ts';
import { IPPROTO, SO, SOCK, SOL } from './constants.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import type { Outcome, ProbeOptions } from './outcome.ts';
import { errnoWords, refusalWords } from './reason.ts';
import { queuedRefusal, tellRefusals } from './error-queue.ts';
import { bindTo, getOption, openSocketIn } from './socket.ts';
import { ready } from './wait.ts';

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
  tellRefusals(fd, target.family);
  const unbound = source === undefined ? '' : bindTo(fd, source);
  if (unbound !== '') return end(errnoWords(unbound));
  if (c.connect(fd, target.bytes, target.bytes.length) < 0) {
    const reason = errno();
    if (reason !== os.errno.EINPROGRESS) return end(...refused(errnoName(reason), fd, target));
  }
  const waited = await ready(fd, 'writable', timeout, signal);
  if (waited !== '') return end(waited);
  const reason = getOption(fd, SOL.SOCKET, SO.ERROR);
  if (reason !== 0) return end(...refused(errnoName(reason), fd, target));
  return end('', { from: target.text });
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
