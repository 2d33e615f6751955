/**
 * How a node gets a root of its own: an overlay of layers that are only read, with the node's own layer above them in the keeper's
 * tmpfs; furnished as a container's is; and then `pivot_root`, after which no path leads to the machine's files.
 */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Rootfs } from '../model/rootfs.ts';
import type { Owner } from './file-tree.ts';
import { MS } from './flags.ts';
import { inKeeperFolder } from './keeper-folder.ts';
import type { ProtocolRecord } from './records.ts';

/** Where the layer of a node lies, and where its root is put together: in the keeper's tmpfs, so that it goes with the lab. */
export interface Layers {
  /** Topmost first; each absolute. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  /** An empty folder on which the root is put together. */
  readonly staging: string;
}

/** The folders of a node's own layers. */
export class LayerStore {
  /** As the keeper and the nodes see it. */
  readonly base: string;
  /** The same as seen from here. */
  readonly #here: string;
  readonly #tmpfs: readonly [keeper: number, folder: string];
  readonly #owner: Pick<Owner, 'uid' | 'gid'>;

  /** `owner`: who is root in the node; `folder`: where the keeper's tmpfs stands. */
  constructor(keeper: number, folder: string, node: string, owner: Pick<Owner, 'uid' | 'gid'> = { uid: 0, gid: 0 }) {
    this.#owner = owner;
    this.#tmpfs = [keeper, folder];
    this.base = join(folder, 'roots', node);
    this.#here = `/proc/${keeper}/root${this.base}`;
  }

  /** The folders for a root of these lower layers. `below`: the mount of the root that they are for, `/` unless said. */
  layersOf(lowers: readonly string[], below = '/'): Layers {
    const name = createHash('sha256')
      .update(JSON.stringify([below, lowers]))
      .digest('hex')
      .slice(0, 16);
    const of = (word: string): string => join(this.base, name, word);
    return { lowers, upper: of('upper'), work: of('work'), staging: join(this.base, 'root') };
  }

