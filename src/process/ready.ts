import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import { InterruptedError, ProcessError } from '../errors.ts';
import type { Ready } from '../model/resource.ts';
import { inNetns } from '../sys/netns.ts';
import { execArguments, execCapture, type ExecTarget } from './exec.ts';
import { lastLines } from './logs.ts';
import type { ProgramStatus } from './program.ts';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;
const OUTPUT_LINES = 10;
// The state LISTEN in /proc/net/tcp, include/net/tcp_states.h.
const TCP_LISTEN = '0A';

/** A process whose readiness is awaited. */
export interface Awaited {
  /** `node/process`, for errors. */
  readonly process: string;
  /** Leads to its node's network namespace: `/run/netns/LAB.NODE`. */
  readonly netns: string;
  /** Where a readiness command runs. */
  readonly target: ExecTarget;
  /** Its log, of which an error shows the last lines. */
  readonly log: string;
  /** What PID 1 says of it now. */
  readonly status: () => ProgramStatus | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Waits until a process counts as ready: something in its node listens on the TCP port (no connection is made, so the program
 * notices nothing), or the command ends with 0. Asks after 5 ms, then ever more seldom, up to every 100 ms.
 * @throws ProcessError with its last output when the process has ended, or is not ready after `timeoutMs`;
 * InterruptedError when the signal is aborted.
 */
export async function waitReady(ready: Ready, awaited: Awaited): Promise<void> {
  const { process, log, status, signal } = awaited;
  const end = performance.now() + ready.timeoutMs;
  let missing: string | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    // Asked before the check: a program that goes to the background ends first and is ready all the same.
    const now = status();
    missing = await missingFor(ready, awaited, end, missing);
    if (missing === undefined) return;
    const output = () => lastLines(log, OUTPUT_LINES).lines;
    if (now === undefined || now.state === 'exited') throw new ProcessError(process, ended(now), output());
    const left = end - performance.now();
    if (left <= 0)
      throw new ProcessError(process, `was not ready after ${ready.timeoutMs / 1000} s: ${missing}`, output());
    await pauseFor(Math.min(pause, left), signal);
  }
}

/** What the process still lacks, in words; undefined when it is ready. */
async function missingFor(ready: Ready, awaited: Awaited, end: number, before?: string): Promise<string | undefined> {
  if (ready.type === 'tcp') {
    return listens(awaited.netns, ready.port) ? undefined : `nothing listens on TCP port ${ready.port}`;
  }
  const argv = execArguments(awaited.target, ready.command, { endWithParent: true });
  const timeout = Math.max(1, end - performance.now());
  const { exitCode, stderr, timedOut } = await execCapture(argv, {
    timeout,
    ...(awaited.signal === undefined ? {} : { signal: awaited.signal }),
  });
  if (exitCode === 0 && !timedOut) return undefined;
  // The time cut this attempt off; what the one before said tells more.
  if (timedOut && before !== undefined) return before;
  const words = stderr.trim().split('\n').at(-1) ?? '';
  const how = timedOut ? 'had not ended' : `ended with ${exitCode}`;
  return `its ready command ${how}${words === '' ? '' : `: ${words}`}`;
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

function ended(status: ProgramStatus | undefined): string {
  if (status === undefined) return 'is unknown to its node';
  const how = status.signal === 0 ? `with code ${status.exitCode}` : `by signal ${status.signal}`;
  return `ended ${how} before it was ready`;
}

async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw new InterruptedError();
  }
}
