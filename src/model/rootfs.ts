/** A node's root file system, where it is not simply the machine's: layers that are only read, and one of the node's own above them. */

/** What the file asks for. Paths are absolute. */
export type RootfsSource =
  | { readonly type: 'host' }
  | { readonly type: 'dir'; readonly path: string }
  | { readonly type: 'tar'; readonly path: string }
  | { readonly type: 'oci'; readonly path: string; readonly tag?: string };

/** What an image says of the programs that are started from it. What the file says of a process comes first. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `name`, `uid`, `uid:gid` or `name:group`. */
  readonly user?: string;
  /** Absolute: what a relative `cwd` begins with, and where a process without one starts. */
  readonly workdir?: string;
}

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
    source.type === 'host' || (source.type === 'dir' && lowers.length < 2) ? '' : ` (${lowers.join(' over ')})`;
  return `${where}${tag}${said}, ${readOnly === true ? 'read-only' : 'copy on write'}`;
}
