/**
 * What is written down of a running lab, damaged in every way, in the state folder and in the keeper's copy: whatever stands there, the
 * lab is shown, compared, brought up and taken down, or an error of netlab's own says why not. Nothing else comes out.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Lab, NetlabError, type TopologyDocument } from '../../../src/index.ts';
import { keeperOf, privateFolder } from '../../../src/state/keepers.ts';
import { labPaths } from '../../../src/state/paths.ts';
import { diceFor, FUZZ_TIMEOUT, mutateBytes, seeds } from '../../support/fuzz.ts';
import { assertHostUnchanged, hostSnapshot, probe, requireRoot, uniqueLabName } from '../../support/index.ts';
import { mutate } from '../../support/mutate.ts';
import type { Dice } from '../../support/random.ts';

const topology = (name: string, edited: boolean): TopologyDocument => ({
  name,
  nodes: {
    a: {
      forwarding: true,
      interfaces: { eth0: { addresses: ['10.0.0.1/24'] } },
      setup: ['true'],
      processes: {
        web: { command: ['sleep', edited ? '1001' : '1000'], restart: 'always', ready: { command: ['true'] } },
      },
    },
    b: {
      isolation: ['net'],
      interfaces: { eth0: { addresses: ['10.0.0.2/24'] } },
      processes: { db: { command: 'sleep 1000' } },
    },
  },
  links: [{ endpoints: ['a:eth0', 'b:eth0'], mtu: edited ? 1400 : 1500 }],
});

/** The text with a few values that are not what they were, or bytes. */
function damaged(text: string, roll: Dice): Buffer {
  if (roll(3) === 0) return mutateBytes(Buffer.from(text), roll);
  let value: unknown = JSON.parse(text);
  for (let rounds = 1 + roll(3); rounds > 0; rounds--) value = mutate(value, roll, ['version']).document;
  return Buffer.from(JSON.stringify(value));
}

describe('fuzz: what is written down of a lab', function () {
  this.timeout(FUZZ_TIMEOUT);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });

  it('however damaged, is no reason to crash', async () => {
    const name = uniqueLabName('state');
    const before = hostSnapshot();
    await Lab.up(topology(name, false));
    const lab = await Lab.open(name);
    let edited = false;
    let refused = 0;
    const attempt = async (what: string, verb: () => Promise<unknown>): Promise<void> => {
      try {
        await verb();
      } catch (error) {
        assert.ok(error instanceof NetlabError, `${what}: ${(error as Error).stack}`);
        refused++;
      }
    };
    for (const seed of seeds(40)) {
      const roll = diceFor('state', seed);
      const keeper = keeperOf(name);
      if (keeper === undefined) assert.fail(`NETLAB_SEED=${seed}: the keeper has gone`);
      const files = [join(privateFolder(keeper), 'lab.json'), join(labPaths(name).dir, 'lab.json')];
      const good = readFileSync(files[0]!, 'utf8');
      const bad = damaged(good, roll);
      const what = `NETLAB_SEED=${seed} ${bad.toString().slice(0, 3000)}`;
      for (const file of files) writeFileSync(file, bad);
      await attempt(`${what}: status`, () => lab.status());
      await attempt(`${what}: list`, () => Lab.list());
      await attempt(`${what}: plan`, () => Lab.plan(topology(name, edited)));
      await attempt(`${what}: restart`, () => lab.control('restart', [{ node: 'a' }]));
      edited = roll(2) === 0;
      await attempt(`${what}: up`, () => Lab.up(topology(name, edited)));
      // What a refusal has left as it was goes on with what was good.
      for (const file of files) if (readFileSync(file).equals(bad)) writeFileSync(file, good);
      await attempt(`${what}: up again`, () => Lab.up(topology(name, edited)));
      const { changes } = await Lab.plan(topology(name, edited));
      assert.deepEqual(changes, [], `${what}: what is left to do`);
    }
    await lab.down();
    console.log(`        ${refused} refusals`);
    assertHostUnchanged(before, hostSnapshot(), { labs: [name] });
  });
});
