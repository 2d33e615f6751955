import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import {
  describeForUsers,
  edited,
  inShort,
  netlab,
  places,
  probe,
  processNamed,
  requireRoot,
  run,
  Scene,
} from '../../support/index.ts';

// On the machine there is /etc/hosts and /etc/passwd; /etc/netlab-new, /etc/netlab-more and /srv/netlab-x are on no machine.
const BASE = `
nodes:
  a:
    files:
      /etc/passwd: "root:x:0:0:root:/root:/bin/sh\\n"
      /etc/netlab-new: "new\\n"
    processes:
      one: { command: [sleep, '11001'] }
  b:
    processes:
      two: { command: [sleep, '11002'] }
  c: { isolation: [net] }
`;

describeForUsers('edits: files', () => {
  let scene: Scene;
  const host = { passwd: readFileSync('/etc/passwd', 'utf8'), etc: statSync('/etc').mtimeMs };
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    scene = new Scene(BASE, 'files');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
    assert.equal(readFileSync('/etc/passwd', 'utf8'), host.passwd);
    assert.equal(statSync('/etc').mtimeMs, host.etc);
    for (const path of ['/etc/netlab-new', '/etc/netlab-more', '/srv/netlab-x']) assert.ok(!existsSync(path), path);
  });

  const pid = (node: string): string => processNamed(scene.name, `sleep 1100${node === 'a' ? 1 : 2}`)!.split('@')[0]!;
  /** By nsenter, which is not ours. */
  const inside = (node: string, ...argv: string[]): string => run('nsenter', ['-m', '-t', pid(node), ...argv]);
  const inode = (node: string, path: string): string => inside(node, 'stat', '-c', '%i', path);

  it('stand in their node and nowhere else', async () => {
    assert.equal(inside('a', 'cat', '/etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    assert.equal(inside('a', 'cat', '/etc/netlab-new'), 'new\n');
    assert.equal(inside('b', 'cat', '/etc/passwd'), host.passwd);
    assert.match(inside('a', 'cat', '/etc/hosts'), /localhost/);
    assert.equal(inside('a', 'cat', '/etc/hostname'), 'a\n');
    // Beside what is new, the folder is the machine's.
    assert.equal(inside('a', 'cat', '/etc/group'), readFileSync('/etc/group', 'utf8'));
    await scene.assertNothingToDo();
  });

  it('change in place, under processes that go on', async () => {
    const before = [pid('a'), inode('a', '/etc/netlab-new'), inode('a', '/etc/passwd')];
    const changes = await scene.become(edited(BASE, '"new\\n"', '"newer, and longer than it was\\n"'));
    assert.deepEqual(inShort(changes), [
      'update file /etc/netlab-new on a: content "new\\n" → "newer, and longer than i…" (30 characters)',
    ]);
    assert.equal(inside('a', 'cat', '/etc/netlab-new'), 'newer, and longer than it was\n');
    assert.deepEqual([pid('a'), inode('a', '/etc/netlab-new'), inode('a', '/etc/passwd')], before);
    await scene.assertNothingToDo();
  });

  it('are mended when somebody in the node has written to them', async () => {
    await scene.become(BASE);
    const path = `/proc/${pid('a')}/root/etc/netlab-new`;
    writeFileSync(path, 'drift\n');
    const plan = await netlab(['plan', scene.file]);
    assert.match(plan.stdout, /update file \/etc\/netlab-new {2}content: "drift\\n" → "new\\n"/);
    await scene.up();
    assert.equal(readFileSync(path, 'utf8'), 'new\n');
  });

  it('come and go while the node runs', async () => {
    const before = pid('a');
    const more = edited(
      BASE,
      '      /etc/netlab-new: "new\\n"\n',
      '      /etc/netlab-more: "more\\n"\n      /srv/netlab-x/y/z: "deep\\n"\n      /etc/hosts: "127.0.0.1 mine\\n"\n',
    );
    assert.deepEqual(inShort(await scene.become(more)).toSorted(), [
      'create file /etc/hosts on a',
      'create file /etc/netlab-more on a',
      'create file /srv/netlab-x/y/z on a',
      'remove file /etc/netlab-new on a',
    ]);
    assert.equal(
      inside('a', 'cat', '/etc/netlab-more', '/srv/netlab-x/y/z', '/etc/hosts'),
      'more\ndeep\n127.0.0.1 mine\n',
    );
    assert.equal(inside('a', 'cat', '/etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    assert.equal(inside('a', 'cat', '/etc/hostname'), 'a\n');
    assert.equal(inside('a', 'sh', '-c', 'test -e /etc/netlab-new || echo gone'), 'gone\n');
    await scene.assertNothingToDo();

    await scene.become(BASE.replace(/ {4}files:\n(?: {6}\/.*\n)*/, ''));
    assert.equal(inside('a', 'cat', '/etc/passwd'), host.passwd);
    assert.equal(inside('a', 'sh', '-c', 'ls -d /etc/netlab-* /srv/netlab-x 2>/dev/null; echo none'), 'none\n');
    assert.match(inside('a', 'cat', '/etc/hosts'), /localhost ip6-localhost/);
    assert.equal(inside('a', 'cat', '/etc/hostname'), 'a\n');
    assert.doesNotMatch(readFileSync(`/proc/${before}/mountinfo`, 'utf8'), /\/content\/| - overlay netlab /);

    await scene.become(BASE);
    assert.equal(inside('a', 'cat', '/etc/netlab-new'), 'new\n');
    assert.equal(pid('a'), before);
  });

  it('come to a node that had none', async () => {
    const text = edited(BASE, '  b:\n', '  b:\n    files: { /etc/netlab-more: hi }\n');
    assert.deepEqual(inShort(await scene.become(text)), ['create file /etc/netlab-more on b']);
    assert.equal(inside('b', 'cat', '/etc/netlab-more'), 'hi');
    await scene.become(BASE);
    assert.equal(inside('b', 'sh', '-c', 'test -e /etc/netlab-more || echo gone'), 'gone\n');
  });

  it("show what is the machine's again when they alone go", async () => {
    await scene.become(edited(BASE, '      /etc/passwd: "root:x:0:0:root:/root:/bin/sh\\n"\n', ''));
    assert.equal(inside('a', 'cat', '/etc/passwd'), host.passwd);
    await scene.become(BASE);
    assert.equal(inside('a', 'cat', '/etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  });

  it('that cannot be are refused by line, before anything is touched', async () => {
    for (const [path, words] of [
      ['/etc', 'EISDIR'],
      ['/etc/passwd/x', 'ENOTDIR'],
      ['/netlab-x', 'nothing new can be made directly below /'],
      [`${dirname(places().state)}/netlab-x`, 'netlab keeps its own state below'],
    ] as const) {
      scene.write(edited(edited(BASE, '  b:\n', `  b:\n    files: { ${path}: hi }\n`), '11002', '11003'));
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 1);
      assert.match(stderr, /:\d+:\d+ {2}nodes\.b\.files\./);
      assert.ok(stderr.includes(words), stderr);
      assert.ok(processNamed(scene.name, 'sleep 11002') !== undefined);
    }
    await scene.become(BASE);
  });
});
