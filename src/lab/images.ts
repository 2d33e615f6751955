/**
 * Roots that are unpacked before they are used: found out about when a lab is compared with its file, made under the lab's lock, and
 * given back when it does not use them any more.
 */
import { existsSync } from 'node:fs';

import { ApplyError, ImageError, InterruptedError, type Problem } from '../errors.ts';
import type { Origin } from '../image/origin.ts';
import { RootStore } from '../image/root-store.ts';
import type { LeftOut } from '../image/layer.ts';
import { ownersSuffix } from '../image/owners.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import type { UpReport } from '../model/report.ts';
import type { PackedSource, Rootfs } from '../model/rootfs.ts';
import type { IdMaps } from '../model/user-namespace.ts';
import { removeReclaimed } from '../process/reclaim.ts';
import { idMapsOf } from '../process/user-namespace.ts';
import type { Lock } from '../sys/lock.ts';
import { findKeepers } from '../state/keepers.ts';
import { ROOTS_DIR } from '../state/paths.ts';
import { labsWithState } from './list.ts';
import type { UpOptions } from './up.ts';

const MOST = { bytes: 16 * 2 ** 30, entries: 1_000_000 };
const MEBIBYTE = 2 ** 20;

/** The unpacked roots of this user's labs. */
export function rootStore(): RootStore {
  // A keeper counts wherever its lab has its state: a container with a /run of its own may share the store.
  const isAlive = (lab: string): boolean => labsWithState().has(lab) || findKeepers().some((each) => each.lab === lab);
  return new RootStore(ROOTS_DIR, isAlive, removeReclaimed);
}

/** Where a root lies or will lie, and what it says of programs. Reads an image's documents, and unpacks nothing. @throws ImageError. */
export async function packedRoot(
  source: PackedSource,
  ids: IdMaps | undefined,
): Promise<Pick<Rootfs, 'lowers' | 'config'>> {
  const store = rootStore();
  const { id, config } = await originOf(source, ids, store.digestOf(source.path));
  return { lowers: [store.folderOf(id)], ...(config === undefined ? {} : { config }) };
}

async function originOf(source: PackedSource, ids: IdMaps | undefined, digest: string | undefined): Promise<Origin> {
  // Loaded where there is one, for the sake of everybody else's start.
  const { imageOrigin, tarOrigin } = await import('../image/origin.ts');
  const origin = await (source.type === 'oci' ? imageOrigin(source.path, source) : tarOrigin(source.path, digest));
  return { ...origin, id: `${origin.id}${ownersSuffix(ids)}` };
}

/** A root that a lab wants, and the line that asks for it. */
interface Wish {
  readonly source: PackedSource;
  /** Of the node's user namespace: to these the files belong. */
  readonly ids: IdMaps | undefined;
  readonly at: Path;
}

/** By where they are to lie. */
function wishesOf({ resources }: LabModel): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  for (const each of resources) {
    if (each.kind !== 'namespace' || each.rootfs === undefined) continue;
    const { source, lowers } = each.rootfs;
    if (source.type !== 'tar' && source.type !== 'oci') continue;
    const [folder = ''] = lowers;
    if (!wishes.has(folder))
      wishes.set(folder, { source, ids: idMapsOf(each), at: [...(each.at ?? []), 'rootfs', source.type] });
  }
  return wishes;
}

/**
 * Brings a lab up with its roots there, which nobody takes away meanwhile: unpacks those that are missing, and afterwards gives back those
 * that the lab does not use any more; of a run that failed, those that it had not used before. Whoever calls has the lab's lock.
 * @throws ImageError with the line.
 */
export async function withRoots(
  model: LabModel,
  options: UpOptions,
  bringUp: () => Promise<UpReport>,
): Promise<UpReport> {
  const wishes = wishesOf(model);
  if (wishes.size === 0 && !existsSync(ROOTS_DIR)) return bringUp();
  const store = rootStore();
  const before = store.of(model.name);
  const wanted = new Set<string>();
  const warnings: Problem[] = [];
  const claims: Lock[] = [];
  let report: UpReport;
  try {
    for (const [folder, wish] of wishes) {
      const { id, claim, warning } = await unpack(model, store, folder, wish, options);
      wanted.add(id);
      if (claim !== undefined) claims.push(claim);
      if (warning !== undefined) warnings.push(warning);
    }
    report = await bringUp();
  } catch (error) {
    await store.settle(model.name, new Set(isUndone(error) ? before : [...before, ...wanted]));
    throw error;
  } finally {
    for (const claim of claims) claim.release();
  }
  await store.settle(model.name, wanted);
  return warnings.length === 0 ? report : { ...report, warnings: [...report.warnings, ...warnings] };
}

/** The lab is no more. */
export async function giveBackRoots(lab: string): Promise<void> {
  if (existsSync(ROOTS_DIR)) await rootStore().settle(lab, new Set());
}

async function unpack(
  model: LabModel,
  store: RootStore,
  folder: string,
  { source, ids, at }: Wish,
  { signal, onProgress }: UpOptions,
): Promise<{ readonly id: string; readonly claim: Lock | undefined; readonly warning?: Problem }> {
  const place = model.locate(at);
  try {
    // A tar archive has been read to be known; while it is unpacked that is held against what it then is.
    const origin = await originOf(source, ids, /\/tar-([0-9a-f]{64})/.exec(folder)?.[1]);
    const { id, name, size } = origin;
    if (store.folderOf(id) !== folder) throw new ImageError(`${name} has been changed meanwhile`);
    const step = `unpacking ${name}`;
    const total = Math.ceil(size / MEBIBYTE);
    const { leftOut, claim } = await store.hold(origin, model.name, {
      limits: { ...MOST, ...(source.maxSize === undefined ? {} : { bytes: source.maxSize }) },
      ...(signal === undefined ? {} : { signal }),
      ...(ids === undefined ? {} : { ids }),
      onRead: (bytes) => onProgress?.({ step, done: Math.floor(bytes / MEBIBYTE), total }),
      onWait: () => onProgress?.({ step: `waiting for another netlab to have unpacked ${name}`, done: 0, total: 0 }),
    });
    const words = leftOut === undefined ? '' : leftOutWords(leftOut);
    return words === '' ? { id, claim } : { id, claim, warning: { ...place, message: words, severity: 'warning' } };
  } catch (error) {
    if (error instanceof ImageError) throw new ImageError(error.problem, place, { cause: error });
    throw error;
  }
}

/** Nothing of what the run had made is there any more. */
function isUndone(error: unknown): boolean {
  const aftermath =
    error instanceof ApplyError ? error : error instanceof InterruptedError ? error.aftermath : undefined;
  return aftermath === undefined || aftermath.undone === 'all' || aftermath.undone === 'nothing';
}

/** What a user may miss. */
function leftOutWords({ devices, owners, attributes }: LeftOut): string {
  const parts = [
    ...(devices === 0 ? [] : [`${devices} of its devices were left out (a node has netlab's own /dev)`]),
    ...(owners === 0 ? [] : [`${owners} of its files belong to root, for only root can give them to others`]),
    ...(attributes === 0 ? [] : [`${attributes} of its extended attributes were left out`]),
  ];
  return parts.join('; ');
}
