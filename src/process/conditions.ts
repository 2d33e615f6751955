/** The conditions under which a process counts as ready, each asked once: what it still lacks, in words. */
import { closeSync, openSync, readFileSync } from 'node:fs';

import type { Ready } from '../model/process.ts';
import { get } from '../probe/http.ts';
import { NO_ANSWER } from '../probe/outcome.ts';
import { existsInRoot } from '../sys/in-root.ts';
import { inNetns } from '../sys/netns.ts';
import { execArguments, execCapture, type ExecTarget } from './exec.ts';
import { LogStream } from './log-stream.ts';

// The state LISTEN in /proc/net/tcp, include/net/tcp_states.h.
const TCP_LISTEN = '0A';
/** A server that takes a connection and says nothing is asked again. */
const HTTP_TIMEOUT_MS = 2_000;
const BLOCK = 65536;

/** Where a process and its node are found. */
export interface Place {
  /** Leads to its node's network namespace: `/run/netns/LAB.NODE`. */
  readonly netns: string;
  /** Where a readiness command runs. */
  readonly target: ExecTarget;
  /** The control groups that commands join. */
  readonly groups?: readonly string[];
  /** The node's root folder, as seen from here: `/proc/PID/root`. */
  readonly root: string;
  /** Its log. */
  readonly log: string;
}

/** A condition, and what has been seen of it so far. */
export class Condition {
  readonly #ready: Ready;
  readonly #place: Place;
  #log: LogSearch | undefined;
  #before: string | undefined;

  constructor(ready: Ready, place: Place) {
    this.#ready = ready;
    this.#place = place;
  }

  /** What is missing; undefined when nothing is. `logFrom`: where in its log the process's own output begins. */
  async missing(logFrom: number, leftMs: number, signal?: AbortSignal): Promise<string | undefined> {
    this.#before = await this.#ask(logFrom, leftMs, signal);
    return this.#before;
  }

  #ask(logFrom: number, leftMs: number, signal?: AbortSignal): Promise<string | undefined> | string | undefined {
    const ready = this.#ready;
    const { netns, root, log } = this.#place;
    switch (ready.type) {
      case 'tcp':
        return listens(netns, ready.port) ? undefined : `nothing listens on TCP port ${ready.port}`;
      case 'file':
        return existsInRoot(root, ready.path) ? undefined : `there is no file ${ready.path}`;
      case 'log':
        if (this.#log?.from !== logFrom) this.#log = new LogSearch(log, new RegExp(ready.pattern), logFrom);
        return this.#log.found() ? undefined : `no line of its output matches ${ready.pattern}`;
      case 'http':
        return missingPage(netns, ready, leftMs, this.#before, signal);
      case 'command':
        return this.#command(ready.command, leftMs, signal);
    }
  }

  async #command(command: readonly string[], leftMs: number, signal?: AbortSignal): Promise<string | undefined> {
    const argv = execArguments(this.#place.target, command, { endWithParent: true, groups: this.#place.groups ?? [] });
    const { exitCode, stderr, timedOut } = await execCapture(argv, {
      timeout: Math.max(1, leftMs),
      ...(signal === undefined ? {} : { signal }),
    });
    if (exitCode === 0 && !timedOut) return undefined;
    // The time cut this attempt off; what the one before said tells more.
    if (timedOut && this.#before !== undefined) return this.#before;
    const words = stderr.trim().split('\n').at(-1) ?? '';
    const how = timedOut ? 'had not ended' : `ended with ${exitCode}`;
    return `its ready command ${how}${words === '' ? '' : `: ${words}`}`;
  }
}

async function missingPage(
  netns: string,
  { url, address }: Ready & { type: 'http' },
  leftMs: number,
  before: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const timeout = Math.max(1, Math.min(leftMs, HTTP_TIMEOUT_MS));
  const { ok, status, why } = await inPlace(netns, (place) =>
    get(place, url, { address, timeout, signal, bodyLimit: 0 }),
  );
  if (ok) return status >= 200 && status < 400 ? undefined : `${url} answers with status ${status}`;
  if (why !== NO_ANSWER) return `${url} does not answer: ${why}`;
  // The time cut this attempt off; what the one before said tells more.
  return before !== undefined && leftMs < HTTP_TIMEOUT_MS ? before : `${url} does not answer`;
}

async function inPlace<T>(netns: string, what: (place: number) => Promise<T>): Promise<T> {
  const place = openSync(netns, 'r');
  try {
    return await what(place);
  } finally {
    closeSync(place);
  }
}

/** Whether a socket in that network namespace listens on the TCP port. Like `ss -ltn sport = :PORT`. */
export function listens(netns: string, port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const fd = openSync(netns, 'r');
  try {
    const tables = inNetns(fd, () =>
      // A kernel without IPv6 has no tcp6.
      ['tcp', 'tcp6'].map((name) => readIfThere(`/proc/thread-self/net/${name}`)),
    );
    // `  0: 00000000:0050 00000000:0000 0A …`: number, local address, remote address, state.
    return tables
      .flatMap((table) => table.split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .some(([, local = '', , state]) => state === TCP_LISTEN && local.endsWith(wanted));
  } finally {
    closeSync(fd);
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Looks for a line in a growing log, and reads each byte of it once. */
class LogSearch {
  readonly from: number;
  readonly #stream: LogStream;
  readonly #pattern: RegExp;
  #at: number;
  #unfinished = '';
  #decoder = new TextDecoder();
  #found = false;

  constructor(path: string, pattern: RegExp, from: number) {
    this.#stream = new LogStream(path);
    this.#pattern = pattern;
    this.from = from;
    this.#at = from;
  }

  /** Whether a line matches, the last one too if it is not finished yet. */
  found(): boolean {
    while (!this.#found && this.#read()) continue;
    return this.#found;
  }

  /** Reads a block; false at the end of the log. */
  #read(): boolean {
    const { bytes, at } = this.#stream.read(this.#at, BLOCK);
    // Of a line whose beginning has been dropped, the rest is none.
    if (at !== this.#at) [this.#unfinished, this.#decoder] = ['', new TextDecoder()];
    this.#at = at + bytes.length;
    const lines = (this.#unfinished + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#found = lines.some((line) => this.#pattern.test(line));
    // A line without an end shall not be searched from its beginning for ever.
    this.#unfinished = (lines.at(-1) ?? '').slice(-BLOCK);
    return bytes.length > 0;
  }
}
