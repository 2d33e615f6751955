/** The names of a lab's namespaces in /run/netns, and when somebody takes one away. */
import { type FSWatcher, statSync, watch } from 'node:fs';

import { NETNS_DIR } from '../../state/paths.ts';

/** What is told. */
export interface NameEars {
  /** Something was done to a node's name. */
  onNode(node: string): void;
  /** The folder of all names is another one. */
  onFolder(): void;
}

export class Names implements Disposable {
  readonly #prefix: string;
  readonly #ears: NameEars;
  #watcher: FSWatcher | undefined;
  #folder: string | undefined;

  constructor(lab: string, ears: NameEars) {
    this.#prefix = `${lab}.`;
    this.#ears = ears;
    this.#listen();
  }

  /** Sees that the folder has gone, or another one come, and listens to that one. */
  poll(): void {
    if (identity() === this.#folder) return;
    this.#listen();
    this.#ears.onFolder();
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #listen(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#folder = identity();
    try {
      this.#watcher = watch(NETNS_DIR, (_, name) => {
        if (name?.startsWith(this.#prefix) === true) this.#ears.onNode(name.slice(this.#prefix.length));
      });
      this.#watcher.on('error', () => {});
    } catch {
      // There is no such folder, or there are no more watches: {@link poll} tells of the first.
    }
  }
}

function identity(): string | undefined {
  const stat = statSync(NETNS_DIR, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev} ${stat.ino}`;
}
