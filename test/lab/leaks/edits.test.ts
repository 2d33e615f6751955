/**
 * A lab that is edited and repaired again and again while it stays up: neither its helpers nor we nor what is written down of it grow.
 * NETLAB_LEAK_ROUNDS=N makes N rounds; 80 unless said.
 */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';

import { Lab } from '../../../src/index.ts';
import { NodeInit } from '../../../src/process/node-init.ts';
import { keeperOf, nodeSocket } from '../../../src/state/keepers.ts';
import { probe, requireRoot, run, tempFile, uniqueLabName, until } from '../../support/index.ts';
import { descriptors, heap, resident, Rounds } from '../../support/usage.ts';
import { ring, ROUNDS } from './labs.ts';

/** What the keeper and the first node's PID 1 hold. */
function helpers(name: string): Record<string, number> {
  const keeper = keeperOf(name) ?? assert.fail('the keeper has gone');
  const init = NodeInit.connect(nodeSocket(keeper, 'r0')) ?? assert.fail('the PID 1 has gone');
  init.close();
  const node = init.pid;
  return {
    'keeper descriptors': descriptors(keeper),
    'keeper KiB': resident(keeper),
    'PID 1 descriptors': descriptors(node),
    'PID 1 KiB': resident(node),
  };
}

function assertLevel(rounds: Rounds): void {
  console.log(`        ${String(rounds)}`);
  for (const name of ['descriptors', 'keeper descriptors', 'PID 1 descriptors']) rounds.assertLevel(name, 0);
  for (const name of ['keeper KiB', 'PID 1 KiB']) rounds.assertLevel(name, 64);
  rounds.assertLevel('heap', 1000);
}

describe('leaks: a lab that stays up', function () {
  this.timeout(60_000 + 2000 * ROUNDS);
  const name = uniqueLabName('edits');
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT', 'pid namespaces');
  });
  afterEach(async () => {
    await (await Lab.open(name)).down();
  });

  it(`edited ${ROUNDS} times`, async () => {
    const rounds = new Rounds();
    for (let round = 0; round < ROUNDS; round++) {
      await Lab.up(ring(name, round % 2 === 0));
      if (round % 2 === 0) continue;
      const size = statSync(`/run/netlab/${name}/lab.json`).size;
      rounds.note({ descriptors: descriptors(), heap: heap(), 'lab.json': size, ...helpers(name) });
    }
    assertLevel(rounds);
    // A process that was started anew has another pid and another time.
    rounds.assertLevel('lab.json', 64);
  });

  it(`repaired ${ROUNDS} times by a watch`, async () => {
    const rounds = new Rounds();
    const file = tempFile(JSON.stringify(ring(name, false)), `${name}.json`);
    const over = new AbortController();
    let repaired = 0;
    let watching = false;
    const watch = Lab.watch(file, {
      signal: over.signal,
      onEvent: (event) => {
        if (event.event === 'watching') watching = true;
        if (event.event === 'repaired') repaired++;
      },
    });
    await until(() => watching, { timeout: 30_000 });
    for (let round = 0; round < ROUNDS; round++) {
      const node = `${name}.r${round % 20}`;
      const damage = [
        ['addr', 'flush', 'dev', 'east', 'scope', 'global'],
        ['link', 'set', 'east', 'down'],
        ['link', 'del', 'east'],
      ][round % 3]!;
      const before = repaired;
      run('ip', ['-n', node, ...damage]);
      await until(
        () => repaired > before && run('ip', ['-n', node, 'addr', 'show', 'dev', 'east', 'up']).includes('10.1.'),
      );
      rounds.note({ descriptors: descriptors(), heap: heap(), ...helpers(name) });
    }
    over.abort();
    assert.equal(await watch, 'interrupted');
    assertLevel(rounds);
  });
});
