import { dirname, resolve } from 'node:path';

/** The folder beside whose files a topology finds its scripts and folders, whatever folder `up` was called in; `-` is standard input. */
export function homeOf(file: string): string {
  return file === '-' ? process.cwd() : dirname(resolve(file));
}
