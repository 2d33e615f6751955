import assert from 'node:assert/strict';

import { dump, edited, netlab, netnsOf, probe, requireRoot, run, Scene } from '../../support/index.ts';

const LAB = `
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.1/24] } } }
  b: {}
links: [['a:eth0', 'b:eth0']]
`;

describe("a name in /run/netns that is somebody else's", () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth');
  });

  it('is told before anything is built, in a new lab', async () => {
    await using scene = new Scene(LAB, 'taken');
    const names = ['a', 'b'].map((node) => `${scene.name}.${node}`);
    for (const name of names) run('ip', ['netns', 'add', name]);
    try {
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 1);
      assert.match(
        stderr,
        /\.a, \S+\.b exist and were not made by netlab: remove them \(ip netns delete \S+; ip netns/,
      );
      assert.equal(await scene.summary(), undefined);
    } finally {
      for (const name of names) run('ip', ['netns', 'delete', name]);
    }
    await scene.up();
  });

  it('and in a running one, which stays as it is', async () => {
    await using scene = new Scene(LAB, 'taken');
    await scene.up();
    const before = dump(scene.name);
    const name = `${scene.name}.c`;
    run('ip', ['netns', 'add', name]);
    try {
      scene.write(edited(edited(LAB, "'b:eth0'", "'c:eth0'"), '  b: {}', '  b: {}\n  c: {}'));
      const { stdout } = await netlab(['plan', '--explain', scene.file]);
      assert.match(stdout, /^# The lab runs, and its keeper holds its namespaces/m);
      assert.equal((await scene.tryUp()).code, 1);
      scene.write(LAB);
      await scene.assertNothingToDo();
    } finally {
      run('ip', ['netns', 'delete', name]);
    }
    assert.deepEqual(dump(scene.name), before);
    assert.deepEqual(netnsOf(scene.name), ['a', 'b']);
  });
});
