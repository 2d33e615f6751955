/** One `up` with one fault in it, within this process, and what came of it. */
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { failure } from '../../../src/cli/failure.ts';
import { palette } from '../../../src/cli/color.ts';
import { ApplyError } from '../../../src/errors.ts';
import { Lab } from '../../../src/index.ts';
import { readSysctl } from '../../../src/sys/procfs.ts';
import { renamed, tempFolder, uniqueLabName, until } from '../../support/index.ts';
import { type Fault, points } from '../../support/faults/point.ts';

/** What came of an `up`. */
export interface Outcome {
  /** Whether the fault has come to pass. */
  readonly hit: boolean;
  /** What the command would have printed; undefined when it succeeded. */
  readonly text: string | undefined;
  readonly error: unknown;
  /** What it says that it has undone. */
  readonly undone: ApplyError['undone'] | undefined;
  /** Descriptors that were not open before. */
  readonly leaked: number;
}

/** A lab of this process's own. */
export class Trial {
  readonly name = uniqueLabName('fault');
  readonly file = join(tempFolder(), `${this.name}.yaml`);

  /** An `up` of this text, with a fault in it; without one the calls are counted that a fault could strike. */
  async up(text: string, fault?: Fault): Promise<Outcome & { readonly seen: ReturnType<typeof points.end>['seen'] }> {
    writeFileSync(this.file, renamed(text, this.name));
    haveProcfs();
    const before = descriptors();
    let error: unknown;
    points.begin(fault);
    try {
      await Lab.up(this.file, { detach: true });
    } catch (thrown) {
      error = thrown ?? new Error('nothing was thrown');
    }
    const { hit, seen } = points.end();
    const undone = error instanceof ApplyError ? error.undone : undefined;
    const words = error === undefined ? undefined : printed(error);
    // The pipes of a child that has ended are closed a moment later.
    const gone = (): boolean => descriptors() <= before;
    await until(gone, { timeout: 1000, what: 'the closing of what was opened' }).catch(() => {});
    return { hit, seen, error, text: words, undone, leaked: descriptors() - before };
  }

  async down(): Promise<void> {
    const { down } = await import('../../../src/lab/down.ts');
    await down(this.name);
  }
}

/** Has the process hold its procfs (src/sys/procfs.ts) again, which an earlier fault may have taken from it: the next one comes after 32 uses. */
function haveProcfs(): void {
  for (let use = 0; use <= 33; use++) readSysctl('kernel/ostype');
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function printed(error: unknown): string {
  const circumstances = { failure: 1, usage: 'up', root: true, debug: false, verbose: false, paint: palette(false) };
  return failure(error, circumstances).text;
}

const KILLED = fileURLToPath(new URL('./killed.js', import.meta.url));

/** `up` of a text by a process of its own, which is killed at a point; without one, the points that there are. */
export function upElsewhere(
  trial: Trial,
  text: string,
  fault?: Fault,
): Promise<{ killed: boolean; stdout: string; stderr: string }> {
  writeFileSync(trial.file, renamed(text, trial.name));
  const environment = { ...process.env, ...(fault === undefined ? {} : { NETLAB_FAULT: JSON.stringify(fault) }) };
  const child = spawn(process.execPath, [KILLED, trial.file], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [[] as Buffer[], [] as Buffer[]];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) =>
      resolve({
        killed: signal === 'SIGKILL',
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}
