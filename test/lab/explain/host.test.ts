/** `plan --explain` of the topologies that have a part on the host, run by sh on a host of its own, gives what `up` gives there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { netlab, onFreshHost, probe, requireRoot, run, Scene, tempFile, TOPOLOGIES } from '../../support/index.ts';
import { everything } from './everything.ts';

onFreshHost(import.meta.url, () => {
  describe('plan --explain of what stands on the host', function () {
    this.timeout(120_000);
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'nftables NAT', 'nft');
    });

    for (const name of ['internet-uplink', 'host-bridge']) {
      it(`${name}: the script gives the lab that up gives`, async () => {
        const scene = new Scene(readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8'), name);
        const { code, stdout: script, stderr } = await netlab(['plan', '--explain', scene.file]);
        assert.equal(code, 0, stderr);
        await scene.up();
        // The host under the name of a node, so that it is read as the nodes are.
        run('ip', ['netns', 'attach', `${scene.name}.host`, String(process.pid)]);
        const made = everything(scene.name);
        assert.ok('host' in made);
        await scene.down();
        run('sh', [tempFile(script, 'script.sh')]);
        assert.deepEqual(everything(scene.name), made);
      });
    }
  });
});
