/** The matrix of `pingall`: a row for each node that asks, a column for each that is asked. */
import type { PingallReport } from '../model/report.ts';
import { count } from '../model/text.ts';
import type { Palette } from './color.ts';
import { took } from './duration.ts';
import { pad, width } from './table.ts';

const ANSWERED = '.';
const FAILED = 'X';
const ITSELF = '-';
/** Columns bear names as long as they fit on any terminal; then numbers, written downwards, which stand before the names of the rows. */
const COLUMNS = 80;

/** Rows ask, columns are asked. */
export function matrix({ nodes, pairs }: PingallReport, paint: Palette): string {
  const rank = new Map(nodes.map((node, i) => [node, i]));
  const cells = nodes.map((_, row) => nodes.map((__, column) => (row === column ? paint.dim(ITSELF) : ' ')));
  for (const { from, to, ok } of pairs)
    cells[rank.get(from)!]![rank.get(to)!] = ok ? paint.green(ANSWERED) : paint.bold(paint.red(FAILED));
  const longest = Math.max(...nodes.map(width));
  if (nodes.reduce((sum, node) => sum + width(node) + 2, longest) <= COLUMNS) {
    const line = (name: string, columns: readonly string[]): string =>
      [pad(name, longest), ...columns.map((text, i) => pad(text, width(nodes[i]!)))].join('  ').trimEnd();
    return [paint.bold(line('', nodes)), ...nodes.map((node, i) => line(node, cells[i]!))].join('\n');
  }
  const digits = String(nodes.length).length;
  const indent = ' '.repeat(digits + 1 + longest + 1);
  const numbers = nodes.map((_, i) => String(i + 1).padStart(digits));
  // A column in five is set off, so that the eye finds its way.
  const spread = (row: readonly string[]): string =>
    row.map((text, i) => (i > 0 && i % 5 === 0 ? ` ${text}` : text)).join('');
  const head = Array.from({ length: digits }, (_, at) => indent + spread(numbers.map((number) => number[at]!)));
  const rows = nodes.map((node, i) => `${numbers[i]} ${pad(node, longest)} ${spread(cells[i]!)}`);
  return [...head.map((line) => paint.bold(line.trimEnd())), ...rows].join('\n');
}

/** A line for each pair that failed, with the reason. */
export function failingLines({ pairs }: PingallReport): string[] {
  return pairs.flatMap(({ from, to, address, ok, why }) => (ok ? [] : [`${from} → ${to} (${address}): ${why}`]));
}

/** `9900 of 9900 pairs answered in 0.61 s` */
export function pingallSummary({ pairs, answered, silent, ms }: PingallReport): string {
  const without = silent.length === 0 ? '' : `; without an address: ${silent.join(', ')}`;
  return `${answered} of ${count(pairs.length, 'pair')} answered in ${took(ms)}${without}`;
}
