/** A fault at each point of `up`, one after the other, and what must hold after each. */
import { Lab } from '../../../src/index.ts';
import { differences, type State, stateOf } from '../../support/faults/state.ts';
import { type Fault, inWords, type Point, type Way } from '../../support/faults/point.ts';
import type { FaultyHelper } from '../../support/faults/helper.ts';
import { AFTER, BEFORE } from './labs.ts';
import { type Outcome, type Trial, upElsewhere } from './trial.ts';

export type Reached = readonly { readonly point: Point; readonly ways: readonly Way[] }[];

/** What two ups of the same files must have in common. */
export interface Reference {
  readonly nothing: State;
  readonly before: State;
  readonly after: State;
  /** The points of an `up` of the new lab, and of the edit. */
  readonly fresh: Reached;
  readonly edit: Reached;
}

/** Without any fault: what the lab is before and after, and which points there are. */
export async function reference(trial: Trial): Promise<Reference> {
  // What is made once for the process is made now.
  await must(trial, BEFORE);
  await must(trial, AFTER);
  await trial.down();
  const nothing = await stateOf(trial.name);
  const { seen: fresh } = await must(trial, BEFORE);
  const before = await stateOf(trial.name);
  const { seen: edit } = await must(trial, AFTER);
  const after = await stateOf(trial.name);
  await trial.down();
  return { nothing, before, after, fresh, edit };
}

export async function must(trial: Trial, text: string): Promise<Outcome & { readonly seen: Reached }> {
  const outcome = await trial.up(text);
  if (outcome.text !== undefined) throw outcome.error;
  return outcome;
}

