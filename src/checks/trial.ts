/** The story of a test: a lab is brought up, its checks are tried, it is taken down. */
import { resolve } from 'node:path';

import { InterruptedError, KernelError, LabError, NetlabError, TopologyError } from '../errors.ts';
import { down } from '../lab/down.ts';
import { summarize, summaryOf } from '../lab/list.ts';
import { claim, release, sweep } from '../lab/owned.ts';
import { readMadeFrom } from '../lab/made-from.ts';
import { recordedFile } from '../lab/record.ts';
import { TakenError, up } from '../lab/up.ts';
import type { Check, CheckResult, LabResult } from '../model/check.ts';
import type { LabModel } from '../model/lab.ts';
import type { Progress } from '../model/report.ts';
import { keeperOf } from '../state/keepers.ts';
import { handedTopology, INSIDE } from '../state/places.ts';
import { readChecks } from '../topology/checks-file.ts';
import {
  expandObject,
  isProgram,
  type LoadedTopology,
  type LoadOptions,
  loadTopologyText,
  type OtherChecks,
  readTopology,
} from '../topology/load.ts';
import { runChecks } from './run.ts';

/** How the checks of a lab that runs are tried. */
export interface CheckOptions {
  /** Ends it with InterruptedError. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with each result as it is known, in any order. */
  readonly onResult?: ((result: CheckResult) => void) | undefined;
  /** Only the checks whose name this matches. */
  readonly filter?: RegExp | undefined;
  /** A file with other checks than the topology's own: a grader's. */
  readonly checks?: string | undefined;
}

export interface TrialOptions extends CheckOptions {
  /** Called once when another netlab is at work on the lab. */
  readonly onWait?: ((holder: string) => void) | undefined;
  /** Leave the lab up, however its checks come out. */
  readonly keep?: boolean | undefined;
  /** Take the topology's warnings for errors. */
  readonly strict?: boolean | undefined;
  /** Called after a failure, while the lab is still up. */
  readonly onFailure?: ((result: LabResult) => Promise<void>) | undefined;
}

type Expand = LoadedTopology['expandChecks'];

/**
 * Tests a topology: of a lab that runs from this very file its checks are tried and no more; else it is brought up, and taken down
 * again. Where a lab of its name runs from another file, it gets a name of its own. A topology without checks is to come up, that is all.
 * @throws TopologyError for a wrong file; InterruptedError. That it does not come up, or cannot here, is a result.
 */
export async function testTopology(file: string, options: TrialOptions = {}): Promise<LabResult> {
  const others = options.checks === undefined ? undefined : await readChecks(options.checks);
  const loaded = await readHanded(file, options.strict === true ? { strict: true } : {});
  const { model } = loaded;
  if (runsFrom(model)) return tested(model.name, file, loaded.expandChecks, others, options);
  await sweep();
  try {
    return await bringUpAndTest(loaded, others, options);
  } catch (error) {
    // An ordinary user's command has entered the namespaces of the lab that has the name.
    if (!(error instanceof TakenError) || INSIDE) throw error;
    // Somebody else's lab has the name: this one gets another.
    const name = `${model.name.slice(0, 20).replace(/-$/, '')}-t${process.pid}`;
    return bringUpAndTest(renamed(loaded, name), others, options);
  }
}

/**
 * Tests a lab that runs: by the checks of the topology that it was brought up from, which are read again unless they are given.
 * @throws LabError when it does not run, or its file is not to be had; TopologyError; InterruptedError.
 */
export async function testLab(
  lab: string,
  options: CheckOptions & Pick<TrialOptions, 'onFailure'> = {},
  known?: Expand,
): Promise<LabResult> {
  const { file, state } = summaryOf(lab);
  if (state !== 'running') throw new LabError(`the lab ${lab} does not run any more: netlab down ${lab}`);
  const others = options.checks === undefined ? undefined : await readChecks(options.checks);
  if (known !== undefined) return tested(lab, file, known, others, options);
  const { expandChecks } = await readMadeFrom(lab);
  return tested(lab, file, expandChecks, others, options);
}

