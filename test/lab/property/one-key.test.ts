/**
 * Whatever one key of a good topology becomes: the lab comes up as it is then written, which iproute2 and nft confirm, or the
 * file is refused with its line. Nothing in between: no stack trace, nothing half built. NETLAB_MUTATIONS=N tries N of them, and
 * NETLAB_SEED=N begins at another seed.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { load } from 'js-yaml';

import { TopologyError } from '../../../src/errors.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';
import { everything } from '../explain/everything.ts';
import { runApart } from '../explain/run-apart.ts';
import {
  assertHostUnchanged,
  hostSnapshot,
  netlab,
  netnsOf,
  probe,
  requireRoot,
  tempFile,
  TOPOLOGIES,
  uniqueLabName,
} from '../../support/index.ts';
import { mutate } from '../../support/mutate.ts';
import { dice } from '../../support/random.ts';

const COUNT = Number(process.env['NETLAB_MUTATIONS'] ?? 60);
const SEED = Number(process.env['NETLAB_SEED'] ?? 1);
/** Left as they are: checks do nothing in `up`, and processes have tests of their own. */
const APART = ['checks', 'processes', 'name', 'description', 'setup', 'nftables'];
/** The host's own namespace is for other tests. */
const FILES = readdirSync(TOPOLOGIES)
  .filter((name) => name.endsWith('.yaml'))
  .filter((name) => !/host|internet/.test(name) && readFileSync(`${TOPOLOGIES}${name}`, 'utf8').length < 8000);

interface NodeLike {
  processes?: unknown;
  setup?: unknown;
}

/**
 * The topologies as plain values, without their processes; and without a setup that writes into a root or a mount of the node's own,
 * which a changed file may not give it: it would write on this machine.
 */
const documents = FILES.map((file) => {
  const text = readFileSync(`${TOPOLOGIES}${file}`, 'utf8');
  const writes = /^\s*(?:rootfs|mounts):/m.test(text);
  const document = load(text) as { nodes?: Record<string, NodeLike | null>; defaults?: { node?: NodeLike } };
  for (const node of [...Object.values(document.nodes ?? {}), document.defaults?.node]) {
    delete node?.processes;
    if (writes) delete node?.setup;
  }
  return { file, document };
});

function mutant(seed: number, name: string): { text: string; what: string } {
  const roll = dice(seed);
  const { file, document } = documents[roll(documents.length)]!;
  const { what, document: changed } = mutate(document, roll, APART);
  return { what: `seed ${seed}, ${file}: ${what}`, text: JSON.stringify({ ...(changed as object), name }, null, 1) };
}

/** What the file is refused with; undefined when it is good. Anything but a TopologyError with places fails here. */
function refusal(text: string, what: string): TopologyError | undefined {
  try {
    loadTopologyText(text, 'x.yaml', { env: {} });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof TopologyError, `${what}: ${(error as Error).stack}`);
    assert.ok(
      error.problems.every(({ line, column }) => line > 0 && column > 0),
      `${what}: ${error.message}`,
    );
    assert.doesNotMatch(error.message, /undefined|\[object|NaN|cannot say where/, what);
    return error;
  }
}

describe('one key changed', function () {
  this.timeout(600_000);

  it('a thousand files are good, or refused by line', () => {
    let refused = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const { text, what } = mutant(seed, 'mutant');
      if (refusal(text, what) !== undefined) refused++;
    }
    assert.ok(refused > 300 && refused < 980, `${refused} of 1000 were refused`);
  });

  it(`${COUNT} good ones come up as they are written`, async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'nftables NAT', 'nft', 'ipv6');
    const before = hostSnapshot();
    const labs: string[] = [];
    for (let seed = SEED, tried = 0; tried < COUNT; seed++) {
      const name = uniqueLabName('m');
      const { text, what } = mutant(seed, name);
      if (refusal(text, what) !== undefined) continue;
      tried++;
      labs.push(name);
      await comesUp(name, text, what);
    }
    assertHostUnchanged(before, hostSnapshot(), { labs });
  });
});

/** Brings a file up that was found good. The kernel may still refuse it: then by its line, and with nothing left. */
async function comesUp(name: string, text: string, what: string): Promise<void> {
  const file = tempFile(text, `${name}.yaml`);
  const { stdout: script } = await netlab(['plan', '--explain', file]);
  const { code, stderr } = await netlab(['up', file]);
  try {
    assert.doesNotMatch(stderr, /internal error|\n\s+at /, `${what}: ${stderr}`);
    if (code !== 0) {
      assert.match(stderr, new RegExp(`^${file}:\\d+:\\d+ `, 'm'), `${what}: ${stderr}`);
      assert.deepEqual([netnsOf(name), existsSync(`/run/netlab/${name}`)], [[], false], `${what}: half built`);
      return;
    }
    const plan = await netlab(['plan', '--exit-code', file]);
    assert.equal(plan.code, 0, `${what}: ${plan.stdout}`);
    assert.deepEqual(everything(name), runApart(script, name).made, what);
  } finally {
    await netlab(['down', name]);
  }
}
