/** Words for a POSIX shell. */

/** An argument as a shell needs it typed: quoted only where it has to be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command line; arguments that are undefined or empty are left out. */
export function words(...list: readonly (string | undefined)[]): string {
  return list.filter((word) => word !== undefined && word !== '').join(' ');
}

/** `NAME VALUE` when there is a value. */
export function pair(name: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${shellWord(String(value))}`;
}

/** A command as one line. */
export function shellLine(command: readonly string[]): string {
  return command.map(shellWord).join(' ');
}

/** The line that a person wrote: what stands behind `/bin/sh -c`, or the command as a line. */
export function asWritten(command: readonly string[]): string {
  const [shell, option, line] = command;
  return shell === '/bin/sh' && option === '-c' && line !== undefined && command.length === 3
    ? line
    : shellLine(command);
}
