import { readFileSync } from 'node:fs';

/** What stands in a file; undefined when it cannot be read: a process has ended, a kernel has no such file, nobody has written it. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
