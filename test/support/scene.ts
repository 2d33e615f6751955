import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { LabStatus, LabSummary, PlannedChange, UpReport } from '../../src/model/report.ts';
import { netlab } from './cli.ts';
import type { Result, RunOptions } from './cli.ts';
import { tempFolder } from './files.ts';
import { assertHostUnchanged, hostSnapshot } from './host.ts';
import type { HostSnapshot } from './host.ts';
import { renamed, uniqueLabName } from './lab.ts';

/**
 * A lab of a test's own, worked by the command line alone: a topology under a name that nobody else has, and the host as it was
 * before. `await using scene = new Scene(text)` ends with `down` and with the host compared.
 */
export class Scene implements AsyncDisposable {
  readonly name: string;
  readonly file: string;
  readonly before: HostSnapshot;

  /** `text`: the topology; what it calls itself is replaced. */
  constructor(text: string, suffix = '') {
    this.name = uniqueLabName(suffix.replaceAll(/[^a-z0-9-]/g, '-'));
    this.file = join(tempFolder(), `${this.name}.yaml`);
    this.write(text);
    this.before = hostSnapshot();
  }

  /** What the file says now. */
  get text(): string {
    return readFileSync(this.file, 'utf8');
  }

  /** Replaces the file; the lab stays as it is until `up`. */
  write(text: string): void {
    writeFileSync(this.file, renamed(text, this.name));
  }

  /** `netlab up --json`, which must succeed. */
  async up(): Promise<UpReport> {
    const result = await this.tryUp(['--json']);
    assert.equal(result.code, 0, `up ended with ${result.code}\n${result.stdout}${result.stderr}`);
    return JSON.parse(result.stdout) as UpReport;
  }

  /** Writes the file and brings the lab in line with it: the changes that this took. */
  async become(text: string): Promise<readonly PlannedChange[]> {
    this.write(text);
    return (await this.up()).changes;
  }

  /** `netlab up`, whatever comes of it. */
  tryUp(options: readonly string[] = [], run: RunOptions = {}): Promise<Result> {
    return netlab(['up', ...options, this.file], run);
  }

  /** The exit code of `plan --exit-code` is 0: the lab is as the file says. */
  async assertNothingToDo(): Promise<void> {
    const { code, stdout, stderr } = await netlab(['plan', '--exit-code', this.file]);
    assert.equal(code, 0, `plan finds something to do\n${stdout}${stderr}`);
  }

  /** This lab's line of `netlab ls`; undefined when it is not there. */
  async summary(): Promise<LabSummary | undefined> {
    const { stdout } = await netlab(['ls', '--json']);
    return (JSON.parse(stdout) as LabSummary[]).find(({ lab }) => lab === this.name);
  }

  /** `netlab status --json`. */
  async status(): Promise<LabStatus> {
    const { code, stdout, stderr } = await netlab(['status', '-l', this.name, '--json']);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as LabStatus;
  }

  /** `netlab exec`. */
  exec(node: string, command: readonly string[], run: RunOptions = {}): Promise<Result> {
    return netlab(['exec', '-l', this.name, node, '--', ...command], run);
  }

  /** `netlab down NAME`, which must succeed. */
  async down(): Promise<Result> {
    const result = await netlab(['down', this.name]);
    assert.equal(result.code, 0, `down ended with ${result.code}\n${result.stdout}${result.stderr}`);
    return result;
  }

  /** Nothing of the lab is left, and nothing else has changed. */
  assertHostAsBefore(): void {
    assertHostUnchanged(this.before, hostSnapshot(), { labs: [this.name] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    this.assertHostAsBefore();
  }
}

/** A text with one passage replaced: an edit as a person makes it. The passage must stand in it once. */
export function edited(text: string, passage: string, replacement: string): string {
  const parts = text.split(passage);
  assert.equal(parts.length, 2, `${JSON.stringify(passage)} stands in the text ${parts.length - 1} times`);
  return parts.join(replacement);
}

/** Changes in short: `update link a:eth0: mtu 1400 → 1300`. */
export function inShort(changes: readonly PlannedChange[]): string[] {
  return changes.map(({ action, what, differences }) => {
    const words = differences.map(({ field, from, to }) => `${field} ${from ?? 'unset'} → ${to ?? 'unset'}`);
    return [`${action} ${what}`, ...words].join(': ');
  });
}
