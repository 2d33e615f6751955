import { setTimeout } from 'node:timers/promises';

import { InterruptedError, ProcessError } from '../errors.ts';
import type { Ready } from '../model/process.ts';
import { Condition, type Place } from './conditions.ts';
import { lastLines } from './logs.ts';
import type { ProgramStatus } from './program.ts';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;
const OUTPUT_LINES = 10;

/** A process whose readiness is awaited. */
export interface Awaited extends Place {
  /** `node/process`, for errors, which show the last lines of its log. */
  readonly process: string;
  /** What PID 1 says of it now. */
  readonly status: () => ProgramStatus | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Waits until a process counts as ready: something in its node listens on the TCP port (no connection is made, so the program
 * notices nothing), the URL answers, the command ends with 0, a line of its output matches, or the file is there. Asks after 5 ms,
 * then ever more seldom, up to every 100 ms. One that ends and is started again is waited for.
 * @throws ProcessError with its last output when the process has ended for good, or is not ready after `timeoutMs`;
 * InterruptedError when the signal is aborted.
 */
export async function waitReady(ready: Ready, awaited: Awaited): Promise<void> {
  const { process, log, status, signal } = awaited;
  const end = performance.now() + ready.timeoutMs;
  const condition = new Condition(ready, awaited);
  // What an earlier run printed says nothing of this.
  let from: number | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    // Asked before the check: a program that goes to the background ends first and is ready all the same.
    const now = status();
    from ??= now?.logFrom;
    const missing = await condition.missing(now?.logFrom ?? 0, end - performance.now(), signal);
    if (missing === undefined && now?.state !== 'restarting') return;
    const output = () => lastLines(log, OUTPUT_LINES, from).lines;
    if (now === undefined || now.state === 'exited' || now.state === 'stopped')
      throw new ProcessError(process, ended(now), output());
    const left = end - performance.now();
    if (left <= 0) throw new ProcessError(process, late(ready, now, missing), output());
    await pauseFor(Math.min(pause, left), signal);
  }
}

/** Whether a process is ready now. A condition that cannot be asked is not met. */
export async function isReady(ready: Ready, place: Place, logFrom: number, limitMs: number): Promise<boolean> {
  try {
    return (await new Condition(ready, place).missing(logFrom, limitMs)) === undefined;
  } catch {
    return false;
  }
}

function late({ timeoutMs }: Ready, { restarts, state }: ProgramStatus, missing: string | undefined): string {
  const again = restarts === 0 ? '' : ` (it was started again ${restarts === 1 ? 'once' : `${restarts} times`})`;
  const why = missing ?? (state === 'restarting' ? 'it has ended and waits to be started again' : 'it has ended');
  return `was not ready after ${timeoutMs / 1000} s: ${why}${again}`;
}

function ended(status: ProgramStatus | undefined): string {
  if (status === undefined) return 'is unknown to its node';
  if (status.state === 'stopped') return 'was stopped before it was ready';
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
