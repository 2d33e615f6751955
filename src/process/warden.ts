/** The other end of the warden that `netlab-init enter -u` leaves outside: docs/netlab-init.md. */
import { closeSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { KeeperError } from '../errors.ts';
import { c, errno } from '../sys/libc.ts';
import { errnoName } from '../sys/errno.ts';
import { tryLock } from '../sys/lock.ts';
import { processStat } from '../sys/process-stat.ts';
import { readText } from '../sys/read-text.ts';
import { childrenOf } from './pids.ts';
import { decodeLine, encodeRecords, type ProtocolRecord } from './records.ts';

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SHUT_WR = 1;

/** A connection to a warden. Whoever closes it before there is a keeper ends what the warden has started. */
export class Warden {
  readonly #fd: number;
  #failure: string | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Has a program run, instead of the one before. It holds the lock on the file `lock` while it runs; without one nobody else will ask
   * for it. Returns when the one before is gone; whether the new one fares well, {@link failure} tells.
   */
  start(lab: string, lock: string | undefined, command: readonly string[]): void {
    this.#failure = undefined;
    this.#send(['start', lab, lock ?? '', ...command]);
    const [word, text = ''] = this.#receive(0) ?? [];
    if (word !== 'started') this.#failure = text;
  }

  /** From now on the program lives as long as this process: a lab's keeper. */
  bind(keeper: number): void {
    this.#send(['keeper', keeper]);
  }

  /** Why the program has ended; undefined while it runs. */
  failure(): string | undefined {
    this.#failure ??= this.#receive(MSG_DONTWAIT)?.[1];
    return this.#failure;
  }

  /** Returns when all has ended that is to end: at once when there is a keeper by now. */
  close(): void {
    c.shutdown(this.#fd, SHUT_WR);
    const buffer = new Uint8Array(1024);
    while (c.recv(this.#fd, buffer, buffer.length, 0) > 0);
    closeSync(this.#fd);
  }

  /** The next message, as its fields. Undefined when there is none yet. */
  #receive(flags: number): string[] | undefined {
    const buffer = new Uint8Array(1024);
    const length = c.recv(this.#fd, buffer, buffer.length, flags);
    if (length > 0) return decodeLine(Buffer.from(buffer.subarray(0, length)).toString().trim());
    if (length === 0) return ['failed', 'its warden has ended'];
    const name = errnoName(errno());
    return name === 'EAGAIN' || name === 'EWOULDBLOCK' ? undefined : ['failed', `its warden does not answer (${name})`];
  }

  #send(record: ProtocolRecord): void {
    const bytes = encodeRecords([record]);
    if (c.send(this.#fd, bytes, bytes.length, MSG_NOSIGNAL) < 0)
      throw new KeeperError('tell the warden of', String(record[1]), errnoName(errno()));
  }
}

/** Where it is written who the warden of a lab is. */
export interface WardenFiles {
  readonly lab: string;
  /** It holds the lock on this one, and has written its pid there. */
  readonly lock: string;
  /** That pid once more, where nobody removes it: for the day on which the state folder is lost. Absent while there is no keeper. */
  readonly copy: string | undefined;
}

/** The pid of the warden that runs, or whose program does; 0 when it has not yet said. Undefined when there is none. */
export function findWarden({ lab, lock, copy }: WardenFiles): number | undefined {
  const pid = copy === undefined ? undefined : readPid(copy);
  return lockedBy(lock) ?? (pid !== undefined && isWarden(pid, lab) ? pid : undefined);
}

/** Writes the copy. */
export function rememberWarden({ lock, copy }: WardenFiles): void {
  if (copy !== undefined) writeFileSync(copy, readFileSync(lock), { mode: 0o600 });
}

/** Ends the warden, and its program with it, if any runs. The file goes too. */
export async function endWarden(files: WardenFiles): Promise<void> {
  const pid = findWarden(files);
  const programs = pid === undefined ? [] : childrenOf(pid);
  if (pid !== undefined && pid > 0) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  await wardenEnded(files, pid);
  // They have its ports until they have ended themselves; the lock, which would tell, may be lost.
  await until(() => !programs.some(runs), files.lock);
  rmSync(files.lock, { force: true });
}

const INTERVAL_MS = 2;
const LIMIT_MS = 10_000;

/** Waits until nothing is left of the warden, which was this process. It goes with the lab's keeper, a moment later. */
export async function wardenEnded({ lab, lock }: WardenFiles, pid: number | undefined): Promise<void> {
  await until(() => lockedBy(lock) === undefined && (pid === undefined || !isWarden(pid, lab)), lock);
}

async function until(condition: () => boolean, lock: string): Promise<void> {
  for (const end = Date.now() + LIMIT_MS; !condition();) {
    if (Date.now() > end) throw new KeeperError('wait for the end of', lock, 'ETIMEDOUT');
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

/** Whether a process has not ended: one that nobody has waited for yet has. */
function runs(pid: number): boolean {
  const stat = processStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}

/** Who holds the lock on a file, as it says; 0 when it has not yet said. Undefined when nobody does. */
function lockedBy(file: string): number | undefined {
  const pid = readPid(file);
  if (pid === undefined) return undefined;
  const lock = tryLock(file);
  lock?.release();
  return lock === undefined ? pid : undefined;
}

function readPid(file: string): number | undefined {
  const text = readText(file);
  return text === undefined ? undefined : Number(text);
}

/** Whether that is still the pid of a lab's warden, and of ours. */
function isWarden(pid: number, lab: string): boolean {
  try {
    const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '');
    return title === `netlab-init uplink ${lab}` && statSync(`/proc/${pid}`).uid === process.geteuid?.();
  } catch {
    return false;
  }
}
