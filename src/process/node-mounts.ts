/** The mounts that a file asks for → operations. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

import { isWithin, type NodeMount, type Propagation } from '../model/mount.ts';
import { MS } from './flags.ts';
import type { ProtocolRecord } from './records.ts';
import { type Layers, makeFolders } from './rootfs.ts';

/** What the mounts of a node are made with. */
export interface MountSetup {
  readonly mounts: readonly NodeMount[];
  /** The node has a root of its own: what is missing on the way to a target is made. On the machine's root nothing is. */
  readonly ownRoot: boolean;
  /** Where an overlay without an upper layer has its own. */
  readonly layers: (mount: NodeMount) => Layers;
  readonly inUserNamespace: boolean;
}

/** All of them, in order; `only`: those with these targets. */
export function mountOperations(setup: MountSetup, only?: ReadonlySet<string>): ProtocolRecord[] {
  return setup.mounts
    .filter(({ target }) => only === undefined || only.has(target))
    .flatMap((mount) => [
      ...(canMake(mount, setup) ? makeTarget(mount) : []),
      makeMount(mount, setup),
      ...setAttributes(mount),
      ...propagate(mount.target, mount.propagation),
    ]);
}

/** The mount of the same node in which a target stands, if there is one. */
export function surrounding(mount: NodeMount, mounts: readonly NodeMount[]): NodeMount | undefined {
  return mounts
    .filter((other) => other.target !== mount.target && isWithin(mount.target, other.target))
    .toSorted((a, b) => b.target.length - a.target.length)[0];
}

/** Whether its target can be made without writing to what is the machine's. */
export function canMake(mount: NodeMount, { mounts, ownRoot }: Pick<MountSetup, 'mounts' | 'ownRoot'>): boolean {
  const around = surrounding(mount, mounts);
  return around === undefined
    ? ownRoot
    : around.type === 'tmpfs' || (around.type === 'overlay' && around.upper === undefined);
}

function makeTarget({ type, source, target }: NodeMount): ProtocolRecord[] {
  const isFile =
    type === 'bind' && source !== undefined && statSync(source, { throwIfNoEntry: false })?.isDirectory() === false;
  return isFile ? [...makeFolders(dirname(target)), ['touch', target, 0o644]] : makeFolders(target);
}

function makeMount(mount: NodeMount, { layers, inUserNamespace }: MountSetup): ProtocolRecord {
  const { type, source = '', target, size, mode } = mount;
  switch (type) {
    case 'bind':
      return ['mount', source, target, '', MS.BIND | MS.REC, ''];
    case 'overlay': {
      const { lowers, upper, work } = layers(mount);
      return [
        'overlay',
        target,
        mount.upper ?? upper,
        mount.work ?? work,
        inUserNamespace ? 'userxattr' : '',
        ...lowers,
      ];
    }
    case 'tmpfs': {
      const options = [
        ...(mode === undefined ? [] : [`mode=${mode}`]),
        ...(size === undefined ? [] : [`size=${size}`]),
      ];
      return ['mount', 'tmpfs', target, 'tmpfs', 0, options.join(',')];
    }
    case 'devpts':
      return ['mount', 'devpts', target, 'devpts', 0, 'newinstance,ptmxmode=0666,mode=0620'];
    default:
      return ['mount', type, target, type, 0, ''];
  }
}

/** Of the mount, and not of its file system: another mount of that may be written to. What is bound, with all below it. */
function setAttributes({ type, target, readOnly, nosuid, nodev, noexec }: NodeMount): ProtocolRecord[] {
  const flags =
    (readOnly === true ? MS.RDONLY : 0) |
    (nosuid === true ? MS.NOSUID : 0) |
    (nodev === true ? MS.NODEV : 0) |
    (noexec === true ? MS.NOEXEC : 0);
  return flags === 0 ? [] : [['attributes', target, flags | (type === 'bind' ? MS.REC : 0)]];
}

const FLAGS = { private: MS.PRIVATE, slave: MS.SLAVE, shared: MS.SHARED, unbindable: MS.UNBINDABLE } as const;

/** `mount --make-rshared TARGET` and its like. */
export function propagate(target: string, propagation: Propagation | undefined): ProtocolRecord[] {
  return propagation === undefined ? [] : [['mount', '', target, '', MS.REC | FLAGS[propagation], '']];
}
