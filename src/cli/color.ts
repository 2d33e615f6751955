import { isatty } from 'node:tty';

/** Functions that put a text into a colour, or return it as it is. */
export type Palette = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** The colours, or the same functions doing nothing. */
export function palette(enabled: boolean): Palette {
  const entries = Object.entries(CODES).map(([name, [on, off]]) => [
    name,
    enabled ? (text: string) => (text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`) : (text: string) => text,
  ]);
  return Object.fromEntries(entries) as Palette;
}

/** Whether colours are welcome on a descriptor: a terminal that knows them, and no NO_COLOR (https://no-color.org). */
export function wantsColor(fd: number, env: NodeJS.ProcessEnv = process.env): boolean {
  return isatty(fd) && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
