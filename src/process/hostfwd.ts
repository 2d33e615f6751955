/** The ports that a running slirp4netns forwards: its API, JSON over a unix socket, one question a connection. */
import { once } from 'node:events';
import { connect } from 'node:net';

import { KeeperError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { type ForwardedPort, HOME_NETWORK } from './uplink-programs.ts';

/** A port that it forwards, and by which number it can be told to stop. */
export interface ForwardedEntry extends ForwardedPort {
  readonly id: number;
}

const INTERVAL_MS = 5;
const LIMIT_MS = 5_000;

/** All of them. slirp4netns may have been started just now: its socket is waited for. */
export async function listForwarded(socket: string): Promise<ForwardedEntry[]> {
  const answer: { readonly entries?: readonly Entry[] } | undefined = await ask(socket, 'list_hostfwd', {});
  return (answer?.entries ?? []).map(({ id, proto, host_port: port }) => ({ id, proto, port }));
}

/** Forwards a port, of every address of the machine. False when somebody listens there, or this user may not. */
export async function addForwarded(socket: string, { proto, port }: ForwardedPort): Promise<boolean> {
  const places = { host_addr: '0.0.0.0', host_port: port, guest_addr: HOME_NETWORK.address, guest_port: port };
  return (await ask(socket, 'add_hostfwd', { proto, ...places })) !== undefined;
}

/** Forwards a port no more. */
export async function removeForwarded(socket: string, id: number): Promise<void> {
  await ask(socket, 'remove_hostfwd', { id });
}

interface Entry {
  readonly id: number;
  readonly proto: 'tcp' | 'udp';
  readonly host_port: number;
}

/** What it returned; undefined when it refused. */
async function ask(socket: string, execute: string, args: object): Promise<object | undefined> {
  for (const end = Date.now() + LIMIT_MS; ;) {
    try {
      const text = await exchange(socket, JSON.stringify({ execute, arguments: args }));
      const answer = JSON.parse(text) as { error?: object; return?: object };
      // A list comes bare.
      return answer.error === undefined ? (answer.return ?? answer) : undefined;
    } catch (error) {
      const early = isErrno(error, 'ENOENT') || isErrno(error, 'ECONNREFUSED');
      if (!early) throw error;
      if (Date.now() > end) throw new KeeperError('ask slirp4netns at', socket, 'ETIMEDOUT');
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

async function exchange(path: string, question: string): Promise<string> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    socket.end(question);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  } finally {
    socket.destroy();
  }
}
