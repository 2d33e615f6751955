/**
 * All that a process has printed, by the place of each byte in it. The log begins with the first that has not been moved away; what
 * came before stands in files beside it, `LOG.N` from byte N on, as far as it has not been dropped: native/rotation.c.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { isErrno } from '../sys/errno.ts';
import { listFolder } from '../sys/list-folder.ts';

/** A piece of it. */
export interface LogPiece {
  readonly bytes: Buffer;
  /** Where it begins: after `at` where what was asked for has been dropped. */
  readonly at: number;
}

/** A part that has been moved away. */
interface Moved {
  readonly at: number;
  readonly end: number;
}

/** The stream of one log. A log that does not exist is empty. */
export class LogStream {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Where it ends now. One that has become shorter was cut by the program that prints there. */
  get end(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The first byte that is still there. */
  get begin(): number {
    return this.#moved()[0]?.at ?? 0;
  }

  /** What stands at `at`, at most `length` bytes; none at the end of all. */
  read(at: number, length: number): LogPiece {
    const bytes = readAt(this.#path, at, length);
    // Looked for afterwards: what is punched out of the log has been moved before.
    const moved = this.#moved();
    const end = moved.at(-1)?.end ?? 0;
    if (at >= end) return { bytes, at };
    for (const part of moved) {
      if (at >= part.end) continue;
      const from = Math.max(at, part.at);
      const found = readAt(`${this.#path}.${part.at}`, from - part.at, Math.min(length, part.end - from));
      // It has been dropped since.
      if (found.length > 0) return { bytes: found, at: from };
    }
    return this.read(end, length);
  }

  /** In order. */
  #moved(): Moved[] {
    // What is reached through a process, for its folder was removed, stands alone.
    if (!this.#path.endsWith('.log') || this.#path.startsWith('/proc/')) return [];
    const [folder, prefix] = [dirname(this.#path), `${basename(this.#path)}.`];
    const moved = listFolder(folder)
      .flatMap((name) => {
        const [, digits] = name.startsWith(prefix) ? (/^(0|[1-9]\d{0,15})$/.exec(name.slice(prefix.length)) ?? []) : [];
        const size = digits === undefined ? undefined : statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.size;
        return size === undefined ? [] : [{ at: Number(digits), end: Number(digits) + size }];
      })
      .toSorted((a, b) => a.at - b.at);
    // A log that was cut short has begun anew, and these are about to go.
    return (moved.at(-1)?.end ?? 0) > this.end ? [] : moved;
  }
}

/** The bytes of a file that there are; none where there is no file. */
function readAt(path: string, at: number, length: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
  try {
    const room = Math.max(0, Math.min(length, fstatSync(fd).size - at));
    const buffer = Buffer.allocUnsafe(room);
    return buffer.subarray(0, room === 0 ? 0 : readSync(fd, buffer, 0, room, at));
  } finally {
    closeSync(fd);
  }
}
