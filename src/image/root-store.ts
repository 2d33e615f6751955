/**
 * Where unpacked roots lie: one folder for each, named by what is in it, for all nodes and labs that want the same. A lab that uses
 * one has its mark there; with the last mark the folder goes. docs/decisions/0018-unpacked-roots.md says why it can be neither half made nor
 * left behind.
 *
 *   ID.lock        held by whoever makes, marks or removes ID
 *   ID.partial/    being unpacked, or being removed; whoever has the lock and finds one clears it away
 *   ID/tree/       the root; nobody writes there any more
 *   ID/labs/LAB    a mark; locked as long as the lab is being brought up, when it has no keeper yet
 *   ID/from/KEY    a file on the disk that is known to be this archive
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { InterruptedError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { listFolder } from '../sys/list-folder.ts';
import { isLocked, type Lock, tryLock } from '../sys/lock.ts';
import type { LeftOut } from './layer.ts';
import type { Origin, UnpackOptions } from './origin.ts';
import { rootOwner } from './owners.ts';
import { RootTree } from './root-tree.ts';

export interface HoldOptions extends UnpackOptions {
  /** Called once when somebody else is at work on the same. */
  readonly onWait?: () => void;
}

/** A root that is there for as long as the lab's mark is. */
export interface HeldRoot {
  readonly id: string;
  readonly folder: string;
  /** What was left out; undefined when it was there already. */
  readonly leftOut?: LeftOut;
  /** Until this is released the mark counts, whether the lab is there or not. */
  readonly claim: Lock | undefined;
}

const INTERVAL_MS = 20;
const CLAIM_TRIES = 5;

/** The unpacked roots of this machine (or of one ordinary user). */
export class RootStore {
  readonly #folder: string;
  readonly #isAlive: (lab: string) => boolean;
  readonly #removeBy: (folder: string, act: () => void) => void;

  /**
   * `isAlive`: whether a lab is there, or is being made: marks of others count for nothing. `remove` carries out the removal of a folder, in
   * which not all need be ours.
   */
  constructor(
    folder: string,
    isAlive: (lab: string) => boolean,
    remove: (folder: string, act: () => void) => void = (_, act) => act(),
  ) {
    this.#folder = folder;
    this.#isAlive = isAlive;
    this.#removeBy = remove;
  }

