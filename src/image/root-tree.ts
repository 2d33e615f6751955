/**
 * The folder into which an archive is unpacked. Nothing is ever named by a path from outside: the folder above each name is opened by
 * openat2 with this folder for its root (neither `..` nor a symlink leads out, nothing mounted is entered), and what is done there is
 * done to one name in it, without following that. Names are bytes (latin1 strings).
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

import { ImageError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { openFolderInRoot } from '../sys/in-root.ts';
import { c, check, timespecs } from '../sys/libc.ts';
import type { Piece } from './tar.ts';

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** A name in a folder that is open. It holds as long as nothing else is looked up. */
export interface Spot {
  /** The folder's true path below the root, and the name: the same for the same thing, by whatever way it was named. */
  readonly key: string;
  /** By which system calls reach it: `/proc/self/fd/N/NAME`. Only for those that do not follow it. */
  readonly path: Buffer;
}

/** Who a file belongs to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The folder, open. */
export class RootTree implements Disposable {
  readonly #root: number;
  readonly #rootPath: string;
  readonly #archive: string;
  readonly #owner: Owner | undefined;
  /** The folder that was looked up last. */
  #last: { readonly folder: string; readonly fd: number; readonly key: string } | undefined;

  /** `archive`: what is blamed for what cannot be. `owner`: whose what no entry speaks of is, when not ours. */
  constructor(path: string, archive: string, owner?: Owner) {
    this.#root = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    this.#rootPath = readlinkSync(`/proc/self/fd/${this.#root}`, 'latin1');
    this.#archive = archive;
    this.#owner = owner;
    if (owner !== undefined) fchownSync(this.#root, owner.uid, owner.gid);
  }

  /** The place of a name that has parts. Folders on the way are made where `make` says so; without it undefined when one is missing. */
  spot(parts: readonly string[], make: true): Spot;
  spot(parts: readonly string[], make: boolean): Spot | undefined;
  spot(parts: readonly string[], make: boolean): Spot | undefined {
    const folder = this.#open(parts.slice(0, -1), make);
    if (folder === undefined) return undefined;
    const name = parts.at(-1);
    const key = name === undefined ? '' : `${folder.key}/${name}`;
    return { key, path: bytes(`/proc/self/fd/${folder.fd}/${name ?? '.'}`) };
  }

  stat(spot: Spot): Stats | undefined {
    return lstatSync(spot.path, { throwIfNoEntry: false });
  }

  /** Makes a folder unless there is one; it gets its permissions later. */
  folder(spot: Spot): void {
    try {
      mkdirSync(spot.path, 0o700);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }

  /** Opens a folder or file that was just made, or seen to be none but that. */
  openAgain(spot: Spot): number {
    return openSync(spot.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  }

  /** Makes a file of `size` bytes with these pieces; what is between them is a hole. Closed by the caller. */
  async file(spot: Spot, size: number, pieces: AsyncIterable<Piece>): Promise<number> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const fd = openSync(spot.path, flags, 0o600);
    try {
      let end = 0;
      for await (const { at, bytes: piece } of pieces) {
        for (let done = 0; done < piece.length;) done += writeSync(fd, piece, done, piece.length - done, at + done);
        end = at + piece.length;
      }
      if (end < size) ftruncateSync(fd, size);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  symlink(spot: Spot, target: string): void {
    symlinkSync(bytes(target), spot.path);
  }

  /**
   * A second name for what stands at `to`. A symlink gets one too, and is not followed. What stood at the new name goes.
   * @throws ImageError when there is nothing to link to, or a folder.
   */
  link(parts: readonly string[], to: readonly string[]): Spot {
    const folder = openFolderInRoot(this.#root, bytes(to.slice(0, -1).join('/') || '.'));
    if (typeof folder !== 'number') throw this.#blame(parts.join('/'), 'a hard link to nothing');
    try {
      const path = bytes(`/proc/self/fd/${folder}/${to.at(-1) ?? '.'}`);
      const target = lstatSync(path, { throwIfNoEntry: false });
      if (target === undefined)
        throw this.#blame(parts.join('/'), `a hard link to nothing (${shownName(to.join('/'))})`);
      if (target.isDirectory()) throw this.#blame(parts.join('/'), 'a hard link to a folder');
      const spot = this.spot(parts, true);
      const there = this.stat(spot);
      // Two names of the same already: rename(2) and link(2) leave them alone, and so do we.
      if (there !== undefined && there.ino === target.ino) return spot;
      this.remove(spot);
      const again = this.spot(parts, true);
      linkSync(path, again.path);
      return again;
    } finally {
      closeSync(folder);
    }
  }

  fifo(spot: Spot): void {
    check(c.mkfifo(terminated(spot.path), 0o600), 'mkfifo', spot.key);
  }

  /** Whether the owner could be set: in a user namespace there are not all of them. */
  own(target: number | Spot, uid: number, gid: number): boolean {
    try {
      if (typeof target === 'number') fchownSync(target, uid, gid);
      else lchownSync(target.path, uid, gid);
      return true;
    } catch (error) {
      if (isErrno(error, 'EINVAL') || isErrno(error, 'EPERM')) return false;
      throw error;
    }
  }

  permit(fd: number, mode: number): void {
    fchmodSync(fd, mode);
  }

  /** Whether the file system has taken an extended attribute, and we may set it. */
  attribute(spot: Spot, name: string, value: Buffer): boolean {
    return c.lsetxattr(terminated(spot.path), terminated(bytes(name)), value, value.length, 0) === 0;
  }

  /** When it was changed last. */
  date(spot: Spot, mtime: bigint): void {
    const times = timespecs(mtime, mtime);
    check(c.utimensat(AT_FDCWD, terminated(spot.path), times, AT_SYMLINK_NOFOLLOW), 'utimensat', spot.key);
  }

  /** Removes what is there, and all in it, but what `keeps` says of a key. */
  remove(spot: Spot, keeps: (key: string) => boolean = () => false): void {
    // By its true path: the folder above is opened anew on the way.
    if (this.stat(spot) !== undefined) this.#remove(partsOf(spot.key), keeps);
    this.#forget();
  }

  /** Removes all in a folder, but what `keeps` says of a key. */
  empty(parts: readonly string[], keeps: (key: string) => boolean): void {
    const folder = this.#open(parts, false);
    if (folder === undefined) return;
    const above = partsOf(folder.key);
    for (const name of readdirSync(`/proc/self/fd/${folder.fd}`, 'latin1')) this.#remove([...above, name], keeps);
    this.#forget();
  }

  #remove(parts: readonly string[], keeps: (key: string) => boolean): void {
    const spot = this.spot(parts, false);
    const stat = spot === undefined ? undefined : this.stat(spot);
    if (spot === undefined || stat === undefined) return;
    const kept = keeps(spot.key);
    if (!stat.isDirectory()) {
      if (!kept) unlinkSync(spot.path);
      return;
    }
    const folder = this.#open(parts, false);
    if (folder === undefined) return;
    // Its owner alone may have shut himself out, who is not root then.
    if ((stat.mode & 0o700) !== 0o700) chmodSync(`/proc/self/fd/${folder.fd}`, 0o700);
    for (const name of readdirSync(`/proc/self/fd/${folder.fd}`, 'latin1')) this.#remove([...parts, name], keeps);
    this.#forget();
    if (kept) return;
    const again = this.spot(parts, false)!;
    try {
      rmdirSync(again.path);
    } catch (error) {
      // Something in it is kept.
      if (!isErrno(error, 'ENOTEMPTY')) throw error;
    }
  }

  #open(parts: readonly string[], make: boolean): { readonly fd: number; readonly key: string } | undefined {
    const folder = parts.join('/');
    if (this.#last?.folder === folder) return this.#last;
    const found = openFolderInRoot(this.#root, bytes(folder === '' ? '.' : folder));
    if (typeof found === 'number') {
      this.#forget();
      const key = readlinkSync(`/proc/self/fd/${found}`, 'latin1').slice(this.#rootPath.length);
      this.#last = { folder, fd: found, key };
      return this.#last;
    }
    if (found !== 'ENOENT') {
      if (!make && found === 'ENOTDIR') return undefined;
      throw this.#blame(
        folder,
        found === 'ENOTDIR' ? 'something on the way is no folder' : 'a symlink on the way leads nowhere',
      );
    }
    if (!make) return undefined;
    const spot = this.spot(parts, true);
    const stat = this.stat(spot);
    if (stat !== undefined) throw this.#blame(folder, 'a symlink on the way leads nowhere');
    mkdirSync(spot.path, 0o755);
    const fd = this.openAgain(spot);
    if (this.#owner !== undefined) fchownSync(fd, this.#owner.uid, this.#owner.gid);
    fchmodSync(fd, 0o755);
    closeSync(fd);
    return this.#open(parts, true);
  }

  #blame(folder: string, why: string): ImageError {
    return new ImageError(`${this.#archive} cannot be unpacked: ${shownName(folder)}: ${why}`);
  }

  #forget(): void {
    if (this.#last !== undefined) closeSync(this.#last.fd);
    this.#last = undefined;
  }

  [Symbol.dispose](): void {
    this.#forget();
    closeSync(this.#root);
  }
}

/** A name as a person may read it: what is no UTF-8, or moves a terminal's cursor, is replaced. */
export function shownName(name: string): string {
  return Buffer.from(name, 'latin1')
    .toString('utf8')
    .replaceAll(/\p{Cc}/gu, '\ufffd');
}

function partsOf(key: string): string[] {
  return key.split('/').filter((part) => part !== '');
}

function bytes(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

function terminated(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.of(0)]);
}
