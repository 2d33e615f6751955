import assert from 'node:assert/strict';

import { describeForUsers, probe, requireRoot, Scene, until, user } from '../../support/index.ts';
import { damage, DAMAGE, LAB, state, told } from './damage.ts';
import { Watching } from './watching.ts';

describeForUsers('damage by hand: --watch mends it by itself', () => {
  let scene: Scene;
  let watching: Watching;
  let sound: unknown;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'nft', 'nftables NAT', 'pid namespaces');
    scene = new Scene(LAB, 'watched');
    watching = await Watching.start(scene.file);
    sound = state(scene.name);
  });
  after(async () => {
    await watching?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  for (const [name, each] of Object.entries(DAMAGE).filter(([, { slow }]) => slow !== true)) {
    it(name, async function () {
      // `ip` knows the namespaces of another user's labs by no name.
      if (user() !== 'root' && each.by.includes('$LAB')) return;
      const { changes, watched = changes } = each;
      const from = watching.events.length;
      damage(scene.name, each);
      await until(() => watching.repairs(from).length >= watched.length);
      await until(() => JSON.stringify(state(scene.name)) === JSON.stringify(sound));
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
