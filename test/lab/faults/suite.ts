/** What the suites of faults have in common: how each begins, and how a row of faults is judged. */
import assert from 'node:assert/strict';

import { probe, requireRoot } from '../../support/index.ts';
import { install } from '../../support/faults/inject.ts';
import type { Fault } from '../../support/faults/point.ts';
import { reference, type Reference } from './campaign.ts';
import { Trial } from './trial.ts';

/** A trial on this machine, and what it is like without a fault. Skips where something of its lab is lacking. */
export async function begin(context: Mocha.Context): Promise<{ trial: Trial; known: Reference }> {
  requireRoot(context);
  probe(context, 'veth', 'bridge', 'vxlan', 'ipv6', 'nft', 'nftables NAT', 'pid namespaces');
  install();
  const trial = new Trial();
  return { trial, known: await reference(trial) };
}

/** Strikes with each fault in turn, and tells at the end of all after which something was wrong. */
export async function each(
  faults: readonly Fault[],
  strike: (fault: Fault, i: number) => Promise<string[]>,
): Promise<void> {
  const wrong: string[] = [];
  for (const [i, fault] of faults.entries()) {
    const found = await strike(fault, i);
    if (found.length > 0) wrong.push(found.join('\n    '));
  }
  assert.equal(wrong.length, 0, `${wrong.length} of ${faults.length} faults:\n${wrong.join('\n')}`);
}
