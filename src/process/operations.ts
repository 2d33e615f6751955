/**
 * What the keeper and a node's PID 1 do before anybody sees them: the policy, as a list of the operations that netlab-init
 * knows. A node shares the host's files, but for what tells who and where one is: /proc, /sys, terminals, message queues, shared
 * memory, its name and the names of its neighbours.
 */
import type { Surroundings } from '../model/namespace.ts';
import type { Isolation } from '../model/resource.ts';
import { CLONE } from '../sys/netns.ts';
import type { Propagation } from '../model/mount.ts';
import { MS } from './flags.ts';
import { maskOperations } from './masks.ts';
import { mountOperations, type MountSetup, propagate } from './node-mounts.ts';
import type { ProtocolRecord } from './records.ts';
import { beginRoot, bindFile, enterRoot, furnishRoot, type RootSetup } from './rootfs.ts';

/** Flags of file systems that hold no programs. */
export const QUIET = MS.NOSUID | MS.NODEV | MS.NOEXEC;

/** Where the keeper keeps the files that stand over a node's /etc/hosts and /etc/hostname. */
export interface PrivateFiles {
  /** One for all nodes; replaced in place, because a bind mount follows the inode and not the name. */
  readonly hosts: string;
  /** For nodes that get out by a program of an ordinary user's. */
  readonly resolver: string;
  readonly hostname: (node: string) => string;
}

/** The files in a private tmpfs over `folder`. From outside they are seen under `/proc/KEEPER/root`. */
export function privateFiles(folder: string): PrivateFiles {
  return {
    hosts: `${folder}/hosts`,
    resolver: `${folder}/resolv.conf`,
    hostname: (node) => `${folder}/hostname/${node}`,
  };
}

/** The namespaces of a lab's keeper: all but the network's, of which it holds many. */
export const KEEPER_FLAGS = CLONE.NEWPID | CLONE.NEWNS | CLONE.NEWUTS | CLONE.NEWIPC;

/**
 * What the keeper does first: mounts of its own that reach nobody (but the host's later mounts reach it), its own /proc, and
 * over `folder`, which exists, a private tmpfs with the nodes' hosts file.
 */
export function keeperOperations({ folder, hosts }: { folder: string; hosts: string }): ProtocolRecord[] {
  const files = privateFiles(folder);
  return [
    ['rlimit-nofile'],
    ['mount', '', '/', '', MS.REC | MS.SLAVE, ''],
    ['mount', 'proc', '/proc', 'proc', QUIET, ''],
    ['mount', 'tmpfs', folder, 'tmpfs', QUIET, 'mode=755'],
    ['write', files.hosts, hosts],
    ['mkdir', `${folder}/hostname`, 0o755],
  ];
}

/** A cgroup namespace begins where its maker is: it is made when PID 1 has gone to its cgroup. */
export const NODE_FLAGS: Readonly<Record<Isolation, number>> = {
  net: 0,
  uts: CLONE.NEWUTS,
  mnt: CLONE.NEWNS,
  pid: CLONE.NEWPID,
  ipc: CLONE.NEWIPC,
  cgroup: 0,
  user: CLONE.NEWUSER,
  time: CLONE.NEWTIME,
};

/** The namespaces for clone3 of a node's PID 1. The network namespace exists already and is joined, with the user namespace that owns it. */
export function nodeFlags(isolation: readonly Isolation[]): number {
  return isolation.reduce((all, kind) => all | NODE_FLAGS[kind], 0);
}

/** A node with `[net]` alone has no PID 1: its processes run in the keeper, and commands only join its network namespace. */
export function hasInit(isolation: readonly Isolation[]): boolean {
  return isolation.some((kind) => kind !== 'net');
}

/** What /proc/self/timens_offsets takes: `monotonic 3600 0`, a line each. Without anything to say the clocks are the machine's. */
export function clockText({ isolation, clocks }: Pick<Surroundings, 'isolation' | 'clocks'>): string {
  if (!isolation.includes('time') || clocks === undefined) return '';
  return (['monotonic', 'boottime'] as const)
    .map((name) => {
      const seconds = Math.floor(clocks[name] / 1000);
      return `${name} ${seconds} ${Math.round((clocks[name] - seconds * 1000) * 1_000_000)}\n`;
    })
    .join('');
}

