/** Roots of nodes: their layers are found before anything is compared, and what netlab-init needs to put them together. */
import { statSync } from 'node:fs';

import { TopologyError } from '../errors.ts';
import { hasFixedDevices } from '../model/confinement.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import type { Surroundings } from '../model/namespace.ts';
import type { Namespace, Resource } from '../model/resource.ts';
import type { Rootfs } from '../model/rootfs.ts';
import type { IdMaps } from '../model/user-namespace.ts';
import { readMounts } from '../process/mounts.ts';
import type { MountSetup } from '../process/node-mounts.ts';
import type { NodeSetup } from '../process/operations.ts';
import { idMapsOf, isStranger, rootOf } from '../process/user-namespace.ts';
import { LayerStore, type RootSetup } from '../process/rootfs.ts';
import { ROOTLESS, STATE_ROOT } from '../state/places.ts';
import { fromImage } from './image-processes.ts';
import { packedRoot } from './images.ts';
import { missingForMounts } from './mounts.ts';

/**
 * The model with the layers of every root, and what images say of processes; what is to be mounted is there. Nothing is written: layers that
 * have to be unpacked first are named all the same. Throws TopologyError for what is not there.
 */
export async function settleRoots(model: LabModel): Promise<LabModel> {
  const problems = missingForMounts(model);
  if (problems.length === 0 && !model.resources.some(hasRoot)) return model;
  const refuse = (error: unknown, at: Path): void => {
    if (!(error instanceof Error)) throw error;
    problems.push({ ...model.locate(at), message: error.message, severity: 'error' });
  };
  const roots = new Map<string, Rootfs>();
  // Nodes of the same root: it is looked at once.
  const known = new Map<string, Awaited<ReturnType<typeof layersOf>>>();
  for (const each of model.resources.filter(hasRoot)) {
    const { node, rootfs, at = [] } = each;
    try {
      const ids = idMapsOf(each);
      const key = JSON.stringify([rootfs.source, ids]);
      const found = known.get(key) ?? (await layersOf(rootfs, ids));
      known.set(key, found);
      roots.set(node, { ...rootfs, ...found });
    } catch (error) {
      refuse(error, [...at, 'rootfs', rootfs.source.type]);
    }
  }
  const settled = model.resources.map((each): Resource => {
    const rootfs = roots.get(each.node);
    if (rootfs === undefined) return each;
    if (each.kind === 'namespace') return { ...each, rootfs };
    if (each.kind !== 'process' || rootfs.config === undefined) return each;
    try {
      return fromImage(each, rootfs.config);
    } catch (error) {
      refuse(error, each.at ?? []);
      return each;
    }
  });
  if (problems.length > 0) throw TopologyError.of(problems);
  return { ...model, resources: settled };
}

function hasRoot(each: Resource): each is Namespace & { readonly rootfs: Rootfs } {
  return each.kind === 'namespace' && each.rootfs !== undefined;
}

/** The layers of one root, topmost first, and what an image says of its programs. Throws an Error in words for the line of the file. */
async function layersOf({ source }: Rootfs, ids: IdMaps | undefined): Promise<Pick<Rootfs, 'lowers' | 'config'>> {
  switch (source.type) {
    case 'host':
      if (ROOTLESS)
        throw new Error(
          "found a root that is the machine's, and only netlab as root can lay a layer over that: the files of the machine's users have no owner in a user namespace of yours, and the kernel changes none of them there; take dir, tar or oci",
        );
      return { lowers: ['/'] };
    case 'dir':
      requireFolder(source.path);
      return { lowers: [source.path] };
    case 'tar':
    case 'oci':
      return packedRoot(source, ids);
  }
}

function requireFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) throw new Error(`found ${path}, but there is no such folder`);
  if (!there.isDirectory()) throw new Error(`found ${path}, expected a folder, which this is not`);
}

