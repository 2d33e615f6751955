import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname } from 'node:path';

import { KeeperError, SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { sendWithDescriptor } from '../sys/descriptor.ts';
import { c, check, errno } from '../sys/libc.ts';
import { processStat } from '../sys/process-stat.ts';
import { decodeLine, encodeRequest, type ProtocolRecord } from './records.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const TIMEOUT_S = 30;
const PATH_MAX = 107;
/** An answer tells of a whole lab in some megabytes, and a line of it in 2 KiB. What goes on and on is no answer. */
const ANSWER_MAX = 64 << 20;
const LINE_MAX = 64 << 10;

/** What connect(2) says where nobody listens: nothing there, a socket of the past, or no socket at all. */
const NOBODY = (['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ELOOP', 'EPROTOTYPE'] as const).map(
  (name) => constants.errno[name],
);

/** Called with the fields of each answer line but the last (`ok` or `error`). */
export type OnLine = (fields: readonly string[]) => void;

/**
 * A connection to the control socket of the keeper or of a node's PID 1. Synchronous: an answer takes microseconds, and the
 * caller has work to do between the lines. One request at a time.
 */
export class Control {
  readonly path: string;
  /** The process that answers, as this process's pid namespace numbers it. */
  readonly peerPid: number;
  #fd: number;
  readonly #chunk = new Uint8Array(65536);
  #rest = '';
  /** How much has come in answer to the request. */
  #received = 0;
  #decoder = new TextDecoder();

  private constructor(path: string, fd: number, peerPid: number) {
    this.path = path;
    this.#fd = fd;
    this.peerPid = peerPid;
  }

  /**
   * Connects; undefined when nobody listens there (any more).
   * @throws SystemError for anything else, such as EACCES.
   */
  static connect(path: string): Control | undefined {
    const fd = check(c.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), 'socket', path);
    try {
      const limit = new Uint8Array(new BigInt64Array([BigInt(TIMEOUT_S), 0n]).buffer);
      check(c.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, limit, limit.length), 'setsockopt', path);
      check(c.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, limit, limit.length), 'setsockopt', path);
      using address = unixAddress(path);
      if (c.connect(fd, address.bytes, address.bytes.length) < 0) {
        const reason = errno();
        if (!NOBODY.includes(reason) && !(reason === constants.errno.EACCES && leadsThroughEnding(path)))
          throw new SystemError('connect', errnoName(reason), path);
        c.close(fd);
        return undefined;
      }
      const peer = peerOf(fd);
      // The path leads through a process by its number, which may be another user's by now.
      if (peer.uid === process.geteuid?.()) return new Control(path, fd, peer.pid);
      c.close(fd);
      return undefined;
    } catch (error) {
      c.close(fd);
      throw error;
    }
  }

  /**
   * Sends a request and returns; `passed` is a descriptor that goes along with it. Its answer must be taken by {@link receive} before
   * the next one is sent.
   */
  send(records: readonly ProtocolRecord[], passed?: number): void {
    const bytes = encodeRequest(records);
    this.#received = 0;
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      const sent =
        passed !== undefined && at === 0
          ? sendWithDescriptor(this.#open(), rest, passed, MSG_NOSIGNAL)
          : c.send(this.#open(), rest, rest.length, MSG_NOSIGNAL);
      if (sent >= 0) at += sent;
      else this.#failed('send');
    }
  }

  /**
   * Takes the answer to the request sent last: each line goes to `onLine` as it arrives, until `ok`. What `onLine` throws is
   * passed on, and the connection is closed, for nobody would read the rest.
   * @throws KeeperError with the operation, its subject and the errno's name, when the answer is an error.
   */
  receive(onLine: OnLine): void {
    for (;;) {
      const fields = decodeLine(this.#line());
      if (fields[0] === 'ok') return;
      if (fields[0] === 'error') throw failureOf(fields.slice(1));
      try {
        onLine(fields);
      } catch (error) {
        this.close();
        throw error;
      }
    }
  }

  /** {@link send} and {@link receive}: `onLine` is called for each line as it arrives. */
  requestStream(records: readonly ProtocolRecord[], onLine: OnLine): void {
    this.send(records);
    this.receive(onLine);
  }

  /** A request and all lines of its answer but the last. @throws KeeperError as {@link receive}. */
  request(records: readonly ProtocolRecord[]): string[][] {
    const lines: string[][] = [];
    this.requestStream(records, (fields) => lines.push([...fields]));
    return lines;
  }

  /** Hangs up. Twice is fine. */
  close(): void {
    if (this.#fd >= 0) c.close(this.#fd);
    this.#fd = -1;
  }

  #open(): number {
    if (this.#fd < 0) throw new KeeperError('request', this.path, 'ENOTCONN');
    return this.#fd;
  }

  #line(): string {
    for (;;) {
      const end = this.#rest.indexOf('\n');
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const got = c.recv(this.#open(), this.#chunk, this.#chunk.length, 0);
      if (got > 0) this.#take(this.#chunk.subarray(0, got));
      else this.#failed('receive', got === 0 ? 'ECONNRESET' : undefined);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#received += bytes.length;
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    // All that is left is one line that has not ended yet.
    const line = this.#rest.length - bytes.length;
    if (this.#received > ANSWER_MAX || line > LINE_MAX) this.#failed('receive', 'EMSGSIZE');
  }

  /** A signal in between is no failure; everything else ends the connection, for we no longer know where in it we are. */
  #failed(operation: string, name?: string): void {
    const reason = errno();
    if (name === undefined && reason === constants.errno.EINTR) return;
    this.close();
    const timeout = name === undefined && reason === constants.errno.EAGAIN;
    throw new KeeperError(operation, this.path, name ?? (timeout ? 'ETIMEDOUT' : errnoName(reason)));
  }
}

/** The error that `OPERATION SUBJECT ERRNO TEXT` tells of: the fields of an `error` line, or of a `failed` line after its name. `node`: whose PID 1 failed to start. */
export function failureOf(fields: readonly string[], node?: string): KeeperError {
  const [operation = 'request', subject = '', number = '0'] = fields;
  return new KeeperError(operation, subject, errnoName(Number(number)), node);
}

/** Whether a path leads through the descriptors of a process that is just ending: the kernel shows those to nobody any more. */
function leadsThroughEnding(path: string): boolean {
  const [, pid] = /^\/proc\/(\d+)\/fd\//.exec(path) ?? [];
  return pid !== undefined && processStat(pid)?.isEnding !== false;
}

/** `struct sockaddr_un`. It has room for 107 bytes; a longer path is gone through a descriptor of its folder. */
function unixAddress(path: string): Disposable & { readonly bytes: Uint8Array } {
  const folder = Buffer.byteLength(path) > PATH_MAX ? openFolder(dirname(path)) : -1;
  const name = Buffer.from(folder < 0 ? path : `/proc/self/fd/${folder}/${basename(path)}`);
  const bytes = Buffer.alloc(2 + name.length + 1);
  new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] = AF_UNIX;
  name.copy(bytes, 2);
  return {
    bytes,
    [Symbol.dispose]() {
      if (folder >= 0) closeSync(folder);
    },
  };
}

/** -1 when there is none, and so no socket in it: connecting says so. */
function openFolder(path: string): number {
  try {
    return openSync(path, 'r');
  } catch {
    return -1;
  }
}

/** `struct ucred` of the process that called listen: pid, uid, gid. */
function peerOf(fd: number): { readonly pid: number; readonly uid: number } {
  const credentials = new Int32Array(3);
  const bytes = new Uint8Array(credentials.buffer);
  check(c.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytes, new Uint32Array([bytes.length])), 'getsockopt', 'SO_PEERCRED');
  const [pid = 0, uid = -1] = credentials;
  return { pid, uid };
}
