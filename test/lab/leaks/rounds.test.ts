/**
 * A lab of twenty nodes, made, edited and taken down again and again by one process: nothing of it stays, neither with us nor in the
 * kernel. NETLAB_LEAK_ROUNDS=N makes N rounds; 80 unless said.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';

import { Lab } from '../../../src/index.ts';
import {
  assertHostUnchanged,
  hostSnapshot,
  netnsOf,
  probe,
  requireRoot,
  uniqueLabName,
  until,
} from '../../support/index.ts';
import { descriptors, heap, mounts, Rounds, slabObjects, unreclaimable } from '../../support/usage.ts';
import { ring, ROUNDS } from './labs.ts';

/** Who is in one of these namespaces, or has it open: `PID NAMESPACE`. Their numbers alone are given to others soon. */
function holders(namespaces: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const note = (pid: string, path: string): void => {
    try {
      const held = readlinkSync(`/proc/${pid}/${path}`);
      if (namespaces.has(held)) found.add(`${pid} ${held}`);
    } catch {
      // It has ended meanwhile.
    }
  };
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    note(pid, 'ns/net');
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) note(pid, `fd/${fd}`);
    } catch {
      // The same.
    }
  }
  return found;
}

describe('leaks: up, edit, down', function () {
  this.timeout(60_000 + 3000 * ROUNDS);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT', 'pid namespaces');
  });

  it(`${ROUNDS} rounds of a lab of 20 nodes`, async () => {
    const name = uniqueLabName('rounds');
    const before = hostSnapshot();
    const rounds = new Rounds();
    let namespaces = new Set<string>();
    let held = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      await Lab.up(ring(name, false));
      const lab = await Lab.up(ring(name, true));
      if (round === ROUNDS - 1) {
        const nodes = netnsOf(name);
        namespaces = new Set(nodes.map((node) => `net:[${statSync(`/run/netns/${name}.${node}`).ino}]`));
        held = holders(namespaces);
      }
      await lab.down();
      assert.ok(!existsSync(`/run/netlab/${name}`), `/run/netlab/${name} is left`);
      rounds.note({
        descriptors: descriptors(),
        mounts: mounts(),
        heap: heap(),
        SUnreclaim: unreclaimable(),
        net_namespace: slabObjects('net_namespace'),
      });
    }
    // What the kernel does later it does soon; and others may have labs up meanwhile, which go too.
    const { early } = rounds.levels('SUnreclaim');
    await until(() => unreclaimable() <= early + KERNEL_KIB, {
      timeout: 60_000,
      what: `level kernel memory (${String(rounds)})`,
    });
    if (slabObjects('net_namespace') !== undefined) {
      const few = rounds.levels('net_namespace').early + NAMESPACES;
      await until(() => slabObjects('net_namespace')! <= few, {
        timeout: 60_000,
        what: `level namespaces (${String(rounds)})`,
      });
    }
    console.log(`        ${String(rounds)}`);
    rounds.assertLevel('descriptors', 0);
    rounds.assertLevel('mounts', 0);
    rounds.assertLevel('heap', 1000);
    // The keeper held them all, and the processes were in some.
    assert.ok(namespaces.size > 20 && held.size > namespaces.size, `${namespaces.size} ${held.size}`);
    const left = holders(namespaces);
    assert.deepEqual(
      [...held].filter((each) => left.has(each)),
      [],
      'namespaces that somebody still holds',
    );
    assertHostUnchanged(before, hostSnapshot(), { labs: [name] });
  });
});

/** A namespace alone takes some 100 KiB, so one left behind in each round is seen. */
const KERNEL_KIB = 4096;
const NAMESPACES = 30;
