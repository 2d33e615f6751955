/**
 * A verb of an ordinary user that changes or looks into a lab goes on as root of the lab's user namespace: this process becomes the
 * same command there, with the same pid, terminal and streams. Root's verbs, and those that need no namespace, never come here.
 */
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { LabModel } from '../model/lab.ts';
import type { EnterOptions } from '../process/enter.ts';
import type { Outside } from '../process/uplink-programs.ts';
import type { MappedIds } from '../process/id-ranges.ts';
import type { Handover, Hindrance, ReadTopology } from '../state/places.ts';
import type { Lock } from '../sys/lock.ts';
import type { Parsed } from './args.ts';
import { findLab, givenLab, topologyFile } from './find-lab.ts';
import { interruptible } from './interrupt.ts';
import type { Output } from './output.ts';
import type { Verb } from './verb.ts';
import { waiting } from './words.ts';

/** Becomes the same command inside, unless this one is root, is inside, or has nothing to enter. */
export async function enterLab(verb: Verb, parsed: Parsed, output: Output): Promise<void> {
  const { INSIDE, makeStateRoot, ROOTLESS } = await import('../state/places.ts');
  if (!ROOTLESS || INSIDE) return;
  const { options, operands } = parsed;
  const inside = typeof verb.inside === 'function' ? await verb.inside(parsed) : verb.inside;
  if (inside === undefined) return;
  if (inside === 'lab' || inside === 'option') {
    const named = typeof options['lab'] === 'string' ? options['lab'] : undefined;
    const given = givenLab(inside === 'lab' ? operands[0] : undefined, named);
    const pid = await keeperOf((await findLab(given)).name);
    // A lab that does not run has no namespace to look into: the verb goes on out here.
    if (pid === undefined) return;
    // Standard input can be read once.
    const said = given === '-' ? await read(given, false) : undefined;
    return become({ pid, home: true }, said === undefined ? {} : { topology: said.topology });
  }
  const { name, topology, outside, model } = await read(topologyFile(operands[0]), options['strict'] === true);
  makeStateRoot();
  const found = await keeperOf(name);
  const ids = await idsOf(found);
  if (inside === 'topology') {
    // A look ahead touches nothing: what the lab has not got in its home yet is tried in another.
    const { readHostRecord } = await import('../state/host.ts');
    const home = readHostRecord(name, found) !== undefined;
    return become({ pid: found, home, ...ids }, { topology, outside, ...ids });
  }
  // The limits of this user; in the namespace there are others.
  (await import('../lab/limits.ts')).requireLimits(model);
  // Held from here on, so that the keeper (or that there is none) stays what we find.
  const { fd } = await takeLock(name, output);
  const pid = await keeperOf(name);
  const now = pid === found ? ids : await idsOf(pid);
  return become({ pid, home: true, ...now }, { topology, outside, lock: { lab: name, fd }, ...now });
}

/** The ids that a new lab has; or why it, or one that runs, has no others than this user's own. */
async function idsOf(keeper: number | undefined): Promise<{ ids?: MappedIds; single?: Hindrance }> {
  const { requireUserNamespaces } = await import('../process/enter.ts');
  if (keeper === undefined) {
    const found = requireUserNamespaces();
    return 'maps' in found ? { ids: found } : { single: found };
  }
  const { lookForIds } = await import('../process/id-ranges.ts');
  const found = lookForIds();
  return {
    single:
      'maps' in found
        ? { fact: 'this lab was begun before there were any', remedy: 'nothing: take it down, and bring it up again' }
        : found,
  };
}

/** Read here for its name and for its mistakes, which are told before anything is begun. */
async function read(file: string, strict: boolean): Promise<Topology> {
  const { isProgram, readTopology } = await import('../topology/load.ts');
  const { model, text } = await readTopology(file, { strict });
  const { needsWayOut } = await import('../lab/published.ts');
  const outside = needsWayOut(model) ? (await import('../process/uplink-programs.ts')).lookOutside() : undefined;
  return { name: model.name, model, topology: { file, program: isProgram(file), text }, outside };
}

interface Topology {
  readonly name: string;
  readonly model: LabModel;
  readonly topology: ReadTopology;
  /** Of the machine's network, for a lab that needs a way out to it. */
  readonly outside: Outside | undefined;
}

async function keeperOf(lab: string): Promise<number | undefined> {
  const { keeperOf: find } = await import('../state/keepers.ts');
  return find(lab);
}

async function takeLock(lab: string, output: Output): Promise<Lock> {
  const { lockLab } = await import('../state/lock.ts');
  using interrupt = interruptible(output, { first: 'interrupted', again: 'ending' });
  return await lockLab(lab, { signal: interrupt.signal, onWait: (holder) => output.note(waiting(holder)) });
}

/** What goes along, besides the state folder. */
interface Baggage {
  readonly topology?: ReadTopology;
  readonly lock?: NonNullable<Handover['lock']>;
  readonly outside?: Outside | undefined;
  readonly single?: Hindrance;
}

async function become(
  to: Pick<EnterOptions, 'pid' | 'home' | 'ids'>,
  { topology, lock, outside, single }: Baggage,
): Promise<never> {
  const [{ enterArguments }, { execReplace }, { HANDOVER, ROOTS_DIR, STATE_ROOT }] = await Promise.all([
    import('../process/enter.ts'),
    import('../process/exec.ts'),
    import('../state/places.ts'),
  ]);
  const fd = topology === undefined ? -1 : written(join(STATE_ROOT, `.topology-${process.pid}`), topology.text);
  const kept = [fd, lock?.fd ?? -1].filter((each) => each >= 0);
  const warden = Math.max(2, ...kept) + 1;
  const handover: Handover = {
    state: STATE_ROOT,
    roots: ROOTS_DIR,
    ...(outside === undefined ? {} : { outside: { ...outside, warden } }),
    ...(lock === undefined ? {} : { lock }),
    ...(single === undefined ? {} : { single }),
    ...(topology === undefined ? {} : { topology: { file: topology.file, program: topology.program, fd } }),
  };
  process.env[HANDOVER] = JSON.stringify(handover);
  const main = process.argv[1]!;
  const command = [process.execPath, ...process.execArgv, main, ...process.argv.slice(2)];
  return execReplace(enterArguments({ ...to, ...(outside === undefined ? {} : { warden }) }, command), kept);
}

/** A descriptor to read a text from; the file has no name any more. */
function written(path: string, text: string): number {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  const fd = openSync(path, 'r');
  rmSync(path);
  return fd;
}
