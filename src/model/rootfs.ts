/** A node's root file system, where it is not simply the machine's: layers that are only read, and one of the node's own above them. */
import type { ImageConfig } from './image.ts';

/** What the file asks for. Paths are absolute. */
export type RootfsSource = { readonly type: 'host' } | { readonly type: 'dir'; readonly path: string } | PackedSource;

/** What has to be unpacked first. */
export type PackedSource = {
  readonly path: string;
  /** How many bytes it may become. */
  readonly maxSize?: number;
} & ({ readonly type: 'tar' } | { readonly type: 'oci'; readonly tag?: string; readonly platform?: string });

/** The root of a node. Like `mount -t overlay -o lowerdir=LOWERS,upperdir=…` and `pivot_root`. */
export interface Rootfs {
  readonly source: RootfsSource;
  /** Nothing in it can be changed, not even by root; mounts of the node's can still be made in it. */
  readonly readOnly?: boolean;
  /**
   * The layers, the topmost first: absolute paths of folders of this machine, which are never written to. Empty as the file is read;
   * `lab/rootfs.ts` finds (unpacks) them before anything is compared. Other layers are another root: the node starts anew.
   */
  readonly lowers: readonly string[];
  readonly config?: ImageConfig;
}

/** In words: `dir /srv/rootfs, read-only`. */
export function rootfsWords(rootfs: Rootfs | undefined): string {
  if (rootfs === undefined) return 'the host';
  const { source, readOnly, lowers } = rootfs;
  const where = source.type === 'host' ? 'host' : `${source.type} ${source.path}`;
  const tag = source.type === 'oci' && source.tag !== undefined ? `:${source.tag}` : '';
  const said =
    source.type === 'host' || (source.type === 'dir' && lowers.length < 2)
      ? ''
      : ` (${lowers.map(layerWords).join(' over ')})`;
  return `${where}${tag}${said}, ${readOnly === true ? 'read-only' : 'copy on write'}`;
}

/** What was unpacked is known by what is in it, and nobody wants to read all of that. */
function layerWords(path: string): string {
  const [, id, ids = ''] = /\/((?:oci|tar)-[0-9a-f]{12})[0-9a-f]*(-[0-9a-f]+)?\/tree$/.exec(path) ?? [];
  return id === undefined ? path : `${id}${ids}`;
}
