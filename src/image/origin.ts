/** What a root is unpacked from: a tar archive, or an image in an OCI layout. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';

import { ImageError } from '../errors.ts';
import type { ImageConfig } from '../model/image.ts';
import type { IdMaps } from '../model/user-namespace.ts';
import { openBlobs, readBlob, readFile, verified } from './blobs.ts';
import { unpacked } from './compression.ts';
import { Intake, sourceOf } from './intake.ts';
import { type LeftOut, Unpacking } from './layer.ts';
import { type ImageName, readImage } from './manifest.ts';

/** How much an archive may become. */
export interface Limits {
  /** Bytes, when it is unpacked. */
  readonly bytes: number;
  /** Files, folders and links. */
  readonly entries: number;
}

export interface UnpackOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  /** Of the user namespace whose root it will be: its owners are those. */
  readonly ids?: IdMaps;
  /** How many bytes of the archives have been read; of {@link Origin.size} altogether. */
  readonly onRead?: (bytes: number) => void;
}

export interface Origin {
  /** By what is in it: whatever has the same gives the same root. Fit for the name of a folder. */
  readonly id: string;
  /** As the user named it. */
  readonly name: string;
  /** Of the archives, as they are packed. */
  readonly size: number;
  readonly config?: ImageConfig;
  /** Unpacks it into an empty folder. @throws ImageError, InterruptedError. */
  unpack(folder: string, options: UnpackOptions): Promise<LeftOut>;
}

/** An image of a layout; all of its documents are read, and none of its layers. @throws ImageError. */
export async function imageOrigin(path: string, which: ImageName): Promise<Origin> {
  const blobs = await openBlobs(path);
  const { chainId, layers, config } = await readImage(blobs, which);
  return {
    id: `oci-${chainId === '' ? 'empty' : chainId.replace(/^.*:/, '')}`,
    name: path,
    size: layers.reduce((sum, { size }) => sum + size, 0),
    config,
    async unpack(folder, options) {
      using unpacking = new Unpacking(folder, path, options.ids);
      const budget = { left: options.limits.bytes };
      let before = 0;
      for (const [i, layer] of layers.entries()) {
        const what = `layer ${i + 1} of ${layers.length}`;
        const packed = counted(readBlob(blobs, layer, what), before, options);
        const plain = limited(unpacked(packed, `${what} of ${path}`), budget, path, options.limits);
        const blame = `${path} is damaged: ${what}, unpacked,`;
        const intake = new Intake(sourceOf(verified(plain, layer.diffId, blame)), `${what} of ${path}`);
        await unpacking.add(intake, `${what} of ${path}`, unpackOptions(options, true));
        // What comes after the last entry counts, too, in a digest.
        await intake.drain();
        before += layer.size;
      }
      unpacking.finish();
      return unpacking.leftOut;
    },
  };
}

/**
 * A tar archive. `known`: its digest, if it is known that the file is still the same; it is read through otherwise.
 * @throws ImageError when it is not there.
 */
export async function tarOrigin(path: string, known?: string, signal?: AbortSignal): Promise<Origin> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new ImageError(`there is no file ${path}`);
  if (!stat.isFile()) throw new ImageError(`${path} is no file; for a folder: dir: ${path}`);
  const digest = known ?? (await digestOf(path, signal));
  return {
    id: `tar-${digest}`,
    name: path,
    size: stat.size,
    async unpack(folder, options) {
      using unpacking = new Unpacking(folder, path, options.ids);
      const packed = verified(counted(readFile(path), 0, options), `sha256:${digest}`, `${path} has been changed: it`);
      const plain = limited(unpacked(packed, path), { left: options.limits.bytes }, path, options.limits);
      const intake = new Intake(sourceOf(plain), path);
      await unpacking.add(intake, path, unpackOptions(options, false));
      await intake.drain();
      unpacking.finish();
      return unpacking.leftOut;
    },
  };
}

function unpackOptions({ limits, signal }: UnpackOptions, whiteouts: boolean): Parameters<Unpacking['add']>[2] {
  return { whiteouts, entries: limits.entries, ...(signal === undefined ? {} : { signal }) };
}

async function digestOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readFile(path)) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  before: number,
  { onRead }: UnpackOptions,
): AsyncGenerator<Buffer> {
  let bytes = before;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    onRead?.(bytes);
  }
}

/** A few kilobytes can become more than a disk holds. */
async function* limited(
  chunks: AsyncIterable<Buffer>,
  budget: { left: number },
  name: string,
  { bytes }: Limits,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    budget.left -= chunk.length;
    if (budget.left < 0)
      throw new ImageError(`${name} becomes more than ${bytes} bytes when it is unpacked; more is allowed by max_size`);
    yield chunk;
  }
}
