/** Unpacks an archive into a folder: a whole root, or (`whiteouts`) a layer of an image over what earlier layers have left there. */
import { closeSync } from 'node:fs';

import { ImageError, InterruptedError } from '../errors.ts';
import type { IdMaps } from '../model/user-namespace.ts';
import type { Intake } from './intake.ts';
import { attributeOf, ownerOf, rootOwner } from './owners.ts';
import { RootTree, shownName, type Spot } from './root-tree.ts';
import { type TarEntry, tarEntries } from './tar.ts';

/** What could not be taken over, for the user to be told: how many of each. */
export interface LeftOut {
  /** Devices: a node has a /dev of netlab's, and no other. */
  devices: number;
  /** Files whose owner this user may not set: they are root's in the node. */
  owners: number;
  /** Extended attributes that mean something to the kernel which is not the archive's to say, or that it did not take. */
  attributes: number;
}

export interface UnpackOptions {
  readonly whiteouts: boolean;
  readonly signal?: AbortSignal;
  /** How many entries there may be, so that no archive can use all inodes of a disk. */
  readonly entries: number;
}

/** Removed by a layer: a name, or (`.wh..wh..opq`) all that a folder had. */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const SETUID = 0o6000;
/** Those of the security modules and of overlayfs itself are the kernel's. */
const ATTRIBUTES = /^(?:user\.(?!overlay\.)|security\.capability$|system\.posix_acl_(?:access|default)$)/;

/** The layers of one root, one after another. */
export class Unpacking implements Disposable {
  readonly leftOut: LeftOut = { devices: 0, owners: 0, attributes: 0 };
  readonly #tree: RootTree;
  readonly #archive: string;
  readonly #ids: IdMaps | undefined;
  /** Of folders: what is made in one changes its time, so that is set last of all. */
  readonly #dates = new Map<string, bigint>();
  #entries = 0;

  /** `folder`: an empty one. `archive`: what is blamed for what cannot be. `ids`: of the user namespace that it is for. */
  constructor(folder: string, archive: string, ids?: IdMaps) {
    this.#tree = new RootTree(folder, archive, rootOwner(ids));
    this.#archive = archive;
    this.#ids = ids;
  }

  /** Unpacks one archive to its end. @throws ImageError, InterruptedError. */
  async add(intake: Intake, name: string, options: UnpackOptions): Promise<void> {
    // What this layer itself has made, with the folders above: of that a whiteout takes nothing away.
    const made = new Set<string>();
    for await (const entry of tarEntries(intake, name, { marked: !options.whiteouts })) {
      if (options.signal?.aborted === true) throw new InterruptedError();
      if (++this.#entries > options.entries)
        throw new ImageError(`${this.#archive} has more than ${options.entries} entries: that is no root file system`);
      try {
        await this.#unpack(entry, made, options);
      } catch (error) {
        throw blamed(error, this.#archive, entry.name);
      }
    }
  }

  /** Sets what can only be set when all is there. */
  finish(): void {
    for (const [key, mtime] of this.#dates) {
      const spot = this.#tree.spot(partsOf(key), false);
      if (spot !== undefined && this.#tree.stat(spot)?.isDirectory() === true) this.#tree.date(spot, mtime);
    }
  }

  async #unpack(entry: TarEntry, made: Set<string>, { whiteouts, signal }: UnpackOptions): Promise<void> {
    const parts = partsOf(entry.name);
    if (parts.includes('..'))
      throw new ImageError(`${this.#archive} would write outside of its root: ${shownName(entry.name)}`);
    const last = parts.at(-1) ?? '';
    if (whiteouts && last.startsWith(WHITEOUT)) return this.#whiteOut(parts, last, made);
    const spot = await this.#make(entry, parts, signal);
    if (spot === undefined) return;
    for (let key = spot.key; !made.has(key) && key !== ''; key = key.slice(0, key.lastIndexOf('/'))) made.add(key);
  }

  #whiteOut(parts: readonly string[], last: string, made: ReadonlySet<string>): void {
    const above = parts.slice(0, -1);
    const keeps = (key: string): boolean => made.has(key);
    if (last === OPAQUE) return this.#tree.empty(above, keeps);
    // Notes of an older file system (aufs), which speak of nothing that is in the image.
    if (last.startsWith(`${WHITEOUT}${WHITEOUT}`)) return;
    const name = last.slice(WHITEOUT.length);
    if (name === '' || name === '.' || name === '..')
      throw new ImageError(`${this.#archive} is damaged: a whiteout of no name in ${shownName(above.join('/'))}`);
    const spot = this.#tree.spot([...above, name], false);
    if (spot !== undefined) this.#tree.remove(spot, keeps);
  }

  /** Makes what an entry says; undefined for what is left out. */
  async #make(entry: TarEntry, parts: readonly string[], signal: AbortSignal | undefined): Promise<Spot | undefined> {
    const { type } = entry;
    if (type === 'character' || type === 'block') this.leftOut.devices++;
    if (type === 'character' || type === 'block' || type === 'other') return undefined;
    if (type === 'link') {
      const to = partsOf(entry.target);
      if (to.includes('..'))
        throw new ImageError(
          `${this.#archive} would link to something outside of its root: ${shownName(entry.target)}`,
        );
      return this.#tree.link(parts, to);
    }
    if (parts.length === 0 && type !== 'folder')
      throw new ImageError(`${this.#archive} has no folder for its root, but a ${type}`);
    const spot = this.#clear(parts, type);
    if (type === 'folder') {
      this.#tree.folder(spot);
      this.#settle(entry, spot, this.#tree.openAgain(spot));
      this.#dates.set(spot.key, entry.mtime);
      return spot;
    }
    if (type === 'symlink') this.#tree.symlink(spot, entry.target);
    if (type === 'fifo') this.#tree.fifo(spot);
    if (type === 'symlink') this.#own(entry, spot);
    else if (type === 'fifo') this.#settle(entry, spot, this.#tree.openAgain(spot));
    else this.#settle(entry, spot, await this.#tree.file(spot, entry.size, interruptible(entry, signal)));
    this.#tree.date(spot, entry.mtime);
    return spot;
  }

