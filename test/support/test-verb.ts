import assert from 'node:assert/strict';

import type { CheckResult, LabResult } from '../../src/model/check.ts';
import { netlab } from './cli.ts';
import type { Result, RunOptions } from './cli.ts';
import { tempFile } from './files.ts';
import { renamed, uniqueLabName } from './lab.ts';

/** What `netlab test --json` printed. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly milliseconds: number;
  readonly labs: readonly LabResult[];
}

/** `netlab test --json` of something, which must print a report. */
export async function testReport(
  words: readonly string[],
  run: RunOptions = {},
): Promise<Result & { readonly report: TestReport }> {
  const result = await netlab(['test', ...words, '--json'], run);
  assert.match(result.stdout, /^\{/, `test ${words.join(' ')} ended with ${result.code}\n${result.stderr}`);
  const report = JSON.parse(result.stdout) as TestReport;
  assert.ok(Array.isArray(report.labs), result.stdout);
  return { ...result, report };
}

/** Writes a topology under a name of its own. */
export function labFile(text: string): { readonly file: string; readonly name: string } {
  const name = uniqueLabName();
  return { name, file: tempFile(renamed(text, name), `${name}.yaml`) };
}

/** Tests a topology by `netlab test FILE`: what became of each of its checks, by name. */
export async function testTopologyText(text: string): Promise<ReadonlyMap<string, CheckResult>> {
  const { file } = labFile(text);
  const { report, code } = await testReport([file]);
  const [lab] = report.labs;
  assert.equal(lab?.reason, undefined);
  assert.equal(code, lab?.outcome === 'passed' ? 0 : 1);
  return new Map(lab?.checks.map((check) => [check.name, check]));
}

/** Fails with what was seen by those that came out otherwise than they should. */
export function assertAll(results: ReadonlyMap<string, CheckResult>, passed: boolean): void {
  const others = [...results.values()].filter((check) => check.passed !== passed);
  assert.deepEqual(
    others.map(({ name, saw }) => `${name}: ${saw}`),
    [],
    `these checks should have ${passed ? 'passed' : 'failed'}`,
  );
}
