import { availableParallelism } from 'node:os';

import { UsageError } from '../../errors.ts';
import type { LabResult } from '../../model/check.ts';
import { LAB_OPTION, type Parsed, STRICT_OPTION } from '../args.ts';
import { interruptible } from '../interrupt.ts';
import { ProgressLine } from '../progress.ts';
import { writeResult } from '../result-file.ts';
import { shellIn } from '../testing/shell.ts';
import { type Target, targetsOf } from '../testing/targets.ts';
import { Teller } from '../testing/teller.ts';
import { defineVerb, type Inside } from '../verb.ts';
import { waiting } from '../words.ts';

/** `netlab test [FILE|FOLDER|NAME…]` */
export const verb = defineVerb(
  {
    name: 'test',
    usage: 'test [options] [FILE|FOLDER|NAME…]',
    about: [
      'Tries the `checks` of labs, each until it holds or its time is over. A lab that does not run is brought up and taken down',
      'again; of one that runs from that file, or is named, the checks are tried as it is. A file without checks is to come',
      'up, no more. Several files (a folder: all in it) are tested side by side. The report is TAP, with all that',
      'is needed to find the fault: what was seen, and routes, neighbours and logs of the nodes involved.',
      'With --checks the checks of that file are tried on every lab: for grading. Without an operand: netlab.yaml in this',
      'folder, else the only lab that runs.',
    ].join(' '),
    options: {
      junit: { type: 'string', value: 'FILE', about: 'write a report as JUnit XML, too' },
      csv: { type: 'boolean', about: 'print a line for each lab, as CSV' },
      filter: { type: 'string', value: 'REGEX', about: 'only checks whose name matches' },
      checks: { type: 'string', value: 'FILE', about: 'the checks of this file, on every lab' },
      labs: { type: 'string', value: 'PATTERN', about: "the topologies that are named so: 'students/*/topology.yaml'" },
      jobs: { type: 'string', short: 'j', value: 'N', about: 'so many labs at a time; unless said, one for each CPU' },
      keep: { type: 'boolean', about: 'leave the labs up' },
      'shell-on-failure': { type: 'boolean', about: 'a shell in the node that a failed check is about' },
      ...STRICT_OPTION,
      ...LAB_OPTION,
    },
    operands: { names: ['FILE|FOLDER|NAME'], min: 0, max: Infinity },
    inside: whereTo,
    examples: [
      { type: 'netlab test topologies/pair.yaml', does: 'bring it up, try its checks, take it down' },
      { type: 'netlab test --junit report.xml topologies/', does: 'all of a folder, with a report for a CI' },
      {
        type: "netlab test --checks grader.yaml --labs 'students/*/topology.yaml' --csv",
        does: 'grade: the same checks on the labs of all students',
      },
    ],
    exitCodes: [
      ['0', 'every check passed, or was skipped for what this machine lacks'],
      ['1', 'a check failed, or a lab did not come up'],
      ['2', 'a file is wrong'],
      ['130', 'interrupted; what was brought up is down again'],
    ],
  },
  async ({ options, operands, output }) => {
    if (options.csv && output.json) throw new UsageError('--csv and --json exclude each other');
    const filter = expressionOf(options.filter);
    const jobs = jobsOf(options.jobs);
    if (options.junit === '-') throw new UsageError('--junit names a file: on standard output stands the other report');
    const targets = await targetsOf({ operands, lab: options.lab, pattern: options.labs });
    const { checks, keep, strict } = options;
    if (options['shell-on-failure'] && targets.length !== 1) throw new UsageError('--shell-on-failure is for one lab');
    // Now, and not after an hour of tests, is the time to say that it cannot be written.
    if (options.junit !== undefined) writeResult(options.junit, '');
    const teller = await Teller.of(output, {
      csv: options.csv,
      several: targets.length > 1 || options.labs !== undefined,
    });
    using interrupt = interruptible(output, {
      first: 'interrupted, taking down what was brought up …',
      again: 'still taking it down; this ends by itself',
    });
    const { signal } = interrupt;
    const [only] = targets;
    teller.begin(targets.length);
    if (targets.length === 1 && only !== undefined) {
      using progress = new ProgressLine(output);
      const onFailure = async (result: LabResult): Promise<void> => {
        progress[Symbol.dispose]();
        if (options['shell-on-failure']) await shellIn(result, output);
      };
      const how = { signal, keep, strict, checks, filter, onFailure, onProgress: progress.update };
      teller.tell(await testOne(only, { ...how, onWait: (holder: string) => output.note(waiting(holder)) }));
    } else {
      const { testAll } = await import('../testing/suite.ts');
      await testAll(targets, {
        jobs,
        words: [
          ...(keep ? ['--keep'] : []),
          ...(strict ? ['--strict'] : []),
          ...(checks === undefined ? [] : [`--checks=${checks}`]),
          ...(options.filter === undefined ? [] : [`--filter=${options.filter}`]),
        ],
        signal,
        onResult: (result) => teller.tell(result),
      });
    }
    const { labs } = teller;
    if (options.junit !== undefined) await writeJunit(options.junit, labs);
    teller.end();
    if (filter !== undefined && labs.every(({ checks: tried }) => tried.length === 0))
      output.note(`netlab: no check has a name that --filter ${options.filter} matches`);
    return labs.some(({ outcome }) => outcome === 'broken')
      ? 2
      : labs.some(({ outcome }) => outcome === 'failed')
        ? 1
        : 0;
  },
);

/** Where an ordinary user's test of one lab goes on; of several each is tested by a command of its own. */
async function whereTo({ options, operands }: Parsed): Promise<Inside | undefined> {
  const text = (name: string): string | undefined => (typeof options[name] === 'string' ? options[name] : undefined);
  const targets = await targetsOf({ operands, lab: text('lab'), pattern: text('labs') });
  const [only] = targets;
  if (only === undefined || targets.length > 1 || text('labs') !== undefined) return undefined;
  if ('lab' in only) return 'lab';
  const { runsNow } = await import('../../checks/trial.ts');
  return (await runsNow(only.file)) ? 'lab' : 'up';
}

type Trial = typeof import('../../checks/trial.ts');

async function testOne(target: Target, options: Parameters<Trial['testTopology']>[1]): Promise<LabResult> {
  const { testLab, testTopology } = await import('../../checks/trial.ts');
  return 'lab' in target ? testLab(target.lab, options) : testTopology(target.file, options);
}

async function writeJunit(file: string, labs: readonly LabResult[]): Promise<void> {
  const { junit } = await import('../../checks/report/index.ts');
  writeResult(file, junit(labs));
}

function expressionOf(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
    throw new UsageError(`--filter: ${JSON.stringify(text)} is no regular expression: ${why}`);
  }
}

function jobsOf(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1) throw new UsageError(`--jobs: expected a number from 1 on, not ${text}`);
  return jobs;
}
