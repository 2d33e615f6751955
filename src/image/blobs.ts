/** Where the parts of an OCI image lie: a folder in the image layout, or a tar archive of one, as `skopeo copy … oci-archive:` writes it. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { ImageError } from '../errors.ts';
import { Intake, type Source } from './intake.ts';
import { shownName } from './root-tree.ts';
import { tarEntries } from './tar.ts';

/** The files of a layout, by their names below it: `index.json`, `blobs/sha256/…`. */
export interface Blobs {
  /** As the user named it. */
  readonly name: string;
  /** The size of one; undefined when there is none. */
  readonly size: (path: string) => number | undefined;
  readonly read: (path: string) => AsyncIterable<Buffer>;
}

/** What points at a part of an image. */
export interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

const PIECE = 1 << 18;
const MARKER = 'oci-layout';

/** Opens a layout. @throws ImageError when there is none. */
export async function openBlobs(path: string): Promise<Blobs> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new ImageError(`there is no file or folder ${path}`);
  const blobs = stat.isDirectory() ? folderBlobs(path) : await archiveBlobs(path);
  if (blobs.size(MARKER) === undefined || blobs.size('index.json') === undefined)
    throw new ImageError(`${path} is no OCI image layout: it has no ${MARKER} and index.json`);
  return blobs;
}

function folderBlobs(path: string): Blobs {
  return {
    name: path,
    size: (name) => {
      const stat = statSync(join(path, name), { throwIfNoEntry: false });
      return stat?.isFile() === true ? stat.size : undefined;
    },
    read: (name) => readFile(join(path, name)),
  };
}

/** Where in the archive each of its files lies; they are read from there. */
async function archiveBlobs(path: string): Promise<Blobs> {
  const found = new Map<string, { readonly at: number; readonly size: number }>();
  await withSource(path, async (source) => {
    for await (const { type, name, position, size } of tarEntries(new Intake(source, path), path)) {
      if (type === 'file') found.set(name.replace(/^(?:\.?\/)+/, ''), { at: position, size });
    }
  });
  return {
    name: path,
    size: (name) => found.get(name)?.size,
    read(name) {
      const { at, size } = found.get(name)!;
      return size === 0 ? nothing() : readFile(path, at, at + size - 1);
    },
  };
}

/** The bytes of a file, from its first or from `start` to `end`, both included. */
export function readFile(path: string, start = 0, end = Infinity): AsyncIterable<Buffer> {
  return createReadStream(path, { start, end, highWaterMark: PIECE });
}

async function* nothing(): AsyncGenerator<Buffer> {}

/** A file of which parts are passed over without being read. */
async function withSource(path: string, use: (source: Source) => Promise<void>): Promise<void> {
  const file = await open(path);
  let position = 0;
  try {
    const { size } = await file.stat();
    await use({
      async read() {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(1 << 14), 0, 1 << 14, position);
        position += bytesRead;
        return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
      },
      skip(bytes) {
        if (position + bytes > size) throw new ImageError(`${path} has been cut short: it ends after ${size} bytes`);
        position += bytes;
      },
    });
  } finally {
    await file.close();
  }
}

/** Whether a text is a digest of a kind that we can compute. */
export function isDigest(text: string): boolean {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);
}

/** The file of a blob: digits alone, so that no digest is a way to anywhere else. */
function blobPath(digest: string, name: string): string {
  if (!isDigest(digest))
    throw new ImageError(`${name} is damaged: ${JSON.stringify(shownName(digest))} is no digest (sha256 or sha512)`);
  return `blobs/${digest.replace(':', '/')}`;
}

/** The bytes of a blob, which are what its descriptor says, or ImageError is thrown: at the latest when all have been read. */
export async function* readBlob(blobs: Blobs, descriptor: Descriptor, what: string): AsyncGenerator<Buffer> {
  const path = blobPath(descriptor.digest, blobs.name);
  const there = blobs.size(path);
  if (there === undefined) throw new ImageError(`${blobs.name} lacks ${what} (${descriptor.digest})`);
  if (there !== descriptor.size)
    throw new ImageError(
      `${blobs.name} is damaged: ${what} (${descriptor.digest}) has ${there} bytes, not ${descriptor.size}`,
    );
  const hash = hashOf(descriptor.digest);
  for await (const chunk of blobs.read(path)) {
    hash.update(chunk);
    yield chunk;
  }
  checkDigest(hash, descriptor.digest, `${blobs.name} is damaged: ${what}`);
}

/** Passes bytes on, and throws ImageError at their end when they do not have that digest. */
export async function* verified(chunks: AsyncIterable<Buffer>, digest: string, blame: string): AsyncGenerator<Buffer> {
  const hash = hashOf(digest);
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  checkDigest(hash, digest, blame);
}

function hashOf(digest: string): Hash {
  return createHash(digest.slice(0, digest.indexOf(':')));
}

function checkDigest(hash: Hash, digest: string, blame: string): void {
  const found = `${digest.slice(0, digest.indexOf(':'))}:${hash.digest('hex')}`;
  if (found !== digest) throw new ImageError(`${blame} does not have its digest: found ${found}, expected ${digest}`);
}
