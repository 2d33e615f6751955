/** Nodes with a user namespace that are being made. */
import { chownSync, writeFileSync } from 'node:fs';

import type { Owner } from '../process/file-tree.ts';
import { inKeeperFolder } from '../process/keeper-folder.ts';
import type { NamespaceStart } from '../process/keeper.ts';
import { privateFiles } from '../process/operations.ts';
import { idMapsOf, rootOf } from '../process/user-namespace.ts';
import type { NewNamespace } from '../reconcile/new-namespaces.ts';
import { STATE_ROOT } from '../state/paths.ts';

/** A namespace as the keeper is asked for it. */
export function namespaceStart({ name, sysctls, owner }: NewNamespace): NamespaceStart {
  const ids = owner === undefined ? undefined : idMapsOf(owner);
  return { name, sysctls, ...(ids === undefined ? {} : { ids }) };
}

/** Who is root in the nodes that the keeper is making. */
export class NewOwners {
  readonly #roots = new Map<string, Owner>();

  expect(list: readonly NewNamespace[]): void {
    for (const { name, owner } of list) if (owner !== undefined) this.#roots.set(name, rootOf(owner));
  }

  /** Makes the file over a new node's /etc/hostname, where its root can write it: the folder is not his. */
  welcome(keeper: number, node: string): void {
    const root = this.#roots.get(node);
    if (root === undefined) return;
    const path = inKeeperFolder(keeper, STATE_ROOT, privateFiles(STATE_ROOT).hostname(node));
    writeFileSync(path, '');
    chownSync(path, root.uid, root.gid);
  }
}
