/** What `why` prints. */
import type { WhyHop, WhyReport } from '../model/why.ts';
import type { Palette } from './color.ts';
import { shownFile } from './shown-file.ts';

/** The way, hop by hop, and what stops it. */
export function whyLines(report: WhyReport, paint: Palette): string[] {
  const { hops, cause, notes } = report;
  const there = hops.filter(({ direction }) => direction === 'there');
  const back = hops.filter(({ direction }) => direction === 'back');
  return [
    ...there.map((hop, i) => hopLine(hop, i + 1)),
    ...(back.length === 0 ? [] : ['the answer:', ...back.map((hop, i) => hopLine(hop, i + 1))]),
    '',
    ...(cause === null
      ? [paint.green(`${report.from} reaches ${target(report)}`)]
      : [paint.red(`stopped: ${cause.text}  [${cause.word}]`)]),
    ...(cause?.place == null
      ? []
      : [`  look at ${shownFile(cause.place.file)}:${cause.place.line}  ${paint.dim(cause.place.path)}`]),
    ...(cause === null || cause.hint === '' ? [] : [`  to mend it: ${cause.hint}`]),
    ...notes.map((note) => `note: ${note}`),
  ];
}

function target({ to, address, protocol, port }: WhyReport): string {
  const what = to === address ? to : `${to} (${address})`;
  return port === null ? what : `${what}, ${protocol} port ${port}`;
}

function hopLine({ text, place }: WhyHop, number: number): string {
  const line = place === null ? '' : `topology line ${place.line}`;
  // Where the sentence ends with the route in brackets, the line belongs to that.
  const words = line === '' ? text : /\(([^)]*)\)/.test(text) ? text.replace(/\)/, `, ${line})`) : `${text} (${line})`;
  return `${String(number).padStart(2)}  ${words}`;
}
