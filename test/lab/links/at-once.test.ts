/**
 * What `up` calls up carries packets, also where the kernel's workers come late to what it has been told: they act upon carriers and IPv6
 * addresses, and wait for a lock that whoever makes and ends many namespaces has most of the time.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { Lab } from '../../../src/index.ts';
import { CLI, netlab, probe, requireRoot, tempFile, TOPOLOGIES, uniqueLabName } from '../../support/index.ts';

const ROUNDS = 60;

/** Many nodes on a bridge. */
function star(nodes: number): string {
  const names = Array.from({ length: nodes }, (_, i) => `n${i}`);
  const lines = names.map(
    (name, i) => `  ${name}: { interfaces: { eth0: { addresses: [10.0.${i >> 8}.${i & 255}/16] } } }`,
  );
  return `nodes:\n${lines.join('\n')}\nbridges: { sw: { ports: [${names.map((name) => `'${name}:eth0'`).join(', ')}] } }\n`;
}

describe('a lab that is up', function () {
  this.timeout(180_000);
  const others = Array.from({ length: 3 }, () => uniqueLabName('busy'));
  const busy: ChildProcess[] = [];
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ipv6');
    for (const name of others) {
      const file = tempFile(`name: ${name}\n${star(500)}`, `${name}.yaml`);
      const again = `while :; do "$0" "$1" up ${file}; "$0" "$1" down ${name}; done`;
      busy.push(spawn('sh', ['-c', again, process.execPath, CLI], { stdio: 'ignore', detached: true }));
    }
  });
  after(async () => {
    for (const child of busy) {
      const ended = once(child, 'exit');
      // The whole group, which is its own.
      process.kill(-child.pid!, 'SIGKILL');
      await ended;
    }
    for (const name of others) await netlab(['down', name]);
  });

  it('carries packets at once, however busy the kernel is', async () => {
    const lost: string[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await using lab = await Lab.up(`${TOPOLOGIES}router-chain.yaml`, { name: uniqueLabName('once') });
      const { pairs } = await lab.pingall();
      for (const { from, to, ok, why } of pairs) if (!ok) lost.push(`round ${round}: ${from} → ${to}: ${why}`);
    }
    assert.deepEqual(lost, []);
  });
});
