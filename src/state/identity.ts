/** Whose labs are meant, where those of several state folders are seen side by side: a container has a /run of its own. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

import { STATE_ROOT } from './places.ts';

let known: string | undefined;

/** A word of eight letters for this state folder, made of its path and of the file system that it is on. The same in every run. */
export function stateIdentity(): string {
  known ??= createHash('sha256')
    .update(`${STATE_ROOT} ${stateDevice() ?? ''}`)
    .digest('hex')
    .slice(0, 8);
  return known;
}

/** The file system of the state folder, or of where it would be. */
export function stateDevice(): number | undefined {
  for (let path = STATE_ROOT; ; path = dirname(path)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined || path === '/') return found?.dev;
  }
}
