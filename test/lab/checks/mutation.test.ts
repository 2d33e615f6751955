/**
 * No check passes that should not. Each expectation of the topologies' checks is made wrong in turn; and each lab is broken in turn (a
 * link cut, a route dropped, a process stopped): what the checks say is held against tools that are not ours, and what is broken must
 * be noticed by one of them, unless by such tools all is as it was. A sample of topologies is taken; NETLAB_MUTATION=all takes all of
 * them, programs too, NETLAB_MUTATION=NAME,… these.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { loadTopologyText } from '../../../src/topology/load.ts';
import { readModule } from '../../../src/topology/module.ts';
import { parseYaml } from '../../../src/topology/yaml.ts';
import type { Check, CheckResult } from '../../../src/model/check.ts';
import type { TopologyDocument } from '../../../src/topology/document.ts';
import {
  netlab,
  probe,
  provideRoots,
  requireRoot,
  skip,
  tempFile,
  testReport,
  TOPOLOGIES,
  uniqueLabName,
} from '../../support/index.ts';
import { type Breakage, breakages } from './breakages.ts';
import { mutantsOf } from './mutants.ts';
import { isHarmless, isSo, reachable } from './oracle.ts';

/** What is broken where nobody asks for more: of each kind the first. */
const SAMPLE: Readonly<Record<string, readonly Breakage['kind'][]>> = {
  pod: ['process'],
  'pod-network': ['route'],
};
const wanted = process.env['NETLAB_MUTATION'] ?? Object.keys(SAMPLE).join(',');
const names = readdirSync(TOPOLOGIES)
  .filter((file) => /\.(yaml|mjs)$/.test(file) && file !== 'as-yaml.mjs')
  .map((file) => file.replace(/\.yaml$/, ''))
  .filter((name) => wanted === 'all' || wanted.split(',').includes(name));

/** Relative paths of a file lead on from where it stood. */
async function read(name: string): Promise<TopologyDocument> {
  if (name.endsWith('.mjs')) return readModule(`${TOPOLOGIES}${name}`);
  const text = readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8').replaceAll(/\.\/(?=[a-z])/g, TOPOLOGIES);
  return parseYaml(text, process.env).value as TopologyDocument;
}

describe('mutation of checks', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'nftables NAT', 'python3', 'ping', 'curl');
    if (wanted === 'all') provideRoots(this, '${BUSYBOX_IMAGE');
  });

  it('takes topologies that there are', () => assert.ok(names.length > 0, wanted));

  for (const name of names) {
    it(`${name}: no expectation that is wrong passes`, async function () {
      const document = await read(name);
      const checks = mutantsOf(document.checks ?? []);
      const { file } = written({ ...document, checks });
      const { report } = await testReport([file], { timeout: 120_000 });
      const [lab] = report.labs;
      if (lab?.outcome === 'skipped') skip(this, lab.reason ?? '');
      assert.equal(lab?.reason, undefined);
      assert.equal(lab?.checks.length, checks.length);
      assert.deepEqual(
        lab?.checks.filter(({ passed }) => passed).map((check) => `${check.name}: ${check.saw}`),
        [],
      );
    }).timeout(150_000);

    it(`${name}: what is broken is seen`, async function () {
      const document = await read(name);
      const checks = (document.checks ?? []).map((check) => ({ ...check, within: '1s' }));
      const { file, name: lab } = written({ ...document, checks });
      const { model, expandChecks } = loadTopologyText(readFileSync(file, 'utf8'), file);
      const up = await netlab(['up', file], { timeout: 60_000 });
      if (up.code === 1 && /^netlab: .*(kernel|control group|controller)/m.test(up.stderr)) skip(this, up.stderr);
      assert.equal(up.code, 0, up.stderr);
      const faults: string[] = [];
      try {
        const all = some(name, breakages(file, model));
        for (const { kind, what, cut, mend } of all) {
          await cut();
          const { wrong, isNoticed } = await judged(lab, file, document, expandChecks());
          faults.push(...wrong.map((each) => `${what}: ${each}`));
          const broken = isNoticed ? '' : await reachable(model);
          if (isNoticed && what === all.at(-1)?.what) break;
          await mend();
          if (!isNoticed && !(await isHarmless(name, kind, what, async () => (await reachable(model)) === broken)))
            faults.push(`${what}: no check has noticed it`);
        }
      } finally {
        await netlab(['down', lab], { timeout: 60_000 });
      }
      assert.deepEqual(faults, []);
    }).timeout(1_800_000);
  }
});

/** All of them, or the first of some kinds where a sample is asked for. */
function some(name: string, all: readonly Breakage[]): readonly Breakage[] {
  if (process.env['NETLAB_MUTATION'] !== undefined) return all;
  return (SAMPLE[name] ?? []).flatMap((kind) => all.find((each) => each.kind === kind) ?? []);
}

/** The topology under a name of its own. */
function written(document: TopologyDocument): { readonly file: string; readonly name: string } {
  const name = uniqueLabName();
  return { name, file: tempFile(JSON.stringify({ ...document, name }), `${name}.json`) };
}

/**
 * What the checks of a lab say that is not so, and whether one of them fails. Where one fails that should not, all are asked again: a
 * second is not much on a machine that does other things.
 */
async function judged(
  lab: string,
  file: string,
  document: TopologyDocument,
  asked: readonly Check[],
): Promise<{ readonly wrong: readonly string[]; readonly isNoticed: boolean }> {
  for (let round = 1; ; round++) {
    const truth = asked.map((check) => isSo(lab, check, document));
    const { report } = await testReport([file], { timeout: 60_000 });
    const results = report.labs[0]?.checks ?? [];
    assert.equal(results.length, asked.length, report.labs[0]?.reason);
    // Asked again: what has just been broken may show a moment later, and of a service of which one backend is cut off
    // some connections are answered, and a check asks until one is.
    const wrong = results.filter(
      (check, i) => isWrong(truth[i], check) && isWrongStill(check, () => isSo(lab, asked[i]!, document)),
    );
    if (wrong.length > 0 && wrong.every(({ passed }) => !passed) && round < ROUNDS) continue;
    const isNoticed = results.some(({ passed }) => !passed);
    return {
      wrong: wrong.map((check) => `${check.name} ${check.passed ? 'passed' : 'failed'}: ${check.saw}`),
      isNoticed,
    };
  }
}

const ROUNDS = 4;

/** Whether tools say some times more what does not go with a result. */
function isWrongStill(result: CheckResult, ask: () => boolean | undefined): boolean {
  for (let time = 0; time < 12; time++) if (!isWrong(ask(), result)) return false;
  return true;
}

function isWrong(so: boolean | undefined, { passed, expect }: CheckResult): boolean {
  return so !== undefined && passed !== (so === (expect === 'pass'));
}
