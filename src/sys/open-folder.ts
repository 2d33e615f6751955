import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The first folder on the way to a path, or that itself, through which not everybody may pass; undefined when there is none. A folder that is not there counts as open. */
export function firstClosed(path: string): string | undefined {
  let closed: string | undefined;
  for (let at = path; ; at = dirname(at)) {
    const { mode = 0o1 } = statSync(at, { throwIfNoEntry: false }) ?? {};
    if (mode % 2 === 0) closed = at;
    if (at === '/') return closed;
  }
}
