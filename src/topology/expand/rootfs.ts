/** A node's root → model. */
import { resolve } from 'node:path';

import type { Rootfs, RootfsSource } from '../../model/rootfs.ts';
import type { DraftNode } from '../draft.ts';
import type { RootfsDocument } from '../mount-document.ts';

/** The root of a node; undefined when it is simply the machine's. `folder`: what relative paths begin with. */
export function rootfsOf({ document: { rootfs } }: DraftNode, folder: string): Rootfs | undefined {
  const source = rootfs === undefined ? undefined : sourceOf(rootfs, folder);
  if (rootfs === undefined || source === undefined) return undefined;
  return { source, ...(rootfs.read_only === true ? { readOnly: true } : {}), lowers: [] };
}

function sourceOf(
  { dir, tar, oci, tag, host, copy_on_write }: RootfsDocument,
  folder: string,
): RootfsSource | undefined {
  if (dir !== undefined) return { type: 'dir', path: resolve(folder, dir) };
  if (tar !== undefined) return { type: 'tar', path: resolve(folder, tar) };
  if (oci !== undefined) return { type: 'oci', path: resolve(folder, oci), ...(tag === undefined ? {} : { tag }) };
  return host === true && copy_on_write === true ? { type: 'host' } : undefined;
}
