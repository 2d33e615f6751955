/**
 * A program: `node worker.js LAB SEED RUNS`. Draws that many sequences, all on a lab of that name, and prints what came of it as one
 * line of JSON. Two of them at once use both processors of a small machine.
 */
import * as fc from 'fast-check';

import { TopologyError } from '../../../src/errors.ts';
import type { TopologyDocument } from '../../../src/topology/document.ts';
import { expandObject } from '../../../src/topology/load.ts';
import { drawn } from './draw.ts';
import { edited, step } from './edit.ts';
import { Finding, run } from './sequence.ts';
import { sketch } from './sketch.ts';
import { smaller } from './smaller.ts';

/** What a worker tells. */
export interface Outcome {
  readonly sequences: number;
  /** Files that were drawn, and of those the ones that the rules of the language refused. */
  readonly files: number;
  readonly refused: number;
  /** What was found, after it was made as small as it gets. */
  readonly finding?: { readonly message: string; readonly before?: TopologyDocument; readonly after: TopologyDocument };
  readonly error?: string;
}

/** How long a failing sequence is made smaller. */
const SHRINKING_MS = Number(process.env['NETLAB_SHRINK_MS'] ?? 60_000);

const [lab = 'model', seed = '1', runs = '1'] = process.argv.slice(2);
let [sequences, files, refused] = [0, 0, 0];
let smallest: Finding | undefined;
let failedAt = Infinity;

const sequence = fc.tuple(sketch, fc.array(step, { minLength: 1, maxLength: 2 }));

/** The files of a sequence: without those that are refused, and without those that are as the one before. */
function documentsOf([first, steps]: typeof sequence extends fc.Arbitrary<infer T> ? T : never): TopologyDocument[] {
  const documents: TopologyDocument[] = [];
  let at = first;
  for (const edits of [[], ...steps]) {
    const next = edited(at, edits);
    const document = drawn(next, lab);
    if (JSON.stringify(document) === JSON.stringify(documents.at(-1))) continue;
    files += 1;
    if (!isGood(document)) continue;
    documents.push(document);
    at = next;
  }
  return documents;
}

function isGood(document: TopologyDocument): boolean {
  try {
    expandObject(document, lab);
    return true;
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    refused += 1;
    if (process.env['NETLAB_SHOW_REFUSED'] === '1') console.error(error.message);
    return false;
  }
}

const outcome = await fc.check(
  fc.asyncProperty(sequence, async (value) => {
    const documents = documentsOf(value);
    fc.pre(documents.length > 1);
    if (failedAt === Infinity) sequences += 1;
    // Small enough: whatever is tried now counts as good.
    else if (Date.now() > failedAt + SHRINKING_MS) return;
    try {
      await run(documents);
    } catch (error) {
      failedAt = Math.min(failedAt, Date.now());
      if (error instanceof Finding) smallest = error;
      throw error;
    }
  }),
  { seed: Number(seed), numRuns: Number(runs) },
);

/** The two files of a finding, as small as they get. */
async function small(found: Finding): Promise<Finding> {
  if (found.before === undefined) return found;
  let best = found;
  const fails = async (documents: readonly TopologyDocument[]): Promise<boolean> => {
    if (!documents.every(isGood)) return false;
    try {
      await run(documents);
      return false;
    } catch (error) {
      if (error instanceof Finding) best = error;
      return error instanceof Finding;
    }
  };
  await smaller([found.before, found.after], fails, Date.now() + SHRINKING_MS);
  return best;
}

const told: Outcome = {
  sequences,
  files,
  refused,
  ...(smallest === undefined ? {} : { finding: wordsOf(await small(smallest)) }),
  ...(outcome.failed && smallest === undefined ? { error: String(outcome.errorInstance) } : {}),
};
console.log(JSON.stringify(told));

function wordsOf({ message, before, after }: Finding): NonNullable<Outcome['finding']> {
  return { message, ...(before === undefined ? {} : { before }), after };
}
