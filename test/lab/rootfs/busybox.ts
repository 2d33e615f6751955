/** What tests of images in labs share: an image and an archive to start from, and what is in the store. */
import { cpSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { PlannedChange } from '../../../src/model/report.ts';
import { busyboxImage, busyboxRoot, places, probe, requireRoot, run, tempFolder } from '../../support/index.ts';

/** A folder of a test's own. */
export const folder = (): string => mkdtempSync(join(tempFolder(), 'roots-'));

export const sh = (at: string, script: string): string => run('sh', ['-euc', `cd ${at}\n${script}`]);

/** Lets everybody read what a test has made. */
export const open = (path: string): string => {
  run('chmod', ['-R', 'a+rX', join(path, '..')]);
  return path;
};

/** What is in the store. */
export function roots(): string[] {
  const store = places().roots;
  return existsSync(store) ? readdirSync(store).toSorted() : [];
}

export const whats = (changes: readonly PlannedChange[]): string[] =>
  changes.map(({ action, what }) => `${action} ${what}`);

/** A busybox in three forms. */
export interface Busybox {
  /** A folder. */
  readonly root: string;
  readonly image: string;
  readonly archive: string;
}

export function busybox(context: Mocha.Context): Busybox {
  requireRoot(context);
  probe(context, 'veth', 'umoci', 'busybox', 'pid namespaces');
  const work = folder();
  const [image, archive] = [join(work, 'image'), join(work, 'root.tar.gz')];
  cpSync(busyboxImage(context), image, { recursive: true });
  const root = busyboxRoot(context);
  run('tar', ['-C', root, '-czf', archive, '.']);
  open(archive);
  return { root, image, archive };
}

export const nodes = (rootfs: string, processes: string): string => `nodes: { a: { rootfs: ${rootfs}, ${processes} } }`;
export const SLEEP = `processes: { main: { command: [sleep, "21002"] } }`;
