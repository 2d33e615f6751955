/** In which ways each call can fail: errnos that its manual page has, for reasons that a machine can really have. */
import type { Way } from './point.ts';

/** Functions of the C library, as src/sys/libc.ts binds them. What can't fail, or whose failure nobody needs to see, is not here. */
export const LIBC: Readonly<Record<string, readonly Way[]>> = {
  setns: ['ENOMEM', 'EPERM'],
  unshare: ['ENOMEM', 'ENOSPC'],
  socket: ['EMFILE', 'ENOBUFS'],
  bind: ['ENOMEM'],
  connect: ['EAGAIN', 'EACCES'],
  setsockopt: ['ENOMEM'],
  getsockopt: ['ENOMEM'],
  flock: ['ENOLCK'],
  poll: ['EINTR', 'ENOMEM'],
  syscall: ['EMFILE', 'ENOMEM'],
  syscallOpenat2: ['EMFILE', 'ENOMEM'],
  fsopen: ['ENOMEM', 'EPERM'],
  fsconfig: ['ENOMEM'],
  fsmount: ['EMFILE', 'EPERM'],
  pidfdOpen: ['EMFILE'],
};

/** The socket to the keeper, or to a node's PID 1. */
export const CONTROL = { send: ['EINTR', 'EPIPE', 'EAGAIN'], recv: ['EINTR', 'ECONNRESET', 'eof', 'EAGAIN'] };
/** A netlink socket. */
export const NETLINK = { send: ['ENOBUFS', 'ENOMEM'], recv: ['lost', 'ENOMEM'] };
/** A netlink message, answered by the kernel. */
export const MESSAGE = { dump: ['ENOMEM', 'interrupted'], change: ['ENOMEM', 'EPERM', 'EBUSY'] };

/** Functions of node:fs. What netlab closes (namespaces, locks, files of a tmpfs) can be closed without fail. */
export const FILES: Readonly<Record<string, readonly Way[]>> = {
  openSync: ['EMFILE', 'EACCES', 'ENOMEM'],
  readSync: ['EIO'],
  writeSync: ['ENOSPC', 'EIO'],
  readFileSync: ['EIO', 'EMFILE'],
  writeFileSync: ['ENOSPC', 'EMFILE'],
  readdirSync: ['EMFILE', 'ENOMEM'],
  readlinkSync: ['EIO', 'ENOMEM'],
  realpathSync: ['EIO'],
  mkdirSync: ['ENOSPC', 'EROFS'],
  rmdirSync: ['EIO'],
  rmSync: ['EIO', 'EROFS'],
  unlinkSync: ['EIO', 'EROFS'],
  renameSync: ['EIO', 'ENOSPC'],
  symlinkSync: ['ENOSPC', 'EACCES'],
  statSync: ['ENOMEM', 'EIO'],
  lstatSync: ['ENOMEM', 'EIO'],
  fstatSync: ['EIO'],
  chmodSync: ['EPERM'],
};

/** Functions of node:child_process: the process is not born. */
export const CHILDREN: Readonly<Record<string, readonly Way[]>> = {
  spawnSync: ['EAGAIN', 'ENOMEM'],
  spawn: ['EAGAIN'],
};