/** The errors that a person is shown: one, without a stack, and in the words of netlab. */
function complaints({ text, leaked }: Outcome): string[] {
  const found: string[] = [];
  if (leaked > 0) found.push(`${leaked} descriptors leaked`);
  if (text === undefined) return found;
  if (/internal error|\n {4}at |undefined|\[object/.test(text)) found.push(`not an error for people: ${text}`);
  if (text.split('\n').length > 12) found.push(`not one error: ${text}`);
  return found;
}

/** A fault in the `up` of a new lab. What is wrong after it. */
export async function strikeNew(trial: Trial, fault: Fault, { nothing, before }: Reference): Promise<string[]> {
  const outcome = await trial.up(BEFORE, fault);
  const found = complaints(outcome);
  if (outcome.text === undefined) {
    found.push(...differences(before, await stateOf(trial.name)));
    await trial.down();
  } else if (outcome.undone === 'partly') found.push('not all undone');
  found.push(...differences(nothing, await stateOf(trial.name)).map((line) => `left: ${line}`));
  if (found.length > 0) await trial.down();
  return found.length === 0 ? [] : [inWords(fault), ...found, `printed: ${outcome.text ?? '(it succeeded)'}`];
}

/** What the lab was found to be at the end of the last `up` that was undone. */
let last: State | undefined;

/** A fault in the `up` of the edit. The lab is up as before, or is brought up. What is wrong after it. */
export async function strikeEdit(trial: Trial, fault: Fault, { before, after }: Reference): Promise<string[]> {
  if (last === undefined) await must(trial, BEFORE);
  const was = last ?? (await stateOf(trial.name));
  const outcome = await trial.up(AFTER, fault);
  const now = await stateOf(trial.name);
  const found = complaints(outcome);
  if (outcome.text === undefined) found.push(...differences(after, now));
  else {
    if (outcome.undone === 'partly') found.push('not all undone');
    found.push(...differences(before, now), ...disturbed(was, now));
  }
  last = found.length > 0 || outcome.text === undefined ? undefined : now;
  if (found.length > 0) await trial.down();
  return found.length === 0 ? [] : [inWords(fault), ...found, `printed: ${outcome.text ?? '(it succeeded)'}`];
}

/** What the edit does not touch keeps its pid and its index, whatever fails. */
function disturbed(was: State, now: State): string[] {
  const untouched = / (sleep 2000[13]|netlab-init keeper [^ ]+|netlab-init node [^ ]+\.[ac]) in /;
  const found: string[] = [];
  for (const [line, pid] of was.pids)
    if (untouched.test(line) && now.pids.get(line) !== pid) found.push(`another pid: ${line}`);
  for (const [link, index] of was.indexes)
    if (/^(a:(eth|br|m1)|lan:[bcdl]|b:|c:|d:m1|host:)/.test(link) && now.indexes.get(link) !== index)
      found.push(`another index: ${link}`);
  return found;
}

/** A fault for each point: which of its ways is chosen goes round with the seed. */
export function faultsOf(reached: Reached, seed: number): Fault[] {
  // Whoever else runs on the machine is looked at too; how many that are is nobody's business here.
  const own = reached.filter(({ point: { key, nth } }) => nth <= 2 || !key.includes('(state/keepers'));
  return own.map(({ point, ways }, i) => ({ ...point, way: ways[(i + seed) % ways.length]! }));
}

/** What the process that is killed would do: the points of the `up` of a new lab, and of the edit. */
export async function pointsElsewhere(trial: Trial): Promise<Pick<Reference, 'fresh' | 'edit'>> {
  const fresh = JSON.parse((await upElsewhere(trial, BEFORE)).stdout) as Reached;
  const edit = JSON.parse((await upElsewhere(trial, AFTER)).stdout) as Reached;
  await trial.down();
  return { fresh, edit };
}

/** SIGKILL in the `up` of a new lab: `up` again makes it what it should be, or `down` leaves nothing. */
export async function killNew(
  trial: Trial,
  fault: Fault,
  { nothing, before }: Reference,
  again: boolean,
): Promise<string[]> {
  const { killed, stderr } = await upElsewhere(trial, BEFORE, { ...fault, way: 'kill' });
  const found = killed ? [] : [`not killed: ${stderr}`];
  if (again) found.push(...(await settled(trial, BEFORE, before)));
  await trial.down();
  found.push(...differences(nothing, await stateOf(trial.name)).map((line) => `left by down: ${line}`));
  return found.length === 0 ? [] : [inWords({ ...fault, way: 'kill' }), ...found];
}

/** SIGKILL in the `up` of the edit: `up` again makes it what it should be, or what it was. */
export async function killEdit(
  trial: Trial,
  fault: Fault,
  { nothing, before, after }: Reference,
  on: boolean,
): Promise<string[]> {
  last = undefined;
  await must(trial, BEFORE);
  const { killed, stderr } = await upElsewhere(trial, AFTER, { ...fault, way: 'kill' });
  const found = killed ? [] : [`not killed: ${stderr}`];
  found.push(...(await settled(trial, on ? AFTER : BEFORE, on ? after : before)));
  if (found.length > 0) {
    await trial.down();
    found.push(...differences(nothing, await stateOf(trial.name)).map((line) => `left by down: ${line}`));
  }
  return found.length === 0 ? [] : [`${on ? 'on' : 'back'} after ${inWords({ ...fault, way: 'kill' })}`, ...found];
}

/** `up` makes the lab what the file says, and a plan finds nothing to do after that. */
async function settled(trial: Trial, text: string, wanted: State): Promise<string[]> {
  const { text: printed } = await trial.up(text);
  if (printed !== undefined) return [`up fails: ${printed}`];
  const { changes } = await Lab.plan(trial.file);
  return [
    ...changes.map(({ action, what, reason }) => `still to do: ${action} ${what}: ${reason}`),
    ...differences(wanted, await stateOf(trial.name)),
  ];
}

/**
 * A fault in a step of the helper while a new lab is made. One that ends a process of the helper's may look like a program that was
 * killed by somebody, and `up` may succeed: then the next one starts it again.
 */
export async function helperNew(trial: Trial, fault: Fault, known: Reference, helper: FaultyHelper): Promise<string[]> {
  const { nothing, before } = known;
  helper.begin(fault);
  const outcome = await trial.up(BEFORE);
  helper.end();
  const found = complaints(outcome);
  if (outcome.text === undefined) {
    if (fault.way === 'kill') found.push(...(await settled(trial, BEFORE, before)));
    else found.push(...differences(before, await stateOf(trial.name)));
    await trial.down();
  } else if (outcome.undone === 'partly') found.push('not all undone');
  found.push(...differences(nothing, await stateOf(trial.name)).map((line) => `left: ${line}`));
  if (found.length > 0) await trial.down();
  return found.length === 0 ? [] : [inWords(fault), ...found, `printed: ${outcome.text ?? '(it succeeded)'}`];
}

/**
 * The same while a running lab is edited. What a process of the helper's takes along with its end is not there any more to be kept: the
 * processes of a node, or all of the lab. `up` makes it anew.
 */
export async function helperEdit(
  trial: Trial,
  fault: Fault,
  known: Reference,
  helper: FaultyHelper,
): Promise<string[]> {
  const { before, after } = known;
  last = undefined;
  await must(trial, BEFORE);
  helper.begin(fault);
  const outcome = await trial.up(AFTER);
  helper.end();
  const failed = outcome.text !== undefined;
  const found = complaints(outcome);
  if (fault.way === 'kill') {
    found.push(...(await settled(trial, failed ? BEFORE : AFTER, failed ? before : after)));
  } else {
    if (outcome.undone === 'partly') found.push('not all undone');
    found.push(...differences(failed ? before : after, await stateOf(trial.name)));
  }
  if (found.length > 0) await trial.down();
  return found.length === 0 ? [] : [inWords(fault), ...found, `printed: ${outcome.text ?? '(it succeeded)'}`];
}
