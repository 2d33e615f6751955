/** A fault at each point of `up`: what was before is there again, or what was wanted is, and one clear error says what happened. */
import assert from 'node:assert/strict';

import { onFreshHost } from '../../support/index.ts';
import { type Reference, strikeEdit, strikeNew } from './campaign.ts';
import { ALL, LIMIT_MS, sample, SEED } from './sample.ts';
import { begin, each } from './suite.ts';
import type { Trial } from './trial.ts';

onFreshHost(
  import.meta.url,
  () => {
    describe(`faults in \`up\` (NETLAB_SEED=${SEED}${ALL ? ', all' : ''})`, function () {
      this.timeout(LIMIT_MS);
      let trial: Trial;
      let known: Reference;
      before(async function () {
        ({ trial, known } = await begin(this));
      });
      afterEach(async () => {
        await trial?.down();
      });

      it('finds the points', () => {
        assert.ok(known.fresh.length > 400, `${known.fresh.length} points of a new lab`);
        assert.ok(known.edit.length > 800, `${known.edit.length} points of an edit`);
      });

      it('of a new lab: nothing is left', () =>
        each(sample(known.fresh, 30), (fault) => strikeNew(trial, fault, known)));

      it('of an edit of a running lab: it is as it was before', () =>
        each(sample(known.edit, 45), (fault) => strikeEdit(trial, fault, known)));
    });
  },
  { timeout: LIMIT_MS },
);
