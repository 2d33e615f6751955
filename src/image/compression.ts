/** Archives as they are packed: plain, gzip or zstd, known by their first bytes and not by their names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as zlib from 'node:zlib';

import { ImageError } from '../errors.ts';
import { findProgram } from '../sys/find-program.ts';

type Chunks = AsyncIterable<Buffer>;

/** How an archive may be packed, by the bytes that it begins with. What we cannot unpack is refused by name. */
const KINDS: readonly { readonly name: string; readonly magic: readonly number[]; readonly unpack?: Unpack }[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], unpack: gunzip },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: unzstd },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18] },
];
type Unpack = (chunks: Chunks, name: string) => Chunks;
const LONGEST = 5;

/** The bytes of an archive, unpacked. Like `zcat`, or `zstdcat`. Throws ImageError on its way when it cannot be. */
export async function* unpacked(chunks: Chunks, name: string): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < LONGEST) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const whole = (async function* () {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  const kind = KINDS.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
  if (kind === undefined) return yield* whole;
  if (kind.unpack === undefined)
    throw new ImageError(`${name} is packed with ${kind.name}: expected a tar archive, plain or with gzip or zstd`);
  yield* kind.unpack(whole, name);
}

/** Several members one after another are one, as gzip(1) has it. */
async function* gunzip(chunks: Chunks, name: string): AsyncGenerator<Buffer> {
  yield* through(chunks, zlib.createGunzip(), name, 'gzip');
}

interface NewerZlib {
  /** Since Node 22.15. */
  readonly createZstdDecompress?: () => NodeJS.ReadWriteStream;
}

async function* unzstd(chunks: Chunks, name: string): AsyncGenerator<Buffer> {
  const own = (zlib as NewerZlib).createZstdDecompress?.();
  if (own !== undefined) return yield* through(chunks, own, name, 'zstd');
  const path = findProgram('zstd');
  if (path === undefined)
    throw new ImageError(
      `${name} is packed with zstd: install the program zstd (apt install zstd), or run Node 22.15 or newer`,
    );
  yield* throughProgram(chunks, path, name);
}

/** The bytes as they come out of a stream of Node's. */
async function* through(
  chunks: Chunks,
  stream: NodeJS.ReadWriteStream,
  name: string,
  kind: string,
): AsyncGenerator<Buffer> {
  let failure: Error | null | undefined;
  const input = guarded(chunks);
  const output = pipeline(Readable.from(input.chunks, { objectMode: false }), stream, (error) => (failure = error));
  try {
    for await (const chunk of output) yield chunk as Buffer;
  } catch (error) {
    throw input.failure() ?? new ImageError(`${name} is damaged: ${kind} says: ${told(error)}`);
  }
  if (failure != null) throw input.failure() ?? new ImageError(`${name} is damaged: ${kind} says: ${told(failure)}`);
}

/** The same with a program, which ends when nobody reads it any more. It takes no more memory than 128 MB, whatever it is told. */
async function* throughProgram(chunks: Chunks, path: string, name: string): AsyncGenerator<Buffer> {
  const child = spawn(path, ['-dcq'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const said = text(child.stderr);
  const input = guarded(chunks);
  // One that has seen enough hangs up; why, it says itself.
  pipeline(Readable.from(input.chunks, { objectMode: false }), child.stdin, () => {});
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const [code] = await ended;
    const failure = input.failure();
    if (failure !== undefined) throw failure;
    if (code !== 0) throw new ImageError(`${name} is damaged: ${(await said).trim().split('\n').at(-1) ?? 'zstd'}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Remembers what went wrong where the bytes come from: that is what is told, and not what followed from it. */
function guarded(chunks: Chunks): { readonly chunks: Chunks; readonly failure: () => Error | undefined } {
  let failure: Error | undefined;
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* chunks;
    } catch (error) {
      failure = error as Error;
      throw error;
    }
  };
  return { chunks: all(), failure: () => failure };
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
