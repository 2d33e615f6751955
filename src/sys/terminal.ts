import { c } from './libc.ts';

/** Whether a descriptor is a terminal. Like `test -t FD`; Node's own `isatty` loads three milliseconds of streams. */
export function isTerminal(fd: number): boolean {
  return c.isatty(fd) === 1;
}
