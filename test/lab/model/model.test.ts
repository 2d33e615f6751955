/**
 * Random topologies of every kind that this kernel has, each brought up, edited and edited again: after every step netlab finds nothing
 * to do, what the edit does not speak of goes on undisturbed, and `ip`, `bridge`, `nft` and /proc see what they see of a fresh lab of the
 * same file. NETLAB_SEED=N draws others, NETLAB_RUNS=N so many of them.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { dump } from 'js-yaml';

import { assertHostUnchanged, hostSnapshot, probe, requireRoot, uniqueLabName } from '../../support/index.ts';
import type { Outcome } from './worker.ts';

const SEED = Number(process.env['NETLAB_SEED'] ?? 1);
const RUNS = Number(process.env['NETLAB_RUNS'] ?? 300);
const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
/** One for each processor of a small machine. */
const WORKERS = 2;

describe(`random labs and random edits, seed ${SEED}`, function () {
  this.timeout(3_600_000);

  it(`${RUNS} sequences come to what their files say`, async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ipv6', 'pid namespaces');
    const before = hostSnapshot();
    const labs = Array.from({ length: WORKERS }, () => uniqueLabName('m'));
    const outcomes = await Promise.all(labs.map((lab, i) => work(lab, SEED * WORKERS + i, Math.ceil(RUNS / WORKERS))));
    assertHostUnchanged(before, hostSnapshot(), { labs });
    for (const { error, finding } of outcomes) {
      assert.equal(error, undefined);
      if (finding !== undefined) assert.fail(words(finding));
    }
    const sum = (key: 'sequences' | 'files' | 'refused'): number =>
      outcomes.reduce((total, outcome) => total + outcome[key], 0);
    assert.ok(sum('sequences') >= RUNS, `${sum('sequences')} sequences`);
    // What the rules refuse proves nothing here; `property` is about that.
    assert.ok(sum('refused') < 0.1 * sum('files'), `${sum('refused')} of ${sum('files')} files were refused`);
  });
});

async function work(lab: string, seed: number, runs: number): Promise<Outcome> {
  const child = spawn(process.execPath, [WORKER, lab, String(seed), String(runs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = await text(child.stdout);
  assert.ok(printed !== '', `the worker of seed ${seed} ended with ${child.exitCode} and said nothing`);
  return JSON.parse(printed) as Outcome;
}

/** What was found, with the file before and after the edit. */
function words({ message, before, after }: NonNullable<Outcome['finding']>): string {
  const file = (title: string, document: unknown): string => `\n--- ${title}\n${dump(document, { flowLevel: 4 })}`;
  return [message, ...(before === undefined ? [] : [file('before', before)]), file('after', after)].join('\n');
}
