import assert from 'node:assert/strict';

import { describeForUsers, probe, requireRoot, Scene, until, user } from '../../support/index.ts';
import { DAMAGE } from './damage.ts';
import { damage, LAB, state, told } from './damaged-lab.ts';
import { Watching } from './watching.ts';

describeForUsers('damage by hand: --watch mends it by itself', () => {
  let scene: Scene;
  let watching: Watching;
  let sound: unknown;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'macvlan', 'ifb', 'ipv6', 'nft', 'nftables NAT', 'pid namespaces');
    scene = new Scene(LAB, 'watched');
    watching = await Watching.start(scene.file);
    sound = state(scene.name);
  });
  after(async () => {
    await watching?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  for (const [i, [name, each]] of Object.entries(DAMAGE).entries()) {
    it(name, async function () {
      // `ip` knows the namespaces of another user's labs by no name; and what is the same for all users is not tried twice.
      if (user() !== 'root' && each.where === undefined && (each.by.includes('$LAB') || i % 3 > 0)) return;
      const { changes, watched = changes, slow = false } = each;
      const from = watching.events.length;
      damage(scene.name, each);
      await until(() => watching.repairs(from).length >= (slow ? 1 : watched.length), { what: 'the repair' });
      await until(() => JSON.stringify(state(scene.name)) === JSON.stringify(sound), {
        what: 'the state before',
      });
      if (slow) return await scene.assertNothingToDo();
      const repairs = watching.repairs(from);
      assert.deepEqual(told(repairs.map(({ change }) => change)), watched.toSorted());
      await scene.assertNothingToDo();
    });
  }

  it('without a word of anything else', () => {
    const others = watching.events.filter(({ event }) => !['up', 'watching', 'repaired'].includes(event));
    assert.deepEqual(others, []);
    assert.equal(watching.stderr, '');
  });

  it('Ctrl-C ends the watch, and the lab stays up', async () => {
    assert.equal(await watching.end(), 0);
    assert.deepEqual(watching.events.at(-1)?.event, 'end');
    assert.deepEqual(state(scene.name), sound);
    await scene.assertNothingToDo();
  });
});
