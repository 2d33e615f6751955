import { readdirSync } from 'node:fs';

import { isErrno } from './errno.ts';

/** The names in a folder; none when it is not there. Throws as readdirSync does. Like `ls -A`. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