/** Whether a topology's lab runs, made from this very file. @throws TopologyError. */
export async function runsNow(file: string): Promise<boolean> {
  return runsFrom((await readTopology(file)).model);
}

/** A topology, or what was read of it before this process entered the lab's user namespace. */
async function readHanded(file: string, options: LoadOptions): Promise<LoadedTopology> {
  const read = handedTopology(file);
  if (read === undefined) return readTopology(file, options);
  return fromText(file, read.text, options);
}

/** The same topology, and another name for its lab. */
function renamed({ model, text }: LoadedTopology, name: string): LoadedTopology {
  return fromText(model.file, text, { name });
}

function fromText(file: string, text: string, options: LoadOptions): LoadedTopology {
  // Of a program it is what that has made, as JSON.
  if (isProgram(file)) return expandObject(JSON.parse(text) as object, file, options);
  return loadTopologyText(text, file, options);
}

/** Whether a lab of the name runs, and was made from the same file. */
function runsFrom(model: LabModel): boolean {
  const keeper = keeperOf(model.name);
  if (keeper === undefined || model.file === '-') return false;
  const { file } = summarize(model.name, keeper);
  return file !== '' && resolve(file) === recordedFile(model);
}

async function tested(
  lab: string,
  file: string,
  expand: Expand,
  others: OtherChecks | undefined,
  options: Pick<TrialOptions, keyof CheckOptions | 'onFailure'>,
  started = performance.now(),
): Promise<LabResult> {
  const { filter, signal, onProgress, onResult, onFailure } = options;
  const checks = chosen(expand(others), filter);
  let done = 0;
  const tell = (): void => onProgress?.({ step: `checking ${lab}`, done, total: checks.length });
  tell();
  const onEach = (result: CheckResult): void => {
    done += 1;
    tell();
    onResult?.(result);
  };
  const results = checks.length === 0 ? [] : await runChecks(lab, checks, { signal, onResult: onEach });
  const outcome = results.every(({ passed }) => passed) ? 'passed' : 'failed';
  const result: LabResult = { lab, file, outcome, milliseconds: performance.now() - started, checks: results };
  if (outcome === 'failed') await onFailure?.(result);
  return result;
}

/** The checks that are meant, and those that they wait for. */
function chosen(checks: readonly Check[], filter: RegExp | undefined): readonly Check[] {
  if (filter === undefined) return checks;
  const found = new Set<Check>();
  const take = (check: Check): void => {
    if (found.has(check)) return;
    found.add(check);
    checks.filter(({ name }) => check.after.includes(name)).forEach(take);
  };
  // Not `test`, which goes on from where it was with some expressions.
  checks.filter(({ name }) => name.search(filter) >= 0).forEach(take);
  return checks.filter((check) => found.has(check));
}

async function bringUpAndTest(
  loaded: LoadedTopology,
  others: OtherChecks | undefined,
  options: TrialOptions,
): Promise<LabResult> {
  const { model, expandChecks } = loaded;
  const started = performance.now();
  const { signal, onProgress, onWait, keep = false } = options;
  const isOurs = claim(model.name);
  try {
    await up(model, {
      fresh: true,
      detach: keep,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onWait === undefined ? {} : { onWait }),
    });
  } catch (error) {
    if (isOurs) release(model.name);
    return notUp(error, loaded, started);
  }
  let isKept = false;
  try {
    const result = await tested(model.name, model.file, expandChecks, others, options, started);
    isKept = keep;
    return result;
  } finally {
    if (!isKept) onProgress?.({ step: `taking ${model.name} down`, done: 0, total: 0 });
    if (!isKept) await down(model.name);
    release(model.name);
  }
}

/** Why a lab did not come up: what this machine lacks is no failure of the lab's. */
function notUp(error: unknown, { model: { name, file } }: LoadedTopology, started: number): LabResult {
  if (!(error instanceof NetlabError)) throw error;
  if (error instanceof TopologyError || error instanceof InterruptedError || error instanceof TakenError) throw error;
  const outcome = error instanceof KernelError ? 'skipped' : 'failed';
  const reason = error.message;
  return { lab: name, file, outcome, reason, milliseconds: performance.now() - started, checks: [] };
}
