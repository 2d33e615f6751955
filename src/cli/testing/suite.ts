/** Many labs, each tested by a netlab of its own, some at a time: what one of them does to its process harms no other. */
import { spawn } from 'node:child_process';

import { InterruptedError } from '../../errors.ts';
import type { LabResult } from '../../model/check.ts';
import type { Target } from './targets.ts';

export interface SuiteOptions {
  /** How many at a time. */
  readonly jobs: number;
  /** Options of `test` for each of them. */
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  /** Called with each result in the order of the targets, as soon as those before it are known. */
  readonly onResult: (result: LabResult) => void;
}

/**
 * Tests all targets. An interruption is passed on, and waited for until every lab is down.
 * @throws InterruptedError
 */
export async function testAll(targets: readonly Target[], options: SuiteOptions): Promise<LabResult[]> {
  const { jobs, signal, onResult } = options;
  const results: (LabResult | undefined)[] = targets.map(() => undefined);
  let next = 0;
  let told = 0;
  const alone = await turns();
  const work = async (): Promise<void> => {
    while (next < targets.length && !signal.aborted) {
      const index = next++;
      results[index] = await alone(targets[index]!, (target) => testOne(target, options));
      for (let result = results[told]; result !== undefined && !signal.aborted; result = results[told]) {
        told += 1;
        onResult(result);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, targets.length) }, work));
  if (signal.aborted) throw new InterruptedError('interrupted; the labs of this run are down');
  return results.filter((result) => result !== undefined);
}

type Task = (target: Target) => Promise<LabResult>;

/**
 * How a target gets its turn. Root's labs of one name are tested side by side, since the later one takes another name. An ordinary
 * user's netlab enters the namespaces of the lab that has the name: his are tested one after the other.
 */
async function turns(): Promise<(target: Target, task: Task) => Promise<LabResult>> {
  const { ROOTLESS } = await import('../../state/places.ts');
  if (!ROOTLESS) return (target, task) => task(target);
  const last = new Map<string, Promise<unknown>>();
  return async (target, task) => {
    const name = await nameOf(target);
    const before = last.get(name);
    const result = (async () => {
      await before;
      return task(target);
    })();
    last.set(
      name,
      result.catch(() => {}),
    );
    return result;
  };
}

/** The name of a target's lab; of a file that is wrong, which its own netlab will tell, its path. */
async function nameOf(target: Target): Promise<string> {
  if ('lab' in target) return target.lab;
  const { readTopology } = await import('../../topology/load.ts');
  return readTopology(target.file).then(
    ({ model }) => model.name,
    () => target.file,
  );
}

function testOne(target: Target, { words, signal }: SuiteOptions): Promise<LabResult> {
  const started = performance.now();
  const which = 'file' in target ? ['--', target.file] : ['-l', target.lab];
  const argv = [...process.execArgv, process.argv[1]!, 'test', '--json', '--quiet', ...words, ...which];
  return new Promise((resolve, reject) => {
    // A process group of its own: the terminal's Ctrl-C comes to us, and from us to it, once.
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const interrupt = (): void => void child.kill('SIGINT');
    signal.addEventListener('abort', interrupt, { once: true });
    child.on('error', reject);
    child.on('close', () => {
      signal.removeEventListener('abort', interrupt);
      const text = Buffer.concat(stderr).toString().trim();
      resolve(resultOf(target, Buffer.concat(stdout).toString(), text, performance.now() - started));
    });
  });
}

/** What the other netlab has printed: the result of its lab, or an error. */
function resultOf(target: Target, text: string, stderr: string, milliseconds: number): LabResult {
  const named = 'file' in target ? { lab: target.file, file: target.file } : { lab: target.lab, file: '' };
  const failed = { ...named, outcome: 'failed', milliseconds, checks: [] } as const;
  try {
    const { labs, error } = JSON.parse(text) as {
      readonly labs?: readonly LabResult[];
      readonly error?: { readonly code: string; readonly message: string };
    };
    if (labs?.[0] !== undefined) return labs[0];
    if (error !== undefined)
      return { ...failed, outcome: error.code === 'ERR_TOPOLOGY' ? 'broken' : 'failed', reason: error.message };
  } catch {
    // What it printed is no report: its other words tell why.
  }
  return { ...failed, reason: stderr === '' ? 'its netlab ended without a word' : stderr };
}
