/** The texts of a lab that are neither in the kernel nor in a record: what its nodes see as /etc/hosts and /etc/resolv.conf. */
import { readFileSync, writeFileSync } from 'node:fs';

import { privateFiles } from '../process/operations.ts';
import { STATE_ROOT } from '../state/paths.ts';
import { isErrno } from '../sys/errno.ts';

/** What they say; undefined for one that is not there. */
export interface Texts {
  readonly hosts: string | undefined;
  readonly resolver: string | undefined;
}

/** Where one of them lies, in the keeper's own tmpfs. */
function textFile(keeper: number, which: keyof Texts): string {
  return `/proc/${keeper}/root${privateFiles(STATE_ROOT)[which]}`;
}

/** Reads both: for the undo of a run that is about to change them. */
export function readTexts(keeper: number): Texts {
  return { hosts: readIfThere(textFile(keeper, 'hosts')), resolver: readIfThere(textFile(keeper, 'resolver')) };
}

/** Makes them say this, but for one that is undefined. In place: the nodes have mounted the files themselves, not their names. */
export function writeTexts(keeper: number, { hosts, resolver }: Texts): void {
  if (hosts !== undefined) writeFileSync(textFile(keeper, 'hosts'), hosts);
  if (resolver !== undefined) writeFileSync(textFile(keeper, 'resolver'), resolver);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
