import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { addresses, ifindexes, netnsOf, processesOf } from './kernel-view.ts';
import { netlab } from './cli.ts';
import { probe, requireRoot } from './probe.ts';
import type { Feature } from './probe.ts';
import { provideRoots } from './rootfs.ts';
import { Scene } from './scene.ts';
import { describeForUsers } from './user.ts';

/** The examples, which are tests: `topologies/*.yaml`. */
export const TOPOLOGIES = fileURLToPath(new URL('../../../topologies/', import.meta.url));

/** What a topology is to be in the kernel, written down by hand: the devices of each namespace, and their addresses. */
export type Expected = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * The tests that every topology file has, around its own: brought up by the command line it stands in the kernel under its names
 * and with its addresses; a second `up` changes nothing; `down` leaves the host as it was. All of it as root and,
 * but for labs with a part on the host, as an ordinary user too.
 */
export function describeTopology(
  name: string,
  features: readonly Feature[],
  expected: Expected,
  own: (scene: () => Scene) => void,
): void {
  const text = readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8');
  // What stands on the host only root may make; of control groups an ordinary user has those that systemd gives him.
  const ofHost =
    /^\s*internet: true|['"]host:|^ {2}host:/m.test(text) || features.some((each) => /controller|freezer/.test(each));
  (ofHost ? describe : describeForUsers)(`topologies/${name}.yaml`, () => {
    let scene: Scene;
    let isDown = false;
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', ...features);
      provideRoots(this, text);
      scene = new Scene(text, name);
      const report = await scene.up();
      assert.equal(report.created, true);
      assert.equal(report.nodes + report.bridges, Object.keys(expected).length);
    });
    after(async () => {
      if (scene !== undefined && !isDown) await scene.down();
    });

    it('has its names in `ip netns list`', () => {
      assert.deepEqual(netnsOf(scene.name), Object.keys(expected).toSorted());
    });

    for (const [node, devices] of Object.entries(expected)) {
      it(`gives ${node} its devices and addresses`, () => {
        const { lo = [], ...others } = addresses(scene.name, node);
        const { lo: extra = [], ...wanted } = devices;
        assert.deepEqual(others, wanted);
        assert.deepEqual(
          lo.filter((address) => !['127.0.0.1/8', '::1/128'].includes(address)),
          extra,
        );
      });
    }

    own(() => scene);

    it('is not changed by a second up', async () => {
      const before = { indexes: ifindexes(scene.name), processes: processesOf(scene.name) };
      await scene.assertNothingToDo();
      const report = await scene.up();
      assert.equal(report.created, false);
      assert.deepEqual(report.changes, []);
      assert.deepEqual(report.unmanaged, []);
      assert.deepEqual({ indexes: ifindexes(scene.name), processes: processesOf(scene.name) }, before);
    });

    it('is taken down by its file, and the host is as before', async () => {
      const { code, stderr } = await netlab(['down', scene.file]);
      assert.equal(code, 0, stderr);
      isDown = true;
      scene.assertHostAsBefore();
    });
  });
}
