/** A build of netlab-init in which each system call can be made to fail. The shipped one has nothing of it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from '../../../src/sys/package-root.ts';
import { tempFolder } from '../files.ts';
import type { Fault, Point, Way } from './point.ts';
import { constants } from 'node:os';

/** In which ways each call of the program can fail. */
const WAYS: Readonly<Record<string, readonly Way[]>> = {
  accept4: ['EMFILE'],
  bind: ['ENOSPC', 'EACCES'],
  calloc: ['ENOMEM'],
  dup2: ['EBUSY'],
  dup3: ['EBUSY'],
  execve: ['ENOMEM', 'EACCES'],
  fork: ['EAGAIN', 'ENOMEM'],
  listen: ['EADDRINUSE'],
  malloc: ['ENOMEM'],
  mkdir: ['ENOSPC', 'EROFS'],
  mkdirat: ['ENOSPC', 'EROFS'],
  mmap: ['ENOMEM'],
  // EPERM is what a machine may forbid for good, and is passed over where that does no harm.
  mount: ['ENOMEM'],
  open: ['EMFILE', 'ENOMEM'],
  openat: ['EMFILE', 'ENOMEM'],
  opendir: ['EMFILE'],
  pipe2: ['EMFILE'],
  poll: ['EINTR'],
  realloc: ['ENOMEM'],
  recv: ['EINTR', 'ECONNRESET'],
  send: ['EINTR', 'EPIPE'],
  sethostname: ['EPERM'],
  setns: ['ENOMEM'],
  setrlimit: ['EPERM'],
  signalfd: ['EMFILE', 'ENODEV'],
  socket: ['EMFILE', 'ENOBUFS'],
  syscall: ['EAGAIN', 'ENOSPC', 'EPERM'],
  umount2: ['ENOMEM'],
  unlink: ['EROFS'],
  unshare: ['ENOSPC', 'ENOMEM'],
  write: ['ENOSPC', 'EIO'],
};

const HEAD = 24;
const SITE = 24;
const SITES = 512;
const KILL = -9;

/** The program, and what of it is counted. */
export class FaultyHelper {
  readonly path = join(tempFolder(), 'netlab-init');
  readonly #points = `${this.path}.points`;

  /** Undefined where there is no compiler that can do it. */
  static build(): FaultyHelper | undefined {
    const helper = new FaultyHelper();
    const folder = join(packageRoot(), 'native');
    const sources = readdirSync(folder)
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(folder, name));
    const wraps = Object.keys(WAYS).map((name) => `-Wl,--wrap=${name}`);
    const flags = ['-std=c17', '-D_GNU_SOURCE', '-U_FORTIFY_SOURCE', '-Os', '-g', '-Wall', '-fno-pie', '-no-pie'];
    const own = [join(packageRoot(), 'test', 'native', 'faults.c'), '-I', folder];
    for (const compiler of [['musl-gcc', '-static'], ['cc', '-static'], ['cc']]) {
      const [command = '', ...more] = compiler;
      const args = [...flags, '-fno-optimize-sibling-calls', ...more, ...wraps, '-o', helper.path, ...sources, ...own];
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      if (status === 0) return helper;
      if (process.env['NETLAB_DEBUG'] !== undefined) console.log(stderr);
    }
    return undefined;
  }

  /** From now on calls are counted, and the one of `fault` fails. */
  begin(fault?: Fault): void {
    const bytes = Buffer.alloc(HEAD + SITE * SITES);
    bytes.writeUInt32LE(1, 0);
    if (fault !== undefined) {
      const [, site = '0'] = /^\w+ ([0-9a-f]+)/.exec(fault.key) ?? [];
      bytes.writeUInt32LE(Number.parseInt(site, 16), 4);
      bytes.writeUInt32LE(fault.nth, 8);
      const { errno } = constants;
      bytes.writeInt32LE(fault.way === 'kill' ? KILL : (errno[fault.way as keyof typeof errno] ?? errno.EIO), 12);
    }
    // In place: processes that run have it mapped.
    writeFileSync(this.#points, bytes, { flag: existsSync(this.#points) ? 'r+' : 'w' });
  }

  /** Every call that was made since, and whether the fault has come to pass. */
  end(): { readonly seen: readonly { readonly point: Point; readonly ways: readonly Way[] }[]; readonly hit: boolean } {
    const bytes = readFileSync(this.#points);
    writeFileSync(this.#points, Buffer.alloc(4), { flag: 'r+' });
    const seen: { point: Point; ways: readonly Way[] }[] = [];
    for (let i = 0; i < SITES; i++) {
      const at = HEAD + i * SITE;
      const site = bytes.readUInt32LE(at);
      if (site === 0) break;
      const call = bytes.toString('latin1', at + 8, at + 24).replace(/\0.*$/s, '');
      const key = `${call} ${site.toString(16)} ${this.#place(site)}`;
      for (let nth = 1; nth <= bytes.readUInt32LE(at + 4); nth++) seen.push({ point: { key, nth }, ways: WAYS[call]! });
    }
    return { seen, hit: bytes.readUInt32LE(16) === 1 };
  }

  readonly #places = new Map<number, string>();

  /** The function and line of a call, where binutils are installed. */
  #place(site: number): string {
    const known = this.#places.get(site);
    if (known !== undefined) return known;
    const address = (0x400000 + site - 1).toString(16);
    const { status, stdout } = spawnSync('addr2line', ['-f', '-s', '-e', this.path, address], { encoding: 'utf8' });
    const place = status === 0 ? stdout.trim().replace('\n', ' ') : '';
    this.#places.set(site, place);
    return place;
  }
}
