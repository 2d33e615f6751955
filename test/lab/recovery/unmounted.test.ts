/** The files of a lab's nodes lie in a tmpfs among the keeper's mounts. Without it their paths would lead into the machine's own folder. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';

import { edited, probe, requireRoot, Scene } from '../../support/index.ts';

const LAB = `
nodes:
  # It shares the keeper's mounts.
  plain: { isolation: [net, pid], interfaces: { eth0: { addresses: [10.0.0.1/24] } } }
  other: { interfaces: { eth0: { addresses: [10.0.0.2/24] } }, files: { /etc/motd: one } }
links: [['plain:eth0', 'other:eth0']]
`;

describe('a lab whose tmpfs has been unmounted', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });

  it("has it again with the next up, which writes nothing into the machine's folder", async () => {
    await using scene = new Scene(LAB);
    await scene.up();
    const stray = (): string[] =>
      readdirSync('/run/netlab').filter((name) => /^(?:hosts|files|roots|hostname)$/.test(name));
    const before = stray();
    const { code, stderr } = await scene.exec('plain', ['umount', '/run/netlab']);
    assert.equal(code, 0, stderr);
    for (const text of [edited(LAB, '10.0.0.2/24', '10.0.0.3/24'), edited(LAB, 'motd: one', 'motd: two')]) {
      assert.ok((await scene.become(text)).length > 0);
      await scene.assertNothingToDo();
    }
    assert.deepEqual(stray(), before);
    assert.equal((await scene.exec('other', ['cat', '/etc/motd'])).stdout, 'two');
  });
});
