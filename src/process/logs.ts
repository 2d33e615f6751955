import { watch } from 'node:fs';

import { LogStream } from './log-stream.ts';

const BLOCK = 65536;

/** The end of a log, and where it ended: {@link followLog} goes on from there without a gap. */
export interface LogTail {
  /** Oldest first, without line ends. A last line that is not finished yet counts. */
  readonly lines: string[];
  /** Bytes from the beginning of all that was printed. */
  readonly offset: number;
}

/**
 * The last `count` lines of all that was printed after `from`, an offset as followLog takes it, and is still there; reads only as much of its
 * end as that takes. A log that does not exist is empty, and one that does not reach that far has begun anew.
 */
export function lastLines(path: string, count: number, from = 0): LogTail {
  const stream = new LogStream(path);
  const { end } = stream;
  const begin = from > end ? stream.begin : Math.max(stream.begin, from);
  const blocks: Buffer[] = [];
  // One more line end than lines: the one before the first line, or none at all when the log begins with it.
  let lineEnds = 0;
  for (let start = end; start > begin && lineEnds <= count;) {
    const length = Math.min(BLOCK, start - begin);
    start -= length;
    const { block, whole } = range(stream, start, start + length);
    blocks.unshift(block);
    for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) lineEnds += 1;
    if (!whole) break;
  }
  const lines = Buffer.concat(blocks).toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { lines: count > 0 ? lines.slice(-count) : [], offset: end };
}

/** What stands from `from` up to `to`; where the beginning of that has just been dropped, the rest. */
function range(stream: LogStream, from: number, to: number): { block: Buffer; whole: boolean } {
  let pieces: Buffer[] = [];
  let whole = true;
  for (let at = from; at < to;) {
    const { bytes, at: found } = stream.read(at, to - at);
    if (found !== at) [pieces, whole] = [[], false];
    const own = bytes.subarray(0, Math.max(0, to - found));
    if (own.length === 0) break;
    pieces.push(own);
    at = found + own.length;
  }
  return { block: Buffer.concat(pieces), whole };
}

/**
 * What is appended to a log from `offset` on, as it is written, until `signal` is aborted: pieces of bytes, not lines. The log may
 * not exist yet, if its folder does; after a truncation it goes on from the beginning. Where more was printed than is kept before it could
 * be read, a line says how much is missing. The kernel wakes us (inotify); idle, this costs nothing.
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
    const stream = new LogStream(path);
    for (let at = offset; !signal.aborted; await bell.rung()) {
      for (const block of newBlocks(stream, at)) {
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

/** What stands in the log after `offset`, block by block; one that has become shorter is new from its beginning. */
function* newBlocks(stream: LogStream, offset: number): Generator<{ bytes: Buffer; end: number }> {
  let at = stream.end < offset ? 0 : offset;
  for (;;) {
    const { bytes, at: found } = stream.read(at, BLOCK);
    if (found > at) yield { bytes: Buffer.from(missing(found - at)), end: found };
    at = found + bytes.length;
    yield { bytes, end: at };
    if (bytes.length === 0) return;
  }
}

function missing(bytes: number): string {
  return `\nnetlab: ${bytes} bytes were printed faster than they were read, and are not kept\n`;
}
