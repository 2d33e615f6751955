/** What a node has mounted beside what every node has. */

/** How mounts that are made later below a mount reach the copies of it in other namespaces: mount_namespaces(7). */
export type Propagation = 'private' | 'slave' | 'shared' | 'unbindable';

/** One mount. Like `mount --bind SOURCE TARGET`, or `mount -t TYPE -o OPTIONS TYPE TARGET`. */
export interface NodeMount {
  readonly type: 'bind' | 'tmpfs' | 'overlay' | 'proc' | 'sysfs' | 'mqueue' | 'devpts';
  /** Absolute, as all paths here. Of a bind: what of the machine is shown. */
  readonly source?: string;
  /** For those in the node: a link in it leads where it leads for them. */
  readonly target: string;
  /** With all that is mounted below it. */
  readonly readOnly?: boolean;
  readonly nosuid?: boolean;
  readonly nodev?: boolean;
  readonly noexec?: boolean;
  /** Of a tmpfs: bytes. */
  readonly size?: number;
  /** Of a tmpfs: as chmod has it, `1777`. */
  readonly mode?: string;
  readonly propagation?: Propagation;
  /** Of an overlay: topmost first. */
  readonly lowers?: readonly string[];
  /** Of an overlay; without them the node's own layer is in memory. */
  readonly upper?: string;
  readonly work?: string;
}

/** In words: `bind /srv/conf, read_only, nosuid`. */
export function mountWords(mount: NodeMount): string {
  const { type, source, size, mode, propagation, lowers, upper, work } = mount;
  const flags = (['readOnly', 'nosuid', 'nodev', 'noexec'] as const).filter((flag) => mount[flag] === true);
  return [
    source === undefined ? type : `${type} ${source}`,
    ...(lowers === undefined ? [] : [`of ${lowers.join(' over ')}`]),
    ...(upper === undefined ? [] : [`written to ${upper}`]),
    ...(work === undefined ? [] : [`by way of ${work}`]),
    ...flags.map((flag) => (flag === 'readOnly' ? 'read_only' : flag)),
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(mode === undefined ? [] : [`mode ${mode}`]),
    ...(propagation === undefined ? [] : [propagation]),
  ].join(', ');
}

/** Whether one path is the other or stands below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** The targets of which one list says something else than the other. */
export function changedTargets(wanted: readonly NodeMount[] = [], found: readonly NodeMount[] = []): string[] {
  const words = (list: readonly NodeMount[]): Map<string, string> =>
    new Map(list.map((mount) => [mount.target, mountWords(mount)]));
  const [now, then] = [words(wanted), words(found)];
  return [...new Set([...now.keys(), ...then.keys()])].filter((target) => now.get(target) !== then.get(target));
}
