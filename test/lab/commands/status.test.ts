/** `netlab status`: its order is that of the file, whatever was started when. */
import assert from 'node:assert/strict';

import { describeForUsers, netlab, probe, requireRoot, Scene } from '../../support/index.ts';

describeForUsers('netlab status', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
  });

  it('has nodes and processes in the order of the file, after a restart too', async () => {
    await using scene = new Scene(`
nodes:
  b:
    processes:
      third: { command: [sleep, '41201'], after: [first] }
      second: { command: [sleep, '41202'] }
      first: { command: [sleep, '41203'] }
  a: { processes: { only: { command: [sleep, '41204'] } } }
`);
    await scene.up();
    const order = async (): Promise<string[]> =>
      (await scene.status()).members.flatMap(({ name, processes }) => processes.map((each) => `${name}/${each.name}`));
    const asWritten = ['b/third', 'b/second', 'b/first', 'a/only'];
    assert.deepEqual(await order(), asWritten);
    assert.equal((await netlab(['restart', '-l', scene.name, 'b/second'])).code, 0);
    assert.deepEqual(await order(), asWritten);
  });
});
