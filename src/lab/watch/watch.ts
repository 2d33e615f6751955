/** `up --watch`: a running lab is kept as its file says, whatever is done to it and to the file. */
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { InterruptedError, LabError } from '../../errors.ts';
import type { LabModel } from '../../model/lab.ts';
import type { WatchEnd, WatchEvent } from '../../model/watch.ts';
import { watchEnd } from '../../process/kill.ts';
import { tryLock } from '../../sys/lock.ts';
import { keeperOf } from '../../state/keepers.ts';
import { labPaths } from '../../state/paths.ts';
import type { LoadedTopology } from '../../topology/load.ts';
import { settleJoins } from '../join.ts';
import { settleRoots } from '../rootfs.ts';
import { up, type UpOptions } from '../up.ts';
import { Guardian } from './guardian.ts';
import { followProcesses } from './processes.ts';
import { Sources } from './sources.ts';

export interface WatchOptions extends Pick<UpOptions, 'onProgress' | 'onWait' | 'prune' | 'strict' | 'keep'> {
  /** Before the lab is up: what was done is undone, and InterruptedError thrown. After that: the watch ends. */
  readonly signal?: AbortSignal;
  /** Told of everything that the watch does. */
  readonly onEvent: (event: WatchEvent) => void;
}

/** How often settings are looked at that the kernel changes without a word, and sources on file systems without events. */
const TICK_MS = 50;
const PAUSE_MS = 20;
const GOING_MS = 100;

/**
 * Brings a lab up and keeps it so, until it is told to end or the lab goes. `load` reads the topology anew.
 * @throws what {@link up} throws, for the first `up` alone; LabError when the keeper has died.
 */
export async function watchLab(
  loaded: LoadedTopology,
  load: () => Promise<LoadedTopology>,
  options: WatchOptions,
): Promise<WatchEnd> {
  const { onEvent, signal, ...rest } = { ...options, detach: true };
  const first = await up(loaded.model, { ...rest, ...(signal === undefined ? {} : { signal }) });
  onEvent({ event: 'up', report: { ...first, warnings: [...loaded.warnings, ...first.warnings] } });
  const reason = await keepUp({ ...loaded, model: settleJoins(await settleRoots(loaded.model)) }, load, options);
  onEvent({ event: 'end', reason });
  return reason;
}

async function keepUp(
  first: LoadedTopology,
  load: () => Promise<LoadedTopology>,
  options: WatchOptions,
): Promise<WatchEnd> {
  const { onEvent } = options;
  const over = new AbortController();
  const stop = (): void => over.abort();
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    wake?.();
  };
  over.signal.addEventListener('abort', ring, { once: true });

  const lab = first.model.name;
  let edited = false;
  let { text } = first;
  let gone = false;
  const pid = keeperOf(lab);
  if (pid === undefined) return whyGone(lab);
  const keeper = watchEnd(pid, () => {
    gone = true;
    // Whoever waits for the lab's lock need not wait any longer.
    over.abort();
  });
  const edit = (): void => {
    edited = true;
    ring();
  };
  let guardian: Guardian | undefined;
  let record: Promise<void> | undefined;
  let tick: NodeJS.Timeout | undefined;
  using sources = new Sources(first.model.file, edit);
  try {
    guardian = new Guardian(first.model, { onEvent, ring, signal: over.signal });
    record = followProcesses(lab, (note) => guardian?.note(note), over.signal);
    tick = setInterval(() => {
      guardian?.tick();
      sources.poll();
    }, TICK_MS);
    onEvent({ event: 'watching' });
    // What was edited while the lab was being brought up.
    if (!sources.isStill(text)) edit();
    while (!over.signal.aborted) {
      if (!rung) await new Promise<void>((resolve) => (wake = resolve));
      rung = false;
      if (over.signal.aborted) break;
      if (edited) {
        edited = false;
        sources.renew();
        text = (await follow(guardian, text)) ?? text;
        // What has become dirty meanwhile has rung already.
        rung = true;
        continue;
      }
      const found = await guardian.round();
      if (found === 'taken-over') return found;
      // Somebody else has brought the lab up from this file, as it is now.
      if (found === 'overtaken') {
        text = (await follow(guardian, undefined)) ?? text;
        rung = true;
      }
    }
  } catch (error) {
    // What breaks because the lab is going is told by the end of its keeper, a moment later.
    if (!(error instanceof InterruptedError)) await pause(GOING_MS);
    if (!(error instanceof InterruptedError) && !gone) throw error;
  } finally {
    clearInterval(tick);
    keeper.close();
    over.abort();
    options.signal?.removeEventListener('abort', stop);
    await guardian?.settled();
    guardian?.[Symbol.dispose]();
    await record;
  }
  return gone ? await whyGone(lab) : 'interrupted';

  /** Reads the file and brings the lab in line with it. The text, or undefined when there was nothing to follow. */
  async function follow(guardian: Guardian, before: string | undefined): Promise<string | undefined> {
    let loaded: LoadedTopology;
    try {
      loaded = await load();
      if (loaded.text === before) return undefined;
      requireName(loaded.model, lab);
    } catch (error) {
      onEvent({ event: 'failed', error });
      return undefined;
    }
    try {
      await guardian.settled();
      // One signal for this time: whoever waits leaves a listener on it. That another netlab is at work need not be told each time.
      const { onWait: _, ...quiet } = { ...options, detach: true };
      const report = await up(loaded.model, { ...quiet, signal: AbortSignal.any([over.signal]) });
      guardian.follow(settleJoins(await settleRoots(loaded.model)));
      onEvent({ event: 'edited', report: { ...report, warnings: [...loaded.warnings, ...report.warnings] } });
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      guardian.lookAtAll();
      onEvent({ event: 'failed', error });
    }
    return loaded.text;
  }
}

function requireName({ name, file }: LabModel, lab: string): void {
  if (name === lab) return;
  throw new LabError(`${file} is now the lab ${name}; this watch is of ${lab}, which stays as it was`);
}

/** Taken down by somebody, who holds the lab's lock until its state is gone; or dead. */
export async function whyGone(lab: string): Promise<WatchEnd> {
  const { record, lock: path } = labPaths(lab);
  while (existsSync(record)) {
    const lock = existsSync(path) ? tryLock(path) : undefined;
    lock?.release();
    if (lock !== undefined && existsSync(record)) return 'died';
    await pause(PAUSE_MS);
  }
  return 'down';
}
