import { closeSync, openSync } from 'node:fs';

import type { Namespaces } from '../../src/reconcile/namespaces.ts';
import type { NewNamespace } from '../../src/reconcile/new-namespaces.ts';
import type { Keeping } from '../../src/reconcile/run.ts';
import { c, check } from '../../src/sys/libc.ts';
import { CLONE, inNetns } from '../../src/sys/netns.ts';
import { writeSysctl } from '../../src/sys/procfs.ts';

/** Namespaces held by the test itself instead of a keeper: they go when the test closes them, or when it dies. */
export class OwnNamespaces implements Keeping, Disposable {
  readonly #namespaces: Namespaces;
  readonly #held = new Map<string, number>();

  constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
  }

  create(list: () => readonly NewNamespace[], onCreated: (name: string) => void): void {
    const home = openSync('/proc/thread-self/ns/net', 'r');
    for (const { name, sysctls } of list()) {
      check(c.unshare(CLONE.NEWNET), 'unshare');
      const fd = openSync('/proc/thread-self/ns/net', 'r');
      check(c.setns(home, CLONE.NEWNET), 'setns');
      inNetns(fd, () => sysctls.forEach(([path, value]) => writeSysctl(path, value)));
      this.#held.set(name, fd);
      this.#namespaces.adopt(name, `/proc/self/fd/${fd}`);
      onCreated(name);
    }
    closeSync(home);
  }

  drop(nodes: readonly string[]): void {
    for (const node of nodes) {
      this.#namespaces.release(node);
      closeSync(this.#held.get(node)!);
      this.#held.delete(node);
    }
  }

  name(): void {}

  furnish(): void {}
  limit(): void {}
  thaw(): void {}

  restart(): void {}

  /** A path by which `nsenter --net=` finds a node of this test. */
  path(node: string): string {
    return `/proc/${process.pid}/fd/${this.#held.get(node)}`;
  }

  [Symbol.dispose](): void {
    this.drop([...this.#held.keys()]);
  }
}
