/** A node's mounts → model. */
import { resolve } from 'node:path';

import type { NodeMount } from '../../model/mount.ts';
import type { Namespace } from '../../model/namespace.ts';
import { items } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import type { MountDocument } from '../mount-document.ts';
import { bytes } from '../values.ts';

/** The mounts of a node, and how its root propagates. `folder`: what relative paths begin with. */
export function mountsOf({ document }: DraftNode, folder: string): Pick<Namespace, 'mounts' | 'propagation'> {
  const mounts = items(document.mounts).map(([, mount]) => mountOf(mount, folder));
  const { propagation } = document;
  return {
    ...(mounts.length === 0 ? {} : { mounts }),
    ...(propagation === undefined || propagation === 'slave' ? {} : { propagation }),
  };
}

function mountOf(mount: MountDocument, folder: string): NodeMount {
  const { type, source, target, size, mode, propagation, lower, upper, work } = mount;
  const on = (key: 'nosuid' | 'nodev' | 'noexec'): object => (mount[key] === true ? { [key]: true } : {});
  return {
    type,
    ...(source === undefined ? {} : { source: resolve(folder, source) }),
    target,
    ...(mount.read_only === true ? { readOnly: true } : {}),
    ...on('nosuid'),
    ...on('nodev'),
    ...on('noexec'),
    ...(size === undefined ? {} : { size: bytes(size) ?? 0 }),
    ...(mode === undefined ? {} : { mode: String(mode) }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(lower === undefined ? {} : { lowers: lower.map((path) => resolve(folder, path)) }),
    ...(upper === undefined ? {} : { upper: resolve(folder, upper) }),
    ...(work === undefined ? {} : { work: resolve(folder, work) }),
  };
}
