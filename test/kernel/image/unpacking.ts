/** Unpacks archives into stores of a test's own. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { LeftOut } from '../../../src/image/layer.ts';
import type { ImageName } from '../../../src/image/manifest.ts';
import { imageOrigin, type Origin, tarOrigin, type UnpackOptions } from '../../../src/image/origin.ts';
import { RootStore } from '../../../src/image/root-store.ts';
import { tempFolder } from '../../support/index.ts';

export const LIMITS = { bytes: 1 << 30, entries: 10_000 };

/** A folder below which everything lies that a test makes. */
export const workFolder = (): string => mkdtempSync(join(tempFolder(), 'image-'));

/** A store of a test's own, in which every lab counts as alive. */
export function store(folder = workFolder()): RootStore {
  return new RootStore(join(folder, 'roots/store'), () => true);
}

/** Unpacks what is in a file, or an image; gives the folder. */
export async function unpackTar(
  archive: Buffer | string,
  options: Partial<UnpackOptions> = {},
): Promise<{ readonly tree: string; readonly leftOut: LeftOut }> {
  const path = typeof archive === 'string' ? archive : join(workFolder(), 'root.tar');
  if (typeof archive !== 'string') writeFileSync(path, archive);
  return unpackOrigin(await tarOrigin(path), options);
}

export async function unpackImage(
  path: string,
  which: ImageName = {},
  options: Partial<UnpackOptions> = {},
): Promise<{ readonly tree: string; readonly leftOut: LeftOut }> {
  return unpackOrigin(await imageOrigin(path, which), options);
}

async function unpackOrigin(
  origin: Origin,
  options: Partial<UnpackOptions>,
): Promise<{ readonly tree: string; readonly leftOut: LeftOut }> {
  const { folder, leftOut } = await store().hold(origin, 'lab', { limits: LIMITS, ...options });
  if (leftOut === undefined) throw new Error('it was there already');
  return { tree: folder, leftOut };
}
