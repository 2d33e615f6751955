import { formatProblem, type Problem } from '../errors.ts';
import { count } from '../model/text.ts';
import type { Output } from './output.ts';
import type { Palette } from './color.ts';

/** Problems of a topology as they are, their positions in colour: red errors, yellow warnings. */
export function problemLines(problems: readonly Problem[], paint: Palette): string {
  const lines = problems.map((problem) => {
    const color = problem.severity === 'warning' ? paint.yellow : paint.red;
    return placed(formatProblem(problem), (position) => paint.bold(color(position)));
  });
  return lines.join('\n');
}

/** Warnings of a file that is good enough to go on with, on standard error. */
export function noteWarnings(warnings: readonly Problem[], output: Output): void {
  if (warnings.length > 0) output.note(problemLines(warnings, output.notePaint));
}

/** Colours the position at the head of a text, which ends at two blanks or at the end of the first line. */
export function placed(text: string, color: (position: string) => string): string {
  const end = / {2}|\n|$/.exec(text)?.index ?? 0;
  return color(text.slice(0, end)) + text.slice(end);
}

/** `lab.yaml: ok`, `lab.yaml: 2 errors, 1 warning`. With `strict`, a warning is an error too. */
export function verdict(file: string, problems: readonly Problem[], paint: Palette, strict = false): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const parts = [
    ...(errors > 0 ? [paint.red(count(errors, 'error'))] : strict && warnings > 0 ? [] : [paint.green('ok')]),
    ...(warnings === 0 ? [] : [paint.yellow(count(warnings, 'warning'))]),
  ];
  const end = strict && warnings > 0 ? ', and --strict takes warnings for errors' : '';
  return `${file}: ${parts.join(', ')}${end}`;
}
