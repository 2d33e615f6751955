/** Which lab a verb means. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { LabError, UsageError } from '../errors.ts';
import { DEFAULT_FILE } from './default-file.ts';
import { library, type Lab } from './library.ts';

/** The topology that was named, else `netlab.yaml` in this folder. */
export function topologyFile(operand: string | undefined): string {
  if (operand !== undefined) return operand;
  if (existsSync(DEFAULT_FILE)) return DEFAULT_FILE;
  throw new UsageError(`which topology? Name a file: there is no ${DEFAULT_FILE} in this folder`);
}

/**
 * The name of the lab that is meant: what was given (a name or a file), else what `netlab.yaml` in this folder is called,
 * else the only lab there is. Undefined: nothing was given and there is none.
 */
export async function labName(given: string | undefined): Promise<string | undefined> {
  const { Lab } = await library();
  if (given !== undefined) return Lab.nameOf(given);
  if (existsSync(DEFAULT_FILE)) return Lab.nameOf(DEFAULT_FILE);
  const all = await Lab.list();
  const running = all.filter(({ state }) => state === 'running');
  // A dead lab is meant only where nothing runs: `netlab down` after a crash.
  const labs = (running.length > 0 ? running : all).map(({ lab }) => lab);
  if (labs.length > 1) throw new LabError(`which lab? These run: ${labs.join(', ')}; say -l NAME`);
  return labs[0];
}

/** The lab that is meant, opened. Throws LabError when there is none. */
export async function findLab(given: string | undefined): Promise<Lab> {
  const { Lab } = await library();
  const name = await labName(given);
  if (name === undefined) throw new LabError('no lab is running; `netlab up FILE` makes one');
  return Lab.open(name);
}

/** Whether verbs without `-l` would mean the lab of this file: another may run, or `netlab.yaml` describe another. */
export async function isDefaultLab(file: string): Promise<boolean> {
  if (existsSync(DEFAULT_FILE)) return resolve(file) === resolve(DEFAULT_FILE);
  const { Lab } = await library();
  return (await Lab.list()).length < 2;
}

/** One of the operand and the option, which mean the same. */
export function givenLab(operand: string | undefined, option: string | undefined): string | undefined {
  if (operand !== undefined && option !== undefined) {
    throw new UsageError(`which lab, ${JSON.stringify(operand)} or ${JSON.stringify(option)}? Name it once`);
  }
  return operand ?? option;
}
