/** Processes of a node whose root is an image: what the file leaves out, the image says. */
import { constants } from 'node:os';
import { resolve } from 'node:path';

import type { ImageConfig } from '../model/image.ts';
import type { Process } from '../model/resource.ts';
import { signalName } from '../topology/values.ts';

/** A process as it will be started. Like `docker run IMAGE ARGS…`. Throws an Error in words for the line of the process. */
export function fromImage({ fromImage: left, ...said }: Process, config: ImageConfig): Process {
  if (left === undefined) return said;
  const { entrypoint, command: own, env, user, workdir, stopSignal } = config;
  const command = said.command.length > 0 ? said.command : [...entrypoint, ...(left.args ?? own)];
  if (command.length === 0)
    throw new Error('the key "command" is missing, and the image says none either (neither entrypoint nor cmd)');
  const cwd = workdir === undefined ? said.cwd : resolve(workdir, said.cwd ?? '');
  const owner = said.user ?? user;
  const signal = left.signal && stopSignal !== undefined ? signalOf(stopSignal) : said.stop.signal;
  return {
    ...said,
    command,
    env: { ...env, ...said.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(owner === undefined ? {} : { user: owner }),
    stop: { ...said.stop, signal },
  };
}

/** `TERM` of `TERM`, `SIGTERM` and `15`. */
function signalOf(text: string): string {
  const byNumber = Object.entries(constants.signals).find(([, number]) => String(number) === text)?.[0];
  const name = signalName(byNumber ?? text.toUpperCase());
  if (name === undefined)
    throw new Error(`its image is stopped by ${JSON.stringify(text)}, which is no signal here: say stop.signal`);
  return name;
}
