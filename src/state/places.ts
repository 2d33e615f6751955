/**
 * Where the labs of this user have their files, chosen once when netlab starts. Root's stand in /run. An ordinary user's stand in
 * the folder that the system made for him, and his labs in user namespaces: see docs/decisions/0006-rootless.md.
 */
import { chmodSync, closeSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';

import { LabError } from '../errors.ts';

/** What a command that goes on inside a user namespace is told by the one that it was before. In the environment, once. */
export interface Handover {
  /** The state folder: the ids of this user are others inside, and it must not be looked for again. */
  readonly state: string;
  /** Where unpacked roots lie: so is HOME. */
  readonly roots: string;
  /** The lock of a lab that is held already, and its descriptor. */
  readonly lock?: { readonly lab: string; readonly fd: number };
  /** The topology as it was read, and the descriptor that it is to be read from: standard input and pipes can be read but once. */
  readonly topology?: Omit<ReadTopology, 'text'> & { readonly fd: number };
  /** What was seen of the machine's own network, and the socket to who has stayed there. */
  readonly outside?: HandedOutside;
  /** Why the lab has no other ids than this user's own. */
  readonly single?: Hindrance;
}

/** What keeps an ordinary user from something, and what root can do about it. */
export interface Hindrance {
  readonly fact: string;
  readonly remedy: string;
}

/** What a lab's way out needs to know of the machine. */
export interface HandedOutside {
  /** The descriptor of the socket to the warden. */
  readonly warden: number;
  /** What can make a way out, as it is installed here. */
  readonly program?: { readonly name: 'slirp4netns' | 'pasta'; readonly path: string };
  /** Why it cannot, though a program is installed. */
  readonly hindrance?: Hindrance;
  /** The name of the interface by which the machine itself goes out: the lab's home gets one of the same name. */
  readonly interface: string;
  /** The lowest port that this user may listen on. */
  readonly lowestPort: number;
}

/** A topology that has been read already. */
export interface ReadTopology {
  /** As the user named it. */
  readonly file: string;
  /** It is a program, and `text` the JSON of what it made. */
  readonly program: boolean;
  readonly text: string;
}

/** The variable that carries a {@link Handover}. */
export const HANDOVER = 'NETLAB_HANDOVER';

const handover = takeHandover();

/** The labs of this user live in user namespaces: he is not root, or has asked for it with NETLAB_ROOTLESS=1. */
export const ROOTLESS = handover !== undefined || process.geteuid?.() !== 0 || process.env['NETLAB_ROOTLESS'] === '1';

/**
 * Where the unpacked roots of nodes lie: on the disk, for /run is memory. `/var/lib/netlab/roots`, or
 * `$XDG_DATA_HOME/netlab/roots` (`~/.local/share` unless said).
 */
export const ROOTS_DIR = handover?.roots ?? (ROOTLESS ? `${userData()}/netlab/roots` : '/var/lib/netlab/roots');

/** This process is root of such a namespace, and may do to its labs what root may. */
export const INSIDE = handover !== undefined;

/** Where labs keep what the kernel can't tell: `/run/netlab`, or `$XDG_RUNTIME_DIR/netlab`. */
export const STATE_ROOT = handover?.state ?? (ROOTLESS ? userFolder() : '/run/netlab');

/**
 * Where the namespaces of nodes have names. iproute2 looks in /run/netns, where only root may write; and it can't enter the
 * namespaces of an ordinary user's labs anyway. Those have their names beside the labs.
 */
export const NETNS_DIR = ROOTLESS ? `${STATE_ROOT}/.netns` : '/run/netns';

let lock = handover?.lock;

/** The descriptor of a lock that was taken before this process entered the user namespace: to the first who asks for it. */
export function handedLock(lab: string): number | undefined {
  if (lock?.lab !== lab) return undefined;
  const { fd } = lock;
  lock = undefined;
  return fd;
}

let topology = handover?.topology;

/** The topology that was read before this process entered the user namespace, if it is this one: to the first who asks for it. */
export function handedTopology(file: string): ReadTopology | undefined {
  if (topology?.file !== file) return undefined;
  const { fd, program } = topology;
  topology = undefined;
  const text = readFileSync(fd, 'utf8');
  closeSync(fd);
  return { file, program, text };
}

/** What was seen of the machine's own network, for a lab that needs a way out. */
export const OUTSIDE = handover?.outside;

/** Why the lab has no other ids than this user's own, as far as that was asked. */
export const SINGLE = handover?.single;

/** Only netlab itself sets it, and whoever can set it for root can do worse; programs in nodes need not see it. */
function takeHandover(): Handover | undefined {
  const text = process.env[HANDOVER];
  delete process.env[HANDOVER];
  return text === undefined || process.geteuid?.() !== 0 ? undefined : (JSON.parse(text) as Handover);
}

/** `$XDG_RUNTIME_DIR` is another's after `su`; cron and ssh may set none, though the folder is there. */
function userFolder(): string {
  const uid = process.geteuid?.() ?? 0;
  const runtime = [process.env['XDG_RUNTIME_DIR'], `/run/user/${uid}`].find(
    (folder) => folder?.startsWith('/') === true && isOwn(folder),
  );
  return runtime === undefined ? `/tmp/netlab-${uid}` : `${runtime.replace(/\/+$/, '')}/netlab`;
}

function userData(): string {
  const said = process.env['XDG_DATA_HOME'];
  if (said?.startsWith('/') === true) return said.replace(/\/+$/, '');
  try {
    return `${homedir()}/.local/share`;
  } catch {
    // A user of whom the machine knows nothing but the number.
    return `${STATE_ROOT}/.data`;
  }
}

function isOwn(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.geteuid?.();
}

/** The longest name of a lab and of its socket must fit behind it: an address of a socket has 107 bytes. */
const LONGEST = 60;

/**
 * Makes the state folder of an ordinary user, for him alone.
 * @throws LabError when it is somebody else's, or open to others: in /tmp anybody can make a folder of that name.
 */
export function makeStateRoot(): void {
  if (!ROOTLESS || INSIDE) return;
  if (Buffer.byteLength(STATE_ROOT) > LONGEST) {
    throw new LabError(
      `${STATE_ROOT} is too long a name for a folder of sockets (${LONGEST} bytes at most): choose a shorter XDG_RUNTIME_DIR`,
    );
  }
  mkdirSync(STATE_ROOT, { recursive: true, mode: 0o700 });
  const stat = lstatSync(STATE_ROOT);
  if (!stat.isDirectory() || stat.uid !== process.geteuid?.()) {
    throw new LabError(
      `${STATE_ROOT} is not a folder of yours (it belongs to uid ${stat.uid}): netlab does not trust it`,
    );
  }
  // The umask may have been odd, or an older folder be open.
  if ((stat.mode & 0o777) !== 0o700) chmodSync(STATE_ROOT, 0o700);
}