/** What a node's PID 1 needs to put the root together. Undefined: its root is the machine's. */
export function rootSetupOf(shape: Surroundings & { readonly name: string }, keeper: number): RootSetup | undefined {
  const { name, isolation, rootfs } = shape;
  if (rootfs === undefined) return undefined;
  const store = new LayerStore(keeper, STATE_ROOT, name);
  return {
    rootfs,
    layers: store.layersOf(rootfs.lowers),
    ...(rootfs.source.type === 'host' ? { below: hostBelow(store) } : {}),
    inUserNamespace: ROOTLESS || isolation.includes('user'),
    fixedDevices: hasFixedDevices(shape.confinement),
    ...foreignness(shape),
    ipc: isolation.includes('ipc'),
  };
}

function isDevice(path = '/'): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there?.isCharacterDevice() === true || there?.isBlockDevice() === true;
}

/**
 * How a folder has to be shown to a user namespace. By root with other owners, unless it belongs to the node's root already; what netlab has
 * unpacked has the owners that it is to have. An ordinary user cannot change who they are, but his folders are closed to others.
 */
function foreignness(shape: Surroundings): Pick<RootSetup, 'foreign'> {
  const { isolation, rootfs } = shape;
  if (rootfs === undefined || !isolation.includes('user')) return {};
  if (ROOTLESS) return isStranger(shape) ? { foreign: 'show' } : {};
  if (rootfs.source.type === 'host') return { foreign: 'idmap' };
  if (rootfs.source.type !== 'dir') return {};
  return statSync(rootfs.source.path, { throwIfNoEntry: false })?.uid === rootOf(shape).uid ? {} : { foreign: 'idmap' };
}

/** What the mounts of a node are made with. */
export function mountSetupOf(shape: Surroundings & { readonly name: string }, keeper: number): MountSetup {
  const store = new LayerStore(keeper, STATE_ROOT, shape.name);
  return {
    mounts: (shape.mounts ?? []).map((mount) =>
      hasFixedDevices(shape.confinement) && !isDevice(mount.source) ? { ...mount, nodev: true } : mount,
    ),
    ownRoot: shape.rootfs !== undefined,
    layers: ({ lowers = [], target }) => store.layersOf(lowers, target),
    inUserNamespace: ROOTLESS || shape.isolation.includes('user'),
  };
}

/** Makes the folders of the node's own layers, for a PID 1 that is about to start or to mount something more. */
export function prepareLayers(
  { root, mounts }: Pick<NodeSetup, 'root' | 'mounts'>,
  shape: Surroundings & { readonly name: string },
  keeper: number,
): void {
  const overlays = mounts?.mounts.filter(({ type }) => type === 'overlay').map(mounts.layers) ?? [];
  const all = [
    ...(root === undefined ? [] : [root.layers, ...(root.below ?? []).map(({ layers }) => layers)]),
    ...overlays,
  ];
  if (all.length > 0) new LayerStore(keeper, STATE_ROOT, shape.name, rootOf(shape)).prepare(all);
}

/** What the kernel makes up, and what no layer can lie over. */
const VIRTUAL =
  /^(?:proc|sysfs|devtmpfs|devpts|mqueue|cgroup2?|debugfs|tracefs|securityfs|bpf|pstore|configfs|hugetlbfs|binfmt_misc|autofs|fusectl|efivarfs|nsfs|rpc_pipefs|ramfs)$/;
/** Made anew in every root, or netlab's own. */
const OWN = ['/proc', '/sys', '/dev', '/run/netns', STATE_ROOT];

/** An overlay of the machine's root shows what is mounted below that as empty folders: each gets an overlay of its own. */
function hostBelow(store: LayerStore): NonNullable<RootSetup['below']> {
  const points = readMounts('/proc/self/mountinfo')
    .filter(({ type, point }) => point !== '/' && !VIRTUAL.test(type))
    .map(({ point }) => point)
    .filter((point) => !OWN.some((folder) => point === folder || point.startsWith(`${folder}/`)))
    .filter((point) => statSync(point, { throwIfNoEntry: false })?.isDirectory() === true);
  return [...new Set(points)].toSorted().map((point) => ({ point, layers: store.layersOf([point], point) }));
}
