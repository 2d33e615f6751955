/** The files that a topology is made of, and when they change. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

import { isProgram } from '../../topology/load.ts';
import { readText } from '../../sys/read-text.ts';

/** An editor writes a file in several steps: it is read when it has been quiet for so long. */
const QUIET_MS = 30;

/** Watches a topology's file, and the files that a program imports from beside it. */
export class Sources implements Disposable {
  readonly #file: string;
  readonly #onEdit: () => void;
  #files: readonly string[] = [];
  #watchers: FSWatcher[] = [];
  #stamp = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string, onEdit: () => void) {
    this.#file = file;
    this.#onEdit = onEdit;
    this.renew();
  }

  /** Looks anew which files there are; call when the topology has been read. */
  renew(): void {
    this.#close();
    // Standard input cannot be edited.
    if (this.#file === '-') return;
    this.#files = sourcesOf(resolve(this.#file));
    this.#stamp = this.#stamped();
    for (const folder of new Set(this.#files.map((path) => dirname(path)))) {
      const names = new Set(this.#files.filter((path) => dirname(path) === folder).map((path) => basename(path)));
      try {
        // The folder is watched, not the file: editors put a new file in the old one's place.
        const watcher = watch(folder, (_, name) => {
          if (name === null || names.has(name)) this.#touched();
        });
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // Nobody can be told of changes there; {@link poll} sees them.
      }
    }
  }

  /** Whether the file is still the text that was read of it; of a program nobody can tell. */
  isStill(text: string): boolean {
    return this.#file === '-' || (!isProgram(this.#file) && (readText(this.#file) ?? '') === text);
  }

  /** Sees what file systems without events (a network's) do not tell. */
  poll(): void {
    if (this.#file !== '-' && this.#stamped() !== this.#stamp) this.#touched();
  }

  [Symbol.dispose](): void {
    this.#close();
    clearTimeout(this.#timer);
  }

  #touched(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const stamp = this.#stamped();
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      this.#onEdit();
    }, QUIET_MS);
  }

  #stamped(): string {
    return this.#files
      .map((path) => {
        const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
        return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
      })
      .join('\n');
  }

  #close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}

/** A topology's file; of a program also what it imports by a relative path, and what that imports. */
export function sourcesOf(file: string): string[] {
  const found = new Set<string>([file]);
  if (!isProgram(file)) return [file];
  for (const path of found) {
    for (const [, target = ''] of (readText(path) ?? '').matchAll(
      /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g,
    ))
      found.add(resolve(dirname(path), target));
  }
  return [...found];
}
