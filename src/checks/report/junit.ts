/** Results as JUnit's XML, in the form that Jenkins, GitLab and GitHub's actions read. */
import type { LabResult } from '../../model/check.ts';
import { attributes, escaped } from '../../model/xml.ts';
import { lineOf, type Point, pointsOf, tally } from './words.ts';

/** The whole document. */
export function junit(labs: readonly LabResult[]): string {
  const { passed, failed, skipped } = tally(labs);
  const time = labs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const facts = { name: 'netlab', tests: passed + failed + skipped, failures: failed, errors: 0, skipped };
  const body = labs.map(suite).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes({ ...facts, time: seconds(time) })}>\n${body}\n</testsuites>\n`;
}

function suite(lab: LabResult): string {
  const { passed, failed, skipped } = tally([lab]);
  const facts = {
    name: lab.lab,
    tests: passed + failed + skipped,
    failures: failed,
    errors: 0,
    skipped,
    time: seconds(lab.milliseconds),
    file: lab.file,
  };
  const points = pointsOf(lab);
  const cases = points.map((point) => testcase(lab, point)).join('\n');
  return `  <testsuite${attributes(facts)}>\n${cases}\n  </testsuite>`;
}

function testcase(lab: LabResult, point: Point): string {
  const { name, passed, milliseconds, saw, check } = point;
  const open = `    <testcase${attributes({ name, classname: lab.lab, time: seconds(milliseconds) })}`;
  if (lab.outcome === 'skipped') return `${open}>\n      <skipped${attributes({ message: saw })}/>\n    </testcase>`;
  if (passed) return `${open}/>`;
  const place = check === undefined ? lab.file : lineOf(check);
  const type = check?.kind ?? 'up';
  const failure = `      <failure${attributes({ message: saw.split('\n')[0] ?? '', type })}>${escaped(`${place}\n${saw}`)}</failure>`;
  const out = systemOut(point);
  return `${open}>\n${failure}\n${out}    </testcase>`;
}

/** Routes, neighbours and logs of the nodes that the check was about. */
function systemOut({ check }: Point): string {
  const lines = (check?.diagnosis ?? []).flatMap(({ node, routes, neighbours, logs }) => [
    ...section(`${node}: routes`, routes),
    ...section(`${node}: neighbours`, neighbours),
    ...Object.entries(logs).flatMap(([process, log]) => section(`${node}/${process}: log`, log)),
  ]);
  return lines.length === 0 ? '' : `      <system-out>${escaped(lines.join('\n'))}</system-out>\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
