import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  assertPing,
  ifindexes,
  netlab,
  netnsOf,
  probe,
  processesOf,
  requireRoot,
  Scene,
  tempFolder,
  until,
} from '../../support/index.ts';
import type { UpReport } from '../../../src/model/report.ts';

const lab = (first: string) => `
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.${first}/24] } }, processes: { main: { command: [sleep, '5000${first}'] } } }
  b: { interfaces: { eth0: { addresses: [10.0.0.9/24] } } }
links: [['a:eth0', 'b:eth0']]
`;

describe('several at a time', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'ping', 'pid namespaces');
  });

  it('two labs with the same nodes and addresses do not know of each other', async () => {
    await using one = new Scene(lab('1'), 'one');
    await using two = new Scene(lab('2'), 'two');
    await Promise.all([one.up(), two.up()]);
    assertPing(one.name, 'b', '10.0.0.1');
    assertPing(two.name, 'b', '10.0.0.2');
    assert.ok(Object.values(processesOf(one.name)).includes('sleep 50001'));
    assert.ok(!Object.values(processesOf(two.name)).includes('sleep 50001'));
    const before = { indexes: ifindexes(two.name), processes: processesOf(two.name) };
    await one.down();
    assert.deepEqual({ indexes: ifindexes(two.name), processes: processesOf(two.name) }, before);
    assertPing(two.name, 'b', '10.0.0.2');
    await two.assertNothingToDo();
  });

  it('a lab whose name begins like another one’s does not go with it', async () => {
    await using one = new Scene(lab('1'));
    await using two = new Scene(lab('1'));
    // t1-2 and t1-2-more.
    const longer = `${one.name}-more`;
    writeFileSync(two.file, two.text.replace(two.name, longer));
    try {
      await one.up();
      assert.equal((await netlab(['up', two.file])).code, 0);
      await one.down();
      assert.deepEqual(netnsOf(longer), ['a', 'b']);
      assertPing(longer, 'a', '10.0.0.9');
    } finally {
      await netlab(['down', longer]);
    }
  });

  it('the same lab twice at once: both succeed, one of them has made it', async () => {
    await using scene = new Scene(lab('1'));
    const results = await Promise.all([scene.tryUp(['--json']), scene.tryUp(['--json'])]);
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    const reports = results.map(({ stdout }) => JSON.parse(stdout) as UpReport);
    const [first, second] = reports.toSorted((a, b) => Number(b.created) - Number(a.created));
    assert.deepEqual([first?.created, second?.created], [true, false]);
    assert.deepEqual(second?.changes, []);
    assert.deepEqual(netnsOf(scene.name), ['a', 'b']);
    assert.equal(Object.values(processesOf(scene.name)).filter((line) => line === 'sleep 50001').length, 1);
    await scene.assertNothingToDo();
  });

  it('one that finds another at work waits, and says for whom', async () => {
    const go = join(tempFolder(), `go-${process.pid}`);
    await using scene = new Scene(
      lab('1').replace("'50001'] }", `'50001'], ready: { command: [test, -e, ${go}], timeout: 30s } }`),
    );
    let pid: number | undefined;
    const first = scene.tryUp([], { onSpawn: (child) => (pid = child.pid) });
    await until(() => Object.values(processesOf(scene.name)).includes('sleep 50001'));

    let said = '';
    const listen = (stream: NodeJS.ReadableStream | null) =>
      stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const second = scene.tryUp([], { onSpawn: ({ stderr }) => listen(stderr) });
    await until(() => said.includes('waiting'), { what: 'a word of the second' });
    assert.match(said, new RegExp(`pid ${pid}\\b.*waiting`));
    writeFileSync(go, '');
    for (const { code, stderr } of await Promise.all([first, second])) assert.equal(code, 0, stderr);
    await scene.assertNothingToDo();
  });

  it('`down` while `up` is at work: it waits, then all is gone', async () => {
    const go = join(tempFolder(), `down-${process.pid}`);
    await using scene = new Scene(
      lab('1').replace("'50001'] }", `'50001'], ready: { command: [test, -e, ${go}], timeout: 30s } }`),
    );
    const up = scene.tryUp();
    await until(() => Object.values(processesOf(scene.name)).includes('sleep 50001'));
    let said = '';
    const down = netlab(['down', scene.name], {
      onSpawn: ({ stderr }) => stderr?.on('data', (chunk: Buffer) => (said += chunk.toString())),
    });
    await until(() => said.includes('waiting'));
    writeFileSync(go, '');
    assert.deepEqual([(await up).code, (await down).code], [0, 0]);
    scene.assertHostAsBefore();
  });

  it('many `up` and `down` of one lab, all at once, end with a lab that is there or not', async () => {
    await using scene = new Scene(lab('1'));
    const verbs = ['up', 'down', 'up', 'down', 'up', 'down'] as const;
    const results = await Promise.all(
      verbs.map((verb) => (verb === 'up' ? scene.tryUp() : netlab(['down', scene.name]))),
    );
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    await scene.up();
    await scene.assertNothingToDo();
    assertPing(scene.name, 'a', '10.0.0.9');
  });

  it('`down` twice: the second has nothing to do, and says so', async () => {
    await using scene = new Scene(lab('1'));
    await scene.up();
    await scene.down();
    const { code, stdout } = await netlab(['down', '--json', scene.name]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { labs: [{ lab: scene.name, removed: false }] });
    assert.match((await scene.down()).stdout, /not running: nothing to take down/);
  });

  it('`down` twice at once', async () => {
    await using scene = new Scene(lab('1'));
    await scene.up();
    await Promise.all([scene.down(), scene.down()]);
    scene.assertHostAsBefore();
  });
});
