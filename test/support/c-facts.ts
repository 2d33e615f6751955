/** Facts about C that our numbers rest on, put to the C compiler and this machine's headers. */
import { spawnSync } from 'node:child_process';

/** A C expression, and what we take it to be. */
export type CFact = readonly [expression: string, value: number];

/** What the compiler says of these facts, as one _Static_assert each; empty when it agrees with all. */
export function refuted(headers: readonly string[], facts: Iterable<CFact>): string {
  const source = headers.map((header) => `#include <${header}>`);
  for (const [expression, value] of facts) {
    // Half of these are unsigned in C: compared as 32 bits, whatever their sign.
    source.push(`_Static_assert((unsigned)(${expression}) == (unsigned)${value}, "${expression} is not ${value}");`);
  }
  const options = ['-fsyntax-only', '-fmax-errors=0', '-x', 'c', '-'];
  return spawnSync('cc', options, { input: `${source.join('\n')}\n`, encoding: 'utf8' }).stderr;
}
