import { constants } from 'node:os';

import { SystemError } from '../errors.ts';

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));
// Of two names for one number, the one that people know.
names.set(constants.errno.EAGAIN, 'EAGAIN');
// Linux numbers that Node's table leaves out and the kernel's network code returns.
for (const [name, value] of [
  ['ENOTBLK', 15],
  ['EXFULL', 54],
  ['ENONET', 64],
  ['EREMOTE', 66],
  ['ESOCKTNOSUPPORT', 94],
  ['EPFNOSUPPORT', 96],
  ['ESHUTDOWN', 108],
  ['EHOSTDOWN', 112],
  ['EKEYREJECTED', 129],
  ['ERFKILL', 132],
] as const) {
  if (!names.has(value)) names.set(value, name);
}

/** The name of an error number: `errnoName(22)` is `EINVAL`. An unknown number prints as itself. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/** Whether something thrown is an error of a system call with that name, as Node's own modules throw it: `ENOENT`. */
export function isErrno(error: unknown, name: string): boolean {
  return error instanceof Error && 'code' in error && error.code === name;
}

/** What Node's own modules threw at a system call, in our words; anything else as it is. `call`, `subject`: as SystemError has them. */
export function systemError(error: unknown, call: string, subject: string): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error;
  return new SystemError(call, error.code, subject);
}
