/** A folder to which others write as well: names below it are looked up so that no link in it leads out. */
import { closeSync, constants, mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';

import { SystemError } from '../errors.ts';
import { isErrno } from './errno.ts';
import { openFolderInRoot } from './in-root.ts';

/** Paths are relative to the folder, without `.` and `..`. What is made can be named as long as this is not disposed of. */
export class Below implements Disposable {
  readonly #root: number;
  readonly #open = new Map<string, number>();

  /** Throws as openSync does. */
  constructor(folder: string) {
    this.#root = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  [Symbol.dispose](): void {
    for (const fd of [this.#root, ...this.#open.values()]) closeSync(fd);
    this.#open.clear();
  }

  /**
   * Makes an empty file, and the folders on the way, where they are missing: what was made, the outermost first. What stands there
   * already stays as it is, a link too. Throws SystemError.
   */
  touch(path: string): string[] {
    const made = this.#makeFolders(posix.dirname(path));
    const file = `${this.#folder(posix.dirname(path))}/${posix.basename(path)}`;
    try {
      writeFileSync(file, '', { flag: 'wx', mode: 0o644 });
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      return made;
    }
    return [...made, file];
  }

  /** Removes a file, or a link that stands in its place; none there is fine. */
  unlink(path: string): void {
    try {
      unlinkSync(`${this.#folder(posix.dirname(path))}/${posix.basename(path)}`);
    } catch (error) {
      if (!(error instanceof SystemError) && !isErrno(error, 'ENOENT')) throw error;
    }
  }

  #makeFolders(path: string): string[] {
    if (path === '.' || this.#look(path) !== undefined) return [];
    const made = this.#makeFolders(posix.dirname(path));
    const folder = `${this.#folder(posix.dirname(path))}/${posix.basename(path)}`;
    try {
      mkdirSync(folder, 0o755);
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return made;
      throw error;
    }
    return [...made, folder];
  }

  /** By which name a folder can be used now. */
  #folder(path: string): string {
    const fd = this.#look(path);
    if (fd === undefined)
      throw new SystemError('open', 'ENOENT', `${path}, which leads nowhere in the node's own layer`);
    return `/proc/self/fd/${fd}`;
  }

  #look(path: string): number | undefined {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const fd = openFolderInRoot(this.#root, Buffer.from(path));
    if (typeof fd === 'string') return undefined;
    this.#open.set(path, fd);
    return fd;
  }
}