/** What a node's PID 1 is to look like. */
export interface NodeSetup {
  readonly hostname: string;
  readonly isolation: readonly Isolation[];
  /** {@link PrivateFiles}. */
  readonly hostsFile: string;
  readonly hostnameFile: string;
  /** A folder through which the root of its user namespace may not pass, and where he must come to below that. */
  readonly cover?: readonly [closed: string, folder: string];
  /** Stands over /etc/resolv.conf. */
  readonly resolvFile?: string | undefined;
  /** What is written there first. */
  readonly resolvText?: string;
  /** What the file wants mounted. */
  readonly mounts?: MountSetup;
  /** Of its root; slave unless said. */
  readonly propagation?: Propagation | undefined;
  /** Whether parts of /proc and /sys are hidden. */
  readonly masked?: boolean;
  /** Unless said, its root is the machine's. */
  readonly root?: RootSetup;
  /** The node's own files: what comes before its hosts file, and what comes after. Only with a mount namespace. */
  readonly files?: { readonly overlays: readonly ProtocolRecord[]; readonly binds: readonly ProtocolRecord[] };
}

/** What a node's PID 1 does first. Without a mount namespace of its own nothing is mounted, for it would stand in the keeper. */
export function nodeOperations(setup: NodeSetup): ProtocolRecord[] {
  const { hostname, isolation, root } = setup;
  const operations: ProtocolRecord[] = setup.cover === undefined ? [] : [['cover', ...setup.cover]];
  if (isolation.includes('cgroup')) operations.push(['unshare', CLONE.NEWCGROUP]);
  if (isolation.includes('uts')) operations.push(['hostname', hostname]);
  if (!isolation.includes('mnt')) return operations;
  operations.push(['mount', '', '/', '', MS.REC | MS.SLAVE, '']);
  operations.push(...(root === undefined ? onTheHosts(setup) : inRoot(setup, root)));
  // Last: of what is unbindable nothing could be bound.
  operations.push(...propagate('/', setup.propagation));
  // That was all of them; what a mount says of itself counts more.
  if (setup.propagation !== undefined)
    operations.push(
      ...(setup.mounts?.mounts ?? []).flatMap(({ target, propagation }) => propagate(target, propagation)),
    );
  return operations;
}

/** What is mounted over the machine's root, of which a node sees the rest as it is. */
function onTheHosts(setup: NodeSetup): ProtocolRecord[] {
  const { hostname, isolation, hostsFile, hostnameFile, resolvFile, files, mounts, masked } = setup;
  const operations: ProtocolRecord[] = [];
  if (isolation.includes('pid')) operations.push(['mount', 'proc', '/proc', 'proc', QUIET, '']);
  operations.push(
    // sysfs shows the network namespace in which it was mounted: /sys/class/net is then the node's.
    ['mount', 'sysfs', '/sys', 'sysfs', QUIET | MS.RDONLY, ''],
    ['mount?', 'devpts', '/dev/pts', 'devpts', MS.NOSUID | MS.NOEXEC, 'newinstance,ptmxmode=0666,mode=0620'],
    ['mount?', '/dev/pts/ptmx', '/dev/ptmx', '', MS.BIND, ''],
  );
  if (isolation.includes('ipc')) {
    operations.push(
      ['mount?', 'mqueue', '/dev/mqueue', 'mqueue', QUIET, ''],
      ['mount?', 'tmpfs', '/dev/shm', 'tmpfs', MS.NOSUID | MS.NODEV, 'mode=1777'],
    );
  }
  operations.push(...(files?.overlays ?? []), ...(mounts === undefined ? [] : mountOperations(mounts)));
  operations.push(['mount?', hostsFile, '/etc/hosts', '', MS.BIND, '']);
  if (resolvFile !== undefined) operations.push(['mount?', resolvFile, '/etc/resolv.conf', '', MS.BIND, '']);
  if (isolation.includes('uts')) {
    operations.push(
      ['write', hostnameFile, `${hostname}\n`],
      ['mount?', hostnameFile, '/etc/hostname', '', MS.BIND, ''],
    );
  }
  operations.push(...(files?.binds ?? []), ...(masked === true ? maskOperations() : []));
  return operations;
}

/** The same in a root of the node's own, in which nothing is the machine's. */
function inRoot(setup: NodeSetup, root: RootSetup): ProtocolRecord[] {
  const { hostname, isolation, hostsFile, hostnameFile, resolvFile, resolvText, files } = setup;
  return [
    // Sources lie outside, and are written to before the root is another.
    ...(isolation.includes('uts') ? [['write', hostnameFile, `${hostname}\n`] as ProtocolRecord] : []),
    ...(resolvFile === undefined || resolvText === undefined
      ? []
      : [['write', resolvFile, resolvText] as ProtocolRecord]),
    ...beginRoot(root),
    ...furnishRoot(root),
    ...(setup.mounts === undefined ? [] : mountOperations(setup.mounts)),
    ...bindFile(hostsFile, '/etc/hosts'),
    ...(resolvFile === undefined ? [] : bindFile(resolvFile, '/etc/resolv.conf')),
    ...(isolation.includes('uts') ? bindFile(hostnameFile, '/etc/hostname') : []),
    ...(files?.binds ?? []),
    ...(setup.masked === true ? maskOperations() : []),
    ...enterRoot(root),
  ];
}
