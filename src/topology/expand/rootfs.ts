/** A node's root → model. */
import { resolve } from 'node:path';

import type { Rootfs, RootfsSource } from '../../model/rootfs.ts';
import type { DraftNode } from '../draft.ts';
import type { RootfsDocument } from '../mount-document.ts';
import { bytes } from '../values.ts';

/** The root of a node; undefined when it is simply the machine's. `folder`: what relative paths begin with. */
export function rootfsOf({ document: { rootfs } }: DraftNode, folder: string): Rootfs | undefined {
  const source = rootfs === undefined ? undefined : sourceOf(rootfs, folder);
  if (rootfs === undefined || source === undefined) return undefined;
  return { source, ...(rootfs.read_only === true ? { readOnly: true } : {}), lowers: [] };
}

function sourceOf(
  { dir, tar, oci, tag, platform, max_size, host, copy_on_write }: RootfsDocument,
  folder: string,
): RootfsSource | undefined {
  if (dir !== undefined) return { type: 'dir', path: resolve(folder, dir) };
  const maxSize = max_size === undefined ? undefined : bytes(max_size);
  const size = maxSize === undefined ? {} : { maxSize };
  if (tar !== undefined) return { type: 'tar', path: resolve(folder, tar), ...size };
  if (oci !== undefined) {
    const which = { ...(tag === undefined ? {} : { tag }), ...(platform === undefined ? {} : { platform }) };
    return { type: 'oci', path: resolve(folder, oci), ...which, ...size };
  }
  return host === true && copy_on_write === true ? { type: 'host' } : undefined;
}
