/** What the machine refuses a node fails in `up`, by the line that asked for it, whether or not the node has processes. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

import { describeAsNobody, probe, requireRoot, Scene, tempFolder } from '../../support/index.ts';

describe('a node that the machine refuses', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
  });

  async function refused(text: string, pattern: RegExp): Promise<void> {
    await using scene = new Scene(text, 'refused');
    const { code, stdout, stderr } = await scene.tryUp();
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(stderr, pattern);
    assert.equal(await scene.summary(), undefined);
  }

  it('by a mount, without any process', () =>
    refused(
      'nodes:\n  a:\n    mounts:\n      - { type: bind, source: /etc, target: /etc/passwd }\n',
      /:5:9 {2}nodes\.a\.mounts\[0\]\n {2}could not start node a: mount \/etc\/passwd: ENOTDIR\n/,
    ));

  it('by a root that nothing can be laid over', () =>
    refused(
      'nodes:\n  a:\n    rootfs: { dir: /proc }\n',
      /:4:5 {2}nodes\.a\.rootfs\n {2}could not start node a: overlay /,
    ));

  it('by a mount that an edit brings', async () => {
    await using scene = new Scene('nodes:\n  a: {}\n', 'refused');
    await scene.up();
    const before = scene.text;
    scene.write('nodes:\n  a:\n    mounts: [{ type: bind, source: /etc/passwd, target: /mnt }]\n');
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1);
    assert.match(stderr, /:\d+:\d+ {2}nodes\.a\.mounts\[0\]\n {2}could not .*mount \/mnt: ENOTDIR\n/);
    scene.write(before);
    await scene.assertNothingToDo();
    assert.equal((await scene.exec('a', ['true'])).code, 0);
  });

  it('by its own bound of processes, which is told from those of the machine', async function () {
    probe(this, 'pids controller');
    const text = (node: string, own: string): string =>
      `nodes:\n  a:\n    limits: { pids: ${node} }\n    processes:\n      p:\n        command: [sleep, "7621"]\n${own}`;
    await refused(
      text('1', ''),
      /:6:7 {2}nodes\.a\.processes\.p\n {2}could not start process a\/p: fork p: EAGAIN, for a may have 1 processes and threads \(limits\.pids\)/,
    );
  });
});

describeAsNobody("a root that is somebody else's", () => {
  it('is refused with what to do', async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody');
    const root = `${tempFolder()}/of-root`;
    mkdirSync(`${root}/etc`, { recursive: true });
    await using scene = new Scene(`nodes:\n  a:\n    rootfs: { dir: ${root} }\n`, 'foreign');
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /nodes\.a\.rootfs\n {2}could not start node a: (?:mkdir|touch) \S+: EACCES; what is in this root belongs to another user/,
    );
  });
});
