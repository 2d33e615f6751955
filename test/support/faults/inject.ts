/**
 * Puts itself between netlab and the system: each function of the C library (`c` in src/sys/libc.ts, through which all such calls
 * go), of node:fs and of node:child_process asks first whether it shall fail. netlab's own code knows nothing of it.
 */
import children from 'node:child_process';
import files from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';

import koffi from 'koffi';

import { c } from '../../../src/sys/libc.ts';
import { Conversation } from './netlink.ts';
import { points, type Way } from './point.ts';
import { CHILDREN, CONTROL, FILES, LIBC, NETLINK } from './ways.ts';

type Callable = (...args: never[]) => unknown;
type Table = Record<string, Callable | undefined>;

const AF_NETLINK = 16;
const NETLINK_NETFILTER = 12;
const DARK = '/nonexistent/program';

/** Replaces a function of a table by one that is given the old one first. */
function wrap(table: unknown, name: string, by: (old: (...args: unknown[]) => unknown, ...args: unknown[]) => unknown) {
  const old = (table as Table)[name] as ((...args: unknown[]) => unknown) | undefined;
  if (old === undefined) return;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return by((...own) => old.apply(this, own), ...args);
  };
  (table as Table)[name] = Object.assign(wrapped, old);
}

function number(way: Way): number {
  return constants.errno[way as keyof typeof constants.errno] ?? constants.errno.EIO;
}

/** As C has it: -1, and errno. */
function fails(way: Way): number {
  koffi.errno(number(way));
  return -1;
}

/** As Node has it. */
function thrown(way: Way, call: string, path: unknown): NodeJS.ErrnoException {
  const syscall = call.replace(/(File)?Sync$/, '').replace(/^(read|write)$/, 'open');
  const at = typeof path === 'string' ? ` '${path}'` : '';
  const error: NodeJS.ErrnoException = new Error(`${way}: made to fail, ${syscall}${at}`);
  return Object.assign(error, { errno: -number(way), code: way, syscall }, at === '' ? {} : { path });
}

/** Once for a process, before anything that is to fail. */
export function install(): void {
  libc();
  sockets();
  for (const [name, ways] of Object.entries(FILES)) {
    wrap(files, name, (old, ...args) => {
      const way = points.reach(`fs.${name}`, ways);
      if (way === undefined) return old(...args);
      throw thrown(way, name, args[0]);
    });
  }
  wrap(children, 'spawnSync', (old, ...args) => {
    const way = points.reach('spawnSync', CHILDREN['spawnSync']!);
    if (way === undefined) return old(...args);
    const error = thrown(way, 'spawnSync', args[0]);
    return { pid: 0, output: [null, '', '', ''], stdout: '', stderr: '', status: null, signal: null, error };
  });
  wrap(children, 'spawn', (old, ...args) => {
    const way = points.reach('spawn', CHILDREN['spawn']!);
    if (way === undefined) return old(...args);
    return old(DARK, ...args.slice(1));
  });
  syncBuiltinESMExports();
}

/** Whether the thread is in another network namespace: the way back is not to fail, for the process would end there by itself. */
let away = false;

function libc(): void {
  for (const [name, ways] of Object.entries(LIBC)) {
    wrap(c, name, (old, ...args) => {
      const moves = name === 'setns' || name === 'unshare';
      const way = moves && away ? undefined : points.reach(name, ways);
      if (way !== undefined) return fails(way);
      const result = old(...args) as number;
      if (moves && result === 0) away = !away;
      return result;
    });
  }
}

const conversations = new Map<number, Conversation>();

function sockets(): void {
  wrap(c, 'socket', (old, ...args) => {
    const fd = old(...args) as number;
    if (fd >= 0 && args[0] === AF_NETLINK)
      conversations.set(fd, new Conversation(points, args[2] === NETLINK_NETFILTER));
    return fd;
  });
  wrap(c, 'close', (old, ...args) => {
    conversations.delete(args[0] as number);
    return old(...args);
  });
  wrap(c, 'send', (old, ...args) => {
    const [fd, bytes, length, flags] = args as [number, Uint8Array, number, number];
    const conversation = conversations.get(fd);
    const way = points.reach(
      conversation === undefined ? 'send' : 'netlink send',
      (conversation === undefined ? CONTROL : NETLINK).send,
    );
    if (way !== undefined) return fails(way);
    return old(fd, conversation?.outgoing(bytes.subarray(0, length)) ?? bytes, length, flags);
  });
  wrap(c, 'recv', (old, ...args) => {
    const [fd, bytes] = args as [number, Uint8Array];
    const conversation = conversations.get(fd);
    const way = points.reach(
      conversation === undefined ? 'recv' : 'netlink recv',
      (conversation === undefined ? CONTROL : NETLINK).recv,
    );
    if (way === 'eof') return 0;
    if (way === 'lost') old(...args);
    if (way !== undefined) return fails(way === 'lost' ? 'ENOBUFS' : way);
    const got = old(...args) as number;
    if (got > 0) conversation?.incoming(bytes.subarray(0, Math.min(got, bytes.length)));
    return got;
  });
}
