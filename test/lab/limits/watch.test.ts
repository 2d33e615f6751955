/** `up --watch` writes bounds anew that somebody has changed, and leaves alone who was frozen by hand. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

import { controller, groupOf, netlab, probe, requireRoot, Scene, until } from '../../support/index.ts';

const TEXT = `
name: watched
nodes:
  a:
    limits: { pids: 30 }
    processes:
      p: { command: [sleep, '500001'], limits: { pids: 10 } }
`;

describe('limits under watch', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'pids controller', 'freezer', 'pid namespaces');
  });

  it('are put right, of the node and of the process', async () => {
    const scene = new Scene(TEXT);
    await scene.up();
    const files = ['a', 'a/p'].map((path) => `${groupOf(controller('pids')!.root, scene.name, path)}/pids.max`);
    const limits = (): string[] => files.map((file) => readFileSync(file, 'utf8').trim());
    let child: ChildProcess | undefined;
    const watching = netlab(['up', '--watch', scene.file], { onSpawn: (each) => (child = each) });
    let printed = '';
    child!.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await until(() => printed.includes('watching'), { timeout: 20_000 });

    for (const [i, file] of files.entries()) writeFileSync(file, String(i + 2));
    await until(() => limits().join() === '30,10', { timeout: 20_000 });
    await netlab(['freeze', '-l', scene.name, 'a']);
    writeFileSync(files[0]!, '7');
    await until(() => limits().join() === '30,10', { timeout: 20_000 });
    assert.equal((await scene.status()).members[0]!.frozen, true);

    child!.kill('SIGINT');
    await watching;
    await scene.down();
    scene.assertHostAsBefore();
  });
});