  /**
   * Makes the folders of all layers of a root that is about to be put together. What a node has written stays when its PID 1 starts
   * anew; above other layers it would mean nothing, and goes. Throws LabError.
   */
  prepare(all: readonly Layers[]): void {
    const folders = all.flatMap(({ upper, work, staging }) => [upper, work, staging]);
    const kept = new Set(folders.map((folder) => folder.slice(this.base.length + 1).split('/')[0]));
    for (const name of existsSync(this.#here) ? readdirSync(this.#here) : [])
      if (!kept.has(name)) rmSync(join(this.#here, name), { recursive: true, force: true });
    for (const folder of folders) {
      const here = inKeeperFolder(...this.#tmpfs, folder);
      mkdirSync(here, { recursive: true, mode: 0o755 });
      if (this.#owner.uid !== 0 || this.#owner.gid !== 0) chownSync(here, this.#owner.uid, this.#owner.gid);
    }
  }

  /** Forgets all of it: its node is gone. */
  removeAll(): void {
    rmSync(this.#here, { recursive: true, force: true });
  }
}

/** What a root is made with. */
export interface RootSetup {
  readonly rootfs: Pick<Rootfs, 'readOnly' | 'config'>;
  readonly layers: Layers;
  /** Further mounts of the machine that are to be seen below its root, each with layers of its own. Empty but for `host`. */
  readonly below?: readonly { readonly point: string; readonly layers: Layers }[];
  /** No device can be made and no group but one's own be named: the node is in a user namespace. */
  readonly inUserNamespace: boolean;
  /** Only the devices that netlab makes can be used, whatever somebody makes by mknod. */
  readonly fixedDevices: boolean;
  /**
   * The lower layers are where the root of the node's user namespace does not come by himself, and are shown to him elsewhere: with
   * `idmap` their owners are the machine's, and become those of his namespace.
   */
  readonly foreign?: 'idmap' | 'show';
  readonly ipc: boolean;
}

/** Layers as a user namespace sees them: each mounted once more, with its owners mapped, by who clones PID 1. */
function shownIn(
  { layers, foreign }: RootSetup,
  own: Layers = layers,
): { maps: ProtocolRecord[]; lowers: readonly string[] } {
  if (foreign === undefined) return { maps: [], lowers: own.lowers };
  const lowers = own.lowers.map((_, i) => `${dirname(own.upper)}/lower.${i}`);
  return { maps: own.lowers.map((lower, i) => [foreign, lower, lowers[i]!]), lowers };
}

/** What PID 1 does to have a root to furnish: from then on all targets are looked up in it. */
export function beginRoot(setup: RootSetup): ProtocolRecord[] {
  const { layers, below = [], inUserNamespace } = setup;
  const options = inUserNamespace ? 'userxattr' : '';
  const { maps, lowers } = shownIn(setup);
  return [
    ...maps,
    ['overlay', layers.staging, layers.upper, layers.work, options, ...lowers],
    ['root', layers.staging],
    ...below.flatMap(({ point, layers: own }): ProtocolRecord[] => {
      const shown = shownIn(setup, own);
      // What cannot be shown so (a file system that knows no other owners) is empty.
      const maps = shown.maps.map((map): ProtocolRecord => (map[0] === 'idmap' ? ['idmap?', ...map.slice(1)] : map));
      return [...maps, ['overlay?', point, own.upper, own.work, options, ...shown.lowers]];
    }),
  ];
}

/** What every root has that a container's has: /proc, /sys and a small /dev. As `runc spec` has it. */
export function furnishRoot({ inUserNamespace, fixedDevices, ipc, rootfs }: RootSetup): ProtocolRecord[] {
  const quiet = MS.NOSUID | MS.NODEV | MS.NOEXEC;
  const terminals = `newinstance,ptmxmode=0666,mode=0620${inUserNamespace ? '' : ',gid=5'}`;
  return [
    ...mountOn('/proc', ['mount', 'proc', '/proc', 'proc', quiet, '']),
    // It shows the network namespace in which it is mounted: /sys/class/net is then the node's.
    ...mountOn('/sys', ['mount', 'sysfs', '/sys', 'sysfs', quiet | MS.RDONLY, '']),
    ...mountOn('/dev', ['mount', 'tmpfs', '/dev', 'tmpfs', MS.NOSUID | MS.STRICTATIME, 'mode=755,size=65536k']),
    ...DEVICES.flatMap((device) => makeDevice(device, inUserNamespace, fixedDevices)),
    ...(fixedDevices ? [['attributes', '/dev', MS.NODEV] as ProtocolRecord] : []),
    ...mountOn('/dev/pts', ['mount', 'devpts', '/dev/pts', 'devpts', MS.NOSUID | MS.NOEXEC, terminals]),
    ...mountOn('/dev/shm', ['mount', 'shm', '/dev/shm', 'tmpfs', quiet, 'mode=1777,size=65536k']),
    ...(ipc ? mountOn('/dev/mqueue', ['mount?', 'mqueue', '/dev/mqueue', 'mqueue', quiet, '']) : []),
    ['symlink', '/dev/ptmx', 'pts/ptmx'],
    ['symlink', '/dev/fd', '/proc/self/fd'],
    ['symlink', '/dev/stdin', '/proc/self/fd/0'],
    ['symlink', '/dev/stdout', '/proc/self/fd/1'],
    ['symlink', '/dev/stderr', '/proc/self/fd/2'],
    // Where an image's programs start need not be in it.
    ...makeFolders(rootfs.config?.workdir ?? '/'),
  ];
}

/** The last: what is now the root is `/`, and the machine's is gone. */
export function enterRoot({
  rootfs,
  fixedDevices,
  below = [],
}: Pick<RootSetup, 'rootfs' | 'fixedDevices' | 'below'>): ProtocolRecord[] {
  const flags = (rootfs.readOnly === true ? MS.RDONLY : 0) | (fixedDevices ? MS.NODEV : 0);
  return [
    ...(fixedDevices ? below : []).map(({ point }): ProtocolRecord => ['attributes', point, MS.NODEV]),
    ...(flags === 0 ? [] : [['attributes', '/', flags] as ProtocolRecord]),
    ['pivot'],
  ];
}

/** Each device of the kernel's own: its name and numbers, as mem(4) and null(4) have them. */
const DEVICES: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
];

/**
 * In a user namespace nobody may make one, but the machine's own can be bound. One that stays usable where no other is must be a mount of
 * its own; that such a mount is read-only is no hindrance to write to a device.
 */
function makeDevice([name, major, minor]: (typeof DEVICES)[number], bind: boolean, fixed: boolean): ProtocolRecord[] {
  const path = `/dev/${name}`;
  const overItself: ProtocolRecord = ['mount', path, path, '', MS.BIND, ''];
  if (bind) return [['touch', path, 0o666], overItself];
  return [['device', path, 0o666, major, minor], ...(fixed ? [['readonly', path] as ProtocolRecord] : [])];
}

/** Makes the folders on the way to a path, and the path itself a folder, where they are missing. */
export function makeFolders(path: string): ProtocolRecord[] {
  const above = path === '/' ? [] : makeFolders(dirname(path));
  return path === '/' ? [] : [...above, ['mkdir', path, 0o755]];
}

/** A mount, and the folder for it. */
function mountOn(point: string, record: ProtocolRecord): ProtocolRecord[] {
  return [...makeFolders(point), record];
}

/** A file bound over a path, which is made where it is missing. */
export function bindFile(source: string, path: string): ProtocolRecord[] {
  return [...makeFolders(dirname(path)), ['touch', path, 0o644], ['mount', source, path, '', MS.BIND, '']];
}
