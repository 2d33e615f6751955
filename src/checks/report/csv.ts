/** Results of a grading as CSV (RFC 4180): a line for each lab, a column for each check. */
import type { LabResult } from '../../model/check.ts';

/** The table, with its head. Checks that no lab could be asked for have no column. */
export function csv(labs: readonly LabResult[]): string {
  const names = [...new Set(labs.flatMap(({ checks }) => checks.map(({ name }) => name)))];
  const rows = labs.map((lab) => {
    const { file, checks, outcome, reason = '' } = lab;
    const passed = checks.filter((check) => check.passed);
    const points = passed.reduce((sum, check) => sum + check.points, 0);
    const cells = names.map((name) => {
      const own = checks.filter((check) => check.name === name);
      // A lab that was tested and has no such check is not judged by it: other labs have other checks.
      if (own.length === 0) return checks.length === 0 && outcome !== 'passed' ? outcome : '';
      return own.every((check) => check.passed) ? 'pass' : 'fail';
    });
    return [
      file,
      passed.length,
      checks.length === 0 && outcome !== 'passed' ? names.length : checks.length - passed.length,
      points,
      ...cells,
      firstLine(reason),
    ];
  });
  return [['lab', 'passed', 'failed', 'points', ...names, 'remark'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}

function firstLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

/** A text that a spreadsheet would take for a formula is none: students choose what their labs are called. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