  /** Where a root lies, or would lie. */
  folderOf(id: string): string {
    return join(this.#folder, id, 'tree');
  }

  /** The digest of a file that has been unpacked, and has not been touched since. */
  digestOf(path: string): string | undefined {
    const key = keyOf(path);
    const id = this.#ids().find((each) => key !== undefined && existsSync(join(this.#folder, each, 'from', key)));
    return /^tar-([0-9a-f]{64})/.exec(id ?? '')?.[1];
  }

  /** Sees to it that a root is there, and marks it as the lab's. @throws ImageError, InterruptedError. */
  async hold(origin: Origin, lab: string, options: HoldOptions): Promise<HeldRoot> {
    const { id } = origin;
    const lock = await this.#lock(id, options);
    try {
      // One that nobody uses is what a power failure has left, and may not be whole.
      if (existsSync(this.#path(id)) && this.#marks(id).length === 0) this.#remove(id);
      const leftOut = existsSync(this.#path(id)) ? undefined : await this.#make(origin, options);
      const claim = await this.#claim(id, lab);
      return { id, folder: this.folderOf(id), claim, ...(leftOut === undefined ? {} : { leftOut }) };
    } finally {
      if (!existsSync(this.#path(id))) this.#drop(id);
      lock.release();
      this.#tidy();
    }
  }

  /** From now on a lab uses these and no others; what nobody uses any more goes, be it ever so old. */
  async settle(lab: string, ids: ReadonlySet<string>): Promise<void> {
    for (const id of this.#ids()) {
      const mark = join(this.#path(id), 'labs', lab);
      if (!ids.has(id)) rmSync(mark, { force: true });
    }
    await this.sweep();
  }

  /** The roots that a lab has marked. */
  of(lab: string): Set<string> {
    return new Set(this.#ids().filter((id) => existsSync(join(this.#path(id), 'labs', lab))));
  }

  /** Removes what no lab uses. */
  async sweep(): Promise<void> {
    for (const id of this.#unused()) {
      // Whoever is unpacking it has the lock for long, and will see to the rest: nobody waits for him here.
      const lock = existsSync(this.#path(id)) ? await this.#lock(id, {}) : this.#try(id);
      if (lock === undefined) continue;
      try {
        if (this.#marks(id).length === 0) this.#remove(id);
        if (!existsSync(this.#path(id))) this.#drop(id);
      } finally {
        lock.release();
      }
    }
    this.#tidy();
  }

  /** What no lab uses: nothing of it is being made just now. */
  leftovers(): string[] {
    return this.#unused().filter((id) => !isLocked(this.#lockPath(id)));
  }

  /** What no lab has marked, or not yet. */
  #unused(): string[] {
    const ids = new Set(this.#names().map((name) => name.replace(/\.(?:lock|partial)$/, '')));
    return [...ids].filter((id) => this.#marks(id).length === 0);
  }

  /** The folder of a leftover. */
  path(id: string): string {
    return this.#path(id);
  }

  async #make(origin: Origin, options: HoldOptions): Promise<LeftOut> {
    const partial = `${this.#path(origin.id)}.partial`;
    this.#clear(partial);
    try {
      // All of it is the owner's alone: there are programs in it that run as him, whoever starts them.
      mkdirSync(partial, { mode: 0o700 });
      // Root of a user namespace finds his root in it, and can change nothing beside that.
      const root = rootOwner(options.ids);
      if (root !== undefined) chownSync(partial, -1, root.gid);
      if (root !== undefined) chmodSync(partial, 0o710);
      for (const name of ['labs', 'from', 'tree']) mkdirSync(join(partial, name), { mode: 0o755 });
      const key = keyOf(origin.name);
      const leftOut = await origin.unpack(join(partial, 'tree'), options);
      if (key !== undefined && key === keyOf(origin.name)) writeFileSync(join(partial, 'from', key), '');
      renameSync(partial, this.#path(origin.id));
      return leftOut;
    } catch (error) {
      this.#clear(partial);
      throw error;
    }
  }

  /** First its name: what is half removed shall not be taken for whole. */
  #remove(id: string): void {
    const partial = `${this.#path(id)}.partial`;
    this.#clear(partial);
    if (existsSync(this.#path(id))) renameSync(this.#path(id), partial);
    this.#clear(partial);
  }

  #clear(folder: string): void {
    if (!existsSync(folder)) return;
    this.#removeBy(folder, () => {
      {
        using tree = new RootTree(folder, folder);
        tree.empty([], () => false);
      }
      rmdirSync(folder);
    });
  }

  /** Takes the lock's file away, which one has locked. */
  #drop(id: string): void {
    rmSync(this.#lockPath(id), { force: true });
  }

  /** The labs that use it. */
  #marks(id: string): string[] {
    const folder = join(this.#path(id), 'labs');
    return listFolder(folder).filter((lab) => this.#isAlive(lab) || isLocked(join(folder, lab)));
  }

  async #lock(id: string, { signal, onWait }: Pick<HoldOptions, 'signal' | 'onWait'>): Promise<Lock> {
    for (let waited = false; ; waited = true) {
      // Root of a user namespace, to whom what is in it may belong, comes by on his way.
      mkdirSync(this.#folder, { recursive: true, mode: 0o711 });
      const lock = this.#try(id);
      if (lock !== undefined) return lock;
      if (!waited) onWait?.();
      await setTimeout(INTERVAL_MS);
      if (signal?.aborted === true) throw new InterruptedError();
    }
  }

  /** Marks a root as the lab's. Who else has the lock of the mark does but ask whether somebody has it. */
  async #claim(id: string, lab: string): Promise<Lock | undefined> {
    const mark = join(this.#path(id), 'labs', lab);
    for (let tries = CLAIM_TRIES; ; tries--) {
      const lock = tryLock(mark);
      if (lock !== undefined || tries === 0) return lock;
      await setTimeout(INTERVAL_MS);
    }
  }

  #try(id: string): Lock | undefined {
    try {
      return tryLock(this.#lockPath(id));
    } catch (error) {
      // Somebody has removed the empty store at this moment.
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  #ids(): string[] {
    return this.#names().filter((name) => !name.includes('.'));
  }

  #names(): string[] {
    return listFolder(this.#folder);
  }

  #path(id: string): string {
    return join(this.#folder, id);
  }

  #lockPath(id: string): string {
    return `${this.#path(id)}.lock`;
  }

  /** An empty store goes, and what was made for it. */
  #tidy(): void {
    for (const folder of [this.#folder, dirname(this.#folder)]) {
      try {
        rmdirSync(folder);
      } catch {
        return;
      }
    }
  }
}

/** By what a file is known to be the same, without being read. */
function keyOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat?.isFile() !== true) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  return createHash('sha256').update([path, dev, ino, size, mtimeNs, ctimeNs].join('\0')).digest('hex');
}
