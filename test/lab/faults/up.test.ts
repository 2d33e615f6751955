/** A fault at each point of `up`: what was before is there again, or what was wanted is, and one clear error says what happened. */
import assert from 'node:assert/strict';

import { onFreshHost, probe, requireRoot } from '../../support/index.ts';
import { install } from '../../support/faults/inject.ts';
import type { Fault } from '../../support/faults/point.ts';
import { reference, type Reference, strikeEdit, strikeNew } from './campaign.ts';
import { ALL, LIMIT_MS, sample, SEED } from './sample.ts';
import { Trial } from './trial.ts';

onFreshHost(
  import.meta.url,
  () => {
    describe(`faults in \`up\` (NETLAB_SEED=${SEED}${ALL ? ', all' : ''})`, function () {
      this.timeout(LIMIT_MS);
      let trial: Trial;
      let known: Reference;
      before(async function () {
        requireRoot(this);
        probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'nft', 'nftables NAT', 'pid namespaces');
        install();
        trial = new Trial();
        known = await reference(trial);
      });
      afterEach(async () => {
        await trial?.down();
      });

      async function each(faults: readonly Fault[], strike: typeof strikeNew): Promise<void> {
        const wrong: string[] = [];
        for (const fault of faults) {
          const found = await strike(trial, fault, known);
          if (found.length > 0) wrong.push(found.join('\n    '));
        }
        assert.equal(wrong.length, 0, `${wrong.length} of ${faults.length} faults:\n${wrong.join('\n')}`);
      }

      it('finds the points', () => {
        assert.ok(known.fresh.length > 400, `${known.fresh.length} points of a new lab`);
        assert.ok(known.edit.length > 800, `${known.edit.length} points of an edit`);
      });

      it('of a new lab: nothing is left', () => each(sample(known.fresh, 30), strikeNew));

      it('of an edit of a running lab: it is as it was before', () => each(sample(known.edit, 45), strikeEdit));
    });
  },
  LIMIT_MS,
);
