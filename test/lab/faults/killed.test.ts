/** SIGKILL at each point of `up`, and of the helper's steps: `up` again converges, `down` leaves nothing. */
import { onFreshHost, skip } from '../../support/index.ts';
import { FaultyHelper } from '../../support/faults/helper.ts';
import type { Fault } from '../../support/faults/point.ts';
import { helperEdit, helperNew, killEdit, killNew, must, pointsElsewhere } from './campaign.ts';
import type { Reached, Reference } from './campaign.ts';
import { AFTER, BEFORE } from './labs.ts';
import { ALL, LIMIT_MS, sample, SEED } from './sample.ts';
import { begin, each } from './suite.ts';
import type { Trial } from './trial.ts';

onFreshHost(
  import.meta.url,
  () => {
    let trial: Trial;
    let known: Reference;

    before(async function () {
      this.timeout(60_000);
      ({ trial, known } = await begin(this));
    });
    afterEach(async () => {
      await trial?.down();
    });

    describe(`SIGKILL at the points of \`up\` (NETLAB_SEED=${SEED}${ALL ? ', all' : ''})`, function () {
      this.timeout(LIMIT_MS);
      let reached: Pick<Reference, 'fresh' | 'edit'>;
      before(async () => {
        reached = await pointsElsewhere(trial);
      });

      it('of a new lab: `up` again makes it, or `down` leaves nothing', () =>
        each(sample(reached.fresh, 8), (fault, i) => killNew(trial, fault, known, i % 2 === 0)));

      it('of an edit of a running lab: `up` goes on with it, or back', () =>
        each(sample(reached.edit, 10), (fault, i) => killEdit(trial, fault, known, i % 3 !== 0)));
    });

    describe(`faults in the helper's steps (NETLAB_SEED=${SEED}${ALL ? ', all' : ''})`, function () {
      this.timeout(LIMIT_MS);
      let helper: FaultyHelper | undefined;
      let reached: { readonly fresh: Reached; readonly edit: Reached };
      before(async function () {
        helper = FaultyHelper.build();
        if (helper === undefined) skip(this, 'this machine has no C compiler that wraps functions');
        process.env['NETLAB_INIT'] = helper.path;
        helper.begin();
        await must(trial, BEFORE);
        const fresh = helper.end().seen;
        helper.begin();
        await must(trial, AFTER);
        reached = { fresh, edit: helper.end().seen };
        await trial.down();
      });
      after(() => {
        delete process.env['NETLAB_INIT'];
      });

      const killed = (faults: readonly Fault[]): Fault[] => faults.map((fault) => ({ ...fault, way: 'kill' }));

      it('while a new lab is made: nothing is left', () =>
        each(sample(reached.fresh, 12), (fault) => helperNew(trial, fault, known, helper!)));

      it('while a running lab is edited: it is as it was before', () =>
        each(sample(reached.edit, 12), (fault) => helperEdit(trial, fault, known, helper!)));

      it('and SIGKILL at them: nothing is left, or `up` makes it anew', async () => {
        await each(killed(sample(reached.fresh, 5)), (fault) => helperNew(trial, fault, known, helper!));
        await each(killed(sample(reached.edit, 5)), (fault) => helperEdit(trial, fault, known, helper!));
      });
    });
  },
  { timeout: LIMIT_MS },
);
