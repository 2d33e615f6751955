/**
 * The labs of this program, which end with it: docs/library.md says what is guaranteed. At the end of the program (process.exit, an
 * uncaught exception, nothing left to do) each is taken down by `netlab down`, for nothing may be awaited then; and so it is on a signal that would end it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { keeperOf } from '../state/keepers.ts';
import { deadOwner } from '../state/owner.ts';
import { releaseAll } from '../sys/lock.ts';
import { packageRoot } from '../sys/package-root.ts';
import { labsWithState } from './list.ts';

const owned = new Set<string>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Makes a lab that does not run yet this program's. False when it runs already: it is somebody else's, or ours since before. */
export function claim(lab: string): boolean {
  if (owned.has(lab) || keeperOf(lab) !== undefined) return false;
  if (owned.size === 0) {
    process.on('exit', endAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  owned.add(lab);
  return true;
}

/** It is this program's no more: it has been taken down, or has not come up. */
export function release(lab: string): void {
  if (!owned.delete(lab) || owned.size > 0) return;
  process.off('exit', endAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

let swept = false;

/** Takes down, once in this program's life, the labs of programs that were killed. What resists is `doctor`'s to tell of. */
export async function sweep(): Promise<void> {
  if (swept) return;
  swept = true;
  for (const lab of labsWithState()) {
    try {
      if (deadOwner(lab, keeperOf(lab)) === undefined) continue;
      const { down } = await import('./down.ts');
      await down(lab, { wait: false });
    } catch {
      // Another user's, or being taken down by somebody else.
    }
  }
}

/** A program that hears the signal itself decides what it means, and ends when it likes. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

/** All at once, each by a command of its own. */
const SCRIPT = 'for lab; do "$NODE" "$NETLAB" down -q "$lab" & done; wait';

function endAll(): void {
  const labs = [...owned];
  if (labs.length === 0) return;
  // Signals go on being heard: one that came now would end this process before the labs are down.
  owned.clear();
  // What was under way in here is over.
  releaseAll();
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...rest } = process.env;
  const env = { ...rest, NODE: process.execPath, NETLAB: join(packageRoot(), 'dist/bin/netlab.cjs') };
  spawnSync('/bin/sh', ['-c', SCRIPT, 'sh', ...labs], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
