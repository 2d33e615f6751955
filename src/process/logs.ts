import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs';

import { isErrno } from '../sys/errno.ts';

const BLOCK = 65536;

/** The end of a log, and where it ended: {@link followLog} goes on from there without a gap. */
export interface LogTail {
  /** Oldest first, without line ends. A last line that is not finished yet counts. */
  readonly lines: string[];
  /** Bytes from the beginning of the file. */
  readonly offset: number;
}

/** The last `count` lines of a log; reads only as much of its end as that takes. A log that does not exist is empty. */
export function lastLines(path: string, count: number): LogTail {
  const fd = openLog(path);
  if (fd === undefined) return { lines: [], offset: 0 };
  try {
    const { size } = fstatSync(fd);
    const blocks: Buffer[] = [];
    // One more line end than lines: the one before the first line, or none at all when the file begins with it.
    let lineEnds = 0;
    for (let start = size; start > 0 && lineEnds <= count;) {
      const length = Math.min(BLOCK, start);
      start -= length;
      const block = readAt(fd, start, length);
      blocks.unshift(block);
      for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) lineEnds += 1;
    }
    const lines = Buffer.concat(blocks).toString().split('\n');
    if (lines.at(-1) === '') lines.pop();
    return { lines: count > 0 ? lines.slice(-count) : [], offset: size };
  } finally {
    closeSync(fd);
  }
}

/**
 * What is appended to a log from `offset` on, as it is written, until `signal` is aborted: pieces of bytes, not lines. The log may
 * not exist yet, if its folder does; after a truncation it goes on from the beginning. The kernel wakes us (inotify); idle, this
 * costs nothing.
 */
export async function* followLog(path: string, offset: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const slash = path.lastIndexOf('/');
  const [folder, name] = slash < 0 ? ['.', path] : [path.slice(0, slash + 1), path.slice(slash + 1)];
  const bell = new Bell();
  // The folder is watched, not the file, which may be made only later; but one that a process has open and that has no name any more
  // is in no folder. Watching begins before the first read: no gap.
  const unnamed = path.startsWith('/proc/');
  const watcher = watch(unnamed ? path : folder, (_, file) => {
    if (unnamed || file === null || file === name) bell.ring();
  });
  const ring = () => bell.ring();
  signal.addEventListener('abort', ring, { once: true });
  try {
    for (let at = offset; !signal.aborted; await bell.rung()) {
      for (const block of newBlocks(path, at)) {
        at = block.end;
        if (block.bytes.length > 0) yield block.bytes;
      }
    }
  } finally {
    signal.removeEventListener('abort', ring);
    watcher.close();
  }
}

/** Rings once for all that happened since it was last heard, also when nobody was listening then. */
class Bell {
  #rang = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  async rung(): Promise<void> {
    if (!this.#rang) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#rang = false;
  }
}

/** What stands in the file after `offset`, block by block; a file that has become shorter is new from its beginning. */
function* newBlocks(path: string, offset: number): Generator<{ bytes: Buffer; end: number }> {
  const fd = openLog(path);
  if (fd === undefined) return;
  try {
    let at = fstatSync(fd).size < offset ? 0 : offset;
    for (;;) {
      const bytes = readAt(fd, at, BLOCK);
      at += bytes.length;
      yield { bytes, end: at };
      if (bytes.length === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}

function openLog(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}
