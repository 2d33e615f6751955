/** Results as TAP, version 14: https://testanything.org/tap-version-14-specification.html */
import { dump } from 'js-yaml';

import type { LabResult } from '../../model/check.ts';
import { lineOf, type Point, pointsOf } from './words.ts';

/** The first line of a report. */
export const TAP_VERSION = 'TAP version 14';

/** The points of one lab as a whole document, without its version: `1..3`, `ok 1 - pods talk`, … */
export function labTap(lab: LabResult): string {
  if (lab.outcome === 'skipped') return `1..0 # SKIP ${oneLine(lab.reason ?? '')}`;
  const points = pointsOf(lab);
  return [`1..${points.length}`, ...points.map((point, i) => pointTap(point, i + 1))].join('\n');
}

/** One lab of several: its points as a subtest, and the point that it is itself. */
export function subtestTap(lab: LabResult, number: number): string {
  const title = `${number} - ${described(lab.file === '-' ? lab.lab : lab.file)}`;
  const result = `${lab.outcome === 'passed' || lab.outcome === 'skipped' ? 'ok' : 'not ok'} ${title}`;
  if (lab.outcome === 'skipped') return `${result} # SKIP ${oneLine(lab.reason ?? '')}`;
  if (lab.outcome === 'broken') return `${result}\n${block({ message: lab.reason ?? '', severity: 'fail' })}`;
  return `# Subtest: ${described(lab.file)}\n${indented(labTap(lab), 4)}\n${result} # time=${Math.round(lab.milliseconds)}ms`;
}

function pointTap(point: Point, number: number): string {
  const { name, passed, milliseconds, saw, check } = point;
  const line = `${passed ? 'ok' : 'not ok'} ${number} - ${described(name)} # time=${Math.round(milliseconds)}ms`;
  if (passed) return line;
  const facts = {
    message: saw,
    severity: 'fail',
    ...(check === undefined
      ? {}
      : { at: lineOf(check), kind: check.kind, expect: check.expect, tries: check.tries, ...nodes(point) }),
  };
  return `${line}\n${block(facts)}`;
}

/** What its nodes looked like, without what is empty. */
function nodes({ check }: Point): Record<string, unknown> {
  const diagnosis = check?.diagnosis ?? [];
  if (diagnosis.length === 0) return {};
  const full = (value: unknown): boolean => Object.keys(value as object).length > 0;
  const entries = diagnosis.map(({ node, routes, neighbours, logs }) => {
    const facts = { routes, neighbours, logs };
    return [node, Object.fromEntries(Object.entries(facts).filter(([, value]) => full(value)))] as const;
  });
  return { nodes: Object.fromEntries(entries) };
}

function block(facts: Readonly<Record<string, unknown>>): string {
  return indented(`---\n${dump(facts, { lineWidth: -1 })}...`, 2);
}

function indented(text: string, columns: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}

/** A description: in it `#` begins a directive unless it is escaped. */
function described(text: string): string {
  return oneLine(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