  /** A name where an entry may be made: what was there goes, but that a folder stays one. */
  #clear(parts: readonly string[], type: TarEntry['type']): Spot {
    const spot = this.#tree.spot(parts, true);
    const there = this.#tree.stat(spot);
    if (there === undefined || (type === 'folder' && there.isDirectory())) return spot;
    if (parts.length === 0) return spot;
    this.#tree.remove(spot);
    return this.#tree.spot(parts, true);
  }

  /** Owner, then permissions (a new owner takes setuid away), then attributes (it takes capabilities away, too). */
  #settle(entry: TarEntry, spot: Spot, fd: number): void {
    const { mode, attributes } = entry;
    try {
      const owned = this.#own(entry, fd);
      // Whose it was meant to be, nobody shall become somebody else by it.
      this.#tree.permit(fd, owned ? mode : mode & ~SETUID);
    } finally {
      closeSync(fd);
    }
    for (const [name, value] of attributes) {
      const own = ATTRIBUTES.test(name) ? attributeOf(name, value, this.#ids) : undefined;
      if (own === undefined || !this.#tree.attribute(spot, name, own)) this.leftOut.attributes++;
    }
  }

  /** Gives it to whom it shall belong; else it is root's. */
  #own(entry: TarEntry, target: number | Spot): boolean {
    const owner = ownerOf(entry, this.#ids);
    if (owner !== undefined && this.#tree.own(target, owner.uid, owner.gid)) return true;
    this.leftOut.owners++;
    const root = rootOwner(this.#ids);
    if (root !== undefined) this.#tree.own(target, root.uid, root.gid);
    return false;
  }

  [Symbol.dispose](): void {
    this.#tree[Symbol.dispose]();
  }
}

async function* interruptible(entry: TarEntry, signal: AbortSignal | undefined): ReturnType<TarEntry['content']> {
  for await (const piece of entry.content()) {
    if (signal?.aborted === true) throw new InterruptedError();
    yield piece;
  }
}

function partsOf(name: string): string[] {
  return name.split('/').filter((part) => part !== '' && part !== '.');
}

/** Names the entry at which the machine refused. */
function blamed(error: unknown, archive: string, entry: string): unknown {
  if (
    !(error instanceof Error) ||
    !('code' in error) ||
    error instanceof ImageError ||
    error instanceof InterruptedError
  )
    return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const why = typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : message;
  return new ImageError(`${archive} cannot be unpacked: ${shownName(entry)}: ${why}`, undefined, { cause: error });
}
