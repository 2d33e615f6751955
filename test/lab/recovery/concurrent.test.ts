/** Many commands on one lab at once: those that change it come one after the other, those that look do not wait for them. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describeForUsers, netlab, probe, requireRoot, Scene, tempFolder, until } from '../../support/index.ts';

const lab = (go: string) => `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.1/24] } }
    processes: { main: { command: "echo begun; exec sleep 30011", ready: { command: [test, -e, ${go}], timeout: 30s } } }
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
links: [['a:eth0', 'b:eth0']]
`;

let count = 0;

describeForUsers('many commands at once', function () {
  this.timeout(90_000);
  let go: string;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });
  beforeEach(() => {
    go = join(tempFolder(), `go-${process.pid}-${++count}`);
  });

  it('while `up` is at work, looking does not wait, and who waits to change can be interrupted', async () => {
    await using scene = new Scene(lab(go));
    const { name, file } = scene;
    const first = scene.tryUp();
    let over = false;
    void first.then(() => (over = true));
    await until(async () => (await netlab(['logs', '-l', name, 'a', 'main'])).stdout === 'begun\n');
    const looks = await Promise.all([
      netlab(['ls']),
      netlab(['status', '-l', name]),
      netlab(['plan', file]),
      netlab(['exec', '-l', name, 'b', '--', 'true']),
      netlab(['logs', '-l', name, 'a', 'main']),
      netlab(['doctor', file]),
    ]);
    assert.equal(over, false, over ? `none of them waited: ${JSON.stringify(await first)}` : '');
    for (const { code, stderr } of looks) assert.equal(code, 0, stderr);

    for (const verb of [
      ['up', file],
      ['down', name],
      ['restart', '-l', name, 'b'],
    ]) {
      let child: ChildProcess | undefined;
      let said = '';
      const second = netlab(verb, {
        onSpawn: (process) => {
          child = process;
          process.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
        },
      });
      await until(() => said.includes('waiting'), { what: `${verb[0]} says that it waits` });
      assert.match(said, /pid \d+/);
      child?.kill('SIGINT');
      assert.equal((await second).code, 130, verb[0]);
    }
    assert.equal(over, false);
    writeFileSync(go, '');
    assert.equal((await first).code, 0);
    await scene.assertNothingToDo();
  });

  it('all mixed: nothing fails but what finds no lab, and the lab is there or not', async () => {
    await using scene = new Scene(lab(go));
    writeFileSync(go, '');
    const { name, file } = scene;
    const verbs = [
      ['up', file],
      ['up', file],
      ['status', '-l', name],
      ['down', name],
      ['plan', file],
      ['up', file],
      ['ls'],
      ['down', name],
      ['plan', file],
      ['up', file],
    ];
    const results = await Promise.all(verbs.map((verb) => netlab(verb)));
    for (const [index, { code, stderr }] of results.entries()) {
      const verb = verbs[index]!;
      const gone = verb[0] === 'status' && /there is no lab|does not run/.test(stderr);
      // A look at what is just being taken away may find half of it.
      const half = ['plan', 'status'].includes(verb[0]!) && !/internal error|TypeError/.test(stderr);
      assert.ok(code === 0 || gone || half, `${verb.join(' ')}: ${code} ${stderr}`);
    }
    await scene.up();
    await scene.assertNothingToDo();
  });
});
