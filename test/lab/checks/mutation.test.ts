/**
 * No check passes that should not. Each expectation of the topologies' checks is made wrong in turn; and each lab is broken in turn (a
 * link cut, a node's routes dropped, a process stopped), and what the checks say is held against tools that are not ours. A sample of
 * topologies is taken; NETLAB_MUTATION=all takes all of them, NETLAB_MUTATION=NAME,… these.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { loadTopologyText } from '../../../src/topology/load.ts';
import { parseYaml } from '../../../src/topology/yaml.ts';
import type { Check, CheckResult } from '../../../src/model/check.ts';
import type { TopologyDocument } from '../../../src/topology/document.ts';
import {
  inNode,
  netlab,
  probe,
  provideRoots,
  requireRoot,
  tempFile,
  testReport,
  TOPOLOGIES,
  uniqueLabName,
} from '../../support/index.ts';
import { mutantsOf } from './mutants.ts';
import { isSo } from './oracle.ts';

const SAMPLE = 'pair,pod-network';
const wanted = process.env['NETLAB_MUTATION'] ?? SAMPLE;
const names = readdirSync(TOPOLOGIES)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''))
  .filter((name) => wanted === 'all' || wanted.split(',').includes(name));

/** Relative paths of a file lead on from where it stood. */
function read(name: string): TopologyDocument {
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
    it(`${name}: no expectation that is wrong passes`, async () => {
      const document = read(name);
      const checks = mutantsOf(document.checks ?? []);
      const { file } = written({ ...document, checks });
      const { report } = await testReport([file], { timeout: 120_000 });
      const [lab] = report.labs;
      assert.equal(lab?.reason, undefined);
      assert.equal(lab?.checks.length, checks.length);
      assert.deepEqual(
        lab?.checks.filter(({ passed }) => passed).map((check) => `${check.name}: ${check.saw}`),
        [],
      );
    }).timeout(150_000);

    it(`${name}: what is broken is seen`, async () => {
      const document = read(name);
      const checks = (document.checks ?? []).map((check) => ({ ...check, within: '1s' }));
      const { file, name: lab } = written({ ...document, checks });
      const { model, expandChecks } = loadTopologyText(readFileSync(file, 'utf8'), file);
      const up = await netlab(['up', file]);
      assert.equal(up.code, 0, up.stderr);
      try {
        const nodes = model.resources.flatMap((each) =>
          each.kind === 'namespace' && each.role === 'node' ? [each.node] : [],
        );
        for (const { what, cut, mend } of some(breakages(lab, file, document, nodes))) {
          await cut();
          const asked = expandChecks();
          const truth = asked.map((check) => isSo(lab, check));
          const { report } = await testReport([file], { timeout: 60_000 });
          const wrong = (report.labs[0]?.checks ?? []).filter((check, i) => {
            // Asked again: what has just been broken may show a moment later, and of a service of which one backend is cut off
            // some connections are answered, and a check asks until one is.
            return isWrong(truth[i], check) && isWrongStill(lab, asked[i]!, check);
          });
          assert.deepEqual(
            wrong.map((check) => `${what}: ${check.name} ${check.passed ? 'passed' : 'failed'}: ${check.saw}`),
            [],
          );
          await mend();
        }
      } finally {
        await netlab(['down', lab]);
      }
    }).timeout(600_000);
  }
});

/** All of them, or one where a sample is asked for. */
function some(all: readonly Breakage[]): readonly Breakage[] {
  if (process.env['NETLAB_MUTATION'] !== undefined) return all;
  return all.slice(0, 1);
}

/** The topology under a name of its own. */
function written(document: TopologyDocument): { readonly file: string; readonly name: string } {
  const name = uniqueLabName();
  return { name, file: tempFile(JSON.stringify({ ...document, name }), `${name}.json`) };
}

/** Whether tools say some times more what does not go with a result. */
function isWrongStill(lab: string, asked: Check, result: CheckResult): boolean {
  for (let time = 0; time < 12; time++) if (!isWrong(isSo(lab, asked), result)) return false;
  return true;
}

function isWrong(so: boolean | undefined, { passed, expect }: CheckResult): boolean {
  return so !== undefined && passed !== (so === (expect === 'pass'));
}

interface Breakage {
  readonly what: string;
  readonly cut: () => Promise<void> | void;
  readonly mend: () => Promise<void> | void;
}

/** Everything that can be broken, one thing after the other. */
function breakages(lab: string, file: string, document: TopologyDocument, nodes: readonly string[]): Breakage[] {
  const must = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await netlab(words);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  };
  const links = nodes.flatMap((node) =>
    [...inNode(lab, node, ['ip', '-o', 'link', 'show', 'up']).stdout.matchAll(/^\d+: ([^:@]+)@/gm)].map(
      ([, link = '']) => `${node}:${link}`,
    ),
  );
  const cuts = links.map((end) => ({
    what: `link down ${end}`,
    cut: () => must('link', 'down', '-l', lab, end),
    mend: () => must('link', 'reset', '-l', lab, end),
  }));
  const drops = nodes.map((node) => ({
    what: `routes of ${node} dropped`,
    cut: () => void inNode(lab, node, ['ip', 'route', 'flush', 'table', 'main']),
    mend: () => must('up', '-q', file),
  }));
  const stops = Object.entries(document.nodes ?? {}).flatMap(([node, said]) =>
    Object.keys(said?.processes ?? {}).map((process) => ({
      what: `stop ${node}/${process}`,
      cut: () => must('stop', '-l', lab, `${node}/${process}`),
      mend: () => must('start', '-l', lab, `${node}/${process}`),
    })),
  );
  return [...cuts, ...drops, ...stops];
}
