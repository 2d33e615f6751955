/** The texts of a lab that are neither in the kernel nor in a record: what its nodes see as /etc/hosts and /etc/resolv.conf. */
import { readFileSync, writeFileSync } from 'node:fs';

import { inKeeperFolder } from '../process/keeper-folder.ts';
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

/** Makes them say this, but for one that is undefined. Throws LabError. In place: the nodes have mounted the files themselves, not their names. */
export function writeTexts(keeper: number, { hosts, resolver }: Texts): void {
  const write = (which: keyof Texts, text: string): void =>
    writeFileSync(inKeeperFolder(keeper, STATE_ROOT, privateFiles(STATE_ROOT)[which]), text);
  if (hosts !== undefined) write('hosts', hosts);
  if (resolver !== undefined) write('resolver', resolver);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
