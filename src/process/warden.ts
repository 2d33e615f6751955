/** The other end of the warden that `netlab-init enter -u` leaves outside: docs/netlab-init.md. */
import { closeSync, readFileSync, rmSync } from 'node:fs';

import { KeeperError } from '../errors.ts';
import { c, errno } from '../sys/libc.ts';
import { errnoName } from '../sys/errno.ts';
import { tryLock } from '../sys/lock.ts';
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

/** Whether a warden or its program runs that holds the lock on `file`. */
export function wardenRuns(file: string): boolean {
  return wardenPid(file) !== undefined;
}

/** Ends the warden that holds the lock on `file`, and its program with it, if any does. The file goes too. */
export async function endWarden(file: string): Promise<void> {
  const pid = wardenPid(file);
  if (pid !== undefined && pid > 0) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  await wardenEnded(file);
  rmSync(file, { force: true });
}

const INTERVAL_MS = 2;
const LIMIT_MS = 10_000;

/** Waits until nothing of the warden that holds the lock on `file` is left. It goes with the lab's keeper, a moment later. */
export async function wardenEnded(file: string): Promise<void> {
  for (const end = Date.now() + LIMIT_MS; wardenRuns(file);) {
    if (Date.now() > end) throw new KeeperError('wait for the end of', file, 'ETIMEDOUT');
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

/** Its pid; 0 when it has not yet said. Undefined when nobody holds the lock. */
function wardenPid(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const lock = tryLock(file);
  lock?.release();
  return lock === undefined ? Number(text) : undefined;
}
