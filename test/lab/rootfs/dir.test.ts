/** `rootfs: { dir }`: a root of the node's own, of which the machine's folder is only read. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

import {
  busyboxRoot,
  describeForUsers,
  edited,
  inShort,
  netlab,
  processNamed,
  requireRoot,
  probe,
  run,
  Scene,
} from '../../support/index.ts';

describeForUsers('rootfs: dir', () => {
  let scene: Scene;
  let root: string;
  let text: string;

  const lab = (): string => `
nodes:
  a:
    rootfs: { dir: ${root} }
    files: { /etc/motd: "mine\\n", /opt/deep/new: "new\\n" }
    setup: ['echo set up > /tmp/setup']
    processes:
      one: { command: 'echo started in $PWD; exec sleep 15001', ready: { file: /etc/passwd } }
  b:
    rootfs: { dir: ${root}, read_only: true }
    processes:
      two: { command: [sleep, '15002'], ready: { command: [test, -c, /dev/null] } }
  c: {}
links: [['a:eth0', 'b:eth0']]
`;

  const tree = (): string[] => run('find', [root, '-printf', '%P %s %T@ %m\n']).split('\n').toSorted();

  let untouched: string[];
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
    root = busyboxRoot(this);
    text = lab();
    untouched = tree();
    scene = new Scene(text, 'dir');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
    if (untouched !== undefined) assert.deepEqual(tree(), untouched, 'the folder is only read');
  });

  const pid = (node: 'a' | 'b'): string =>
    processNamed(scene.name, `sleep 1500${node === 'a' ? 1 : 2}`)!.split('@')[0]!;
  const printed = async (node: string, ...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await scene.exec(node, command);
    assert.equal(code, 0, `${command.join(' ')} on ${node}: ${stderr}`);
    return stdout.trim();
  };

  it('is the root of its processes, by nsenter and by exec', async () => {
    assert.deepEqual(readdirSync(`/proc/${pid('a')}/root`).toSorted(), [...readdirSync(root), 'opt'].toSorted());
    assert.match(run('nsenter', ['-m', '-t', pid('a'), '/bin/cat', '/etc/os-release']), /ID=netlab-busybox/);
    assert.match(await printed('a', 'cat', '/etc/os-release'), /ID=netlab-busybox/);
    assert.equal(await printed('a', 'hostname'), 'a');
    assert.equal(await printed('a', 'cat', '/etc/hostname', '/etc/motd', '/opt/deep/new'), 'a\nmine\nnew');
    assert.match(await printed('a', 'cat', '/etc/hosts'), /localhost/);
  });

  it('shows nothing of the machine among its mounts', async () => {
    for (const node of ['a', 'b'] as const) {
      const lines = readFileSync(`/proc/${pid(node)}/mountinfo`, 'utf8')
        .trim()
        .split('\n');
      const points = lines.map((line) => line.split(' ')[4]);
      assert.deepEqual(
        points.filter((point) => !/^\/(|proc|sys|dev|opt|etc)(\/|$)/.test(point!)),
        [],
      );
      for (const line of lines) {
        assert.doesNotMatch(line, new RegExp(root), 'the path of the layer');
        assert.match(line, / - (overlay|proc|sysfs|tmpfs|devpts|mqueue|devtmpfs) /);
      }
      // The machine's root is not below anything: no process in here can go there.
      const types = new Map(lines.map((line) => [line.split(' ')[4], line.split(' - ')[1]!.split(' ')[0]]));
      assert.equal(types.get('/'), 'overlay');
    }
  });

  it('has a small /dev, made for it', async () => {
    const names = (await printed('a', 'ls', '/dev')).split('\n');
    const wanted = 'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(' ');
    assert.deepEqual(names, wanted);
    for (const [name, number] of Object.entries({
      null: '1,3',
      zero: '1,5',
      full: '1,7',
      random: '1,8',
      urandom: '1,9',
      tty: '5,0',
    }))
      assert.equal(await printed('a', 'stat', '-c', '%t,%T %a', `/dev/${name}`), `${number} 666`);
    assert.equal(
      await printed('a', 'sh', '-c', 'echo x > /dev/null; head -c 4 /dev/zero | wc -c; (echo hi > /dev/stdout) | cat'),
      '4\nhi',
    );
  });

  it('is written to in a layer of the node alone', async () => {
    await printed('a', 'sh', '-c', 'echo mine > /etc/mine; rm /srv/www/index.html; mkdir /new');
    assert.equal(await printed('a', 'sh', '-c', 'cat /etc/mine; ls -d /new; ls /srv/www'), 'mine\n/new');
    assert.ok(existsSync(`${root}/srv/www/index.html`) && !existsSync(`${root}/etc/mine`));
    assert.equal((await scene.exec('b', ['ls', '/etc/mine'])).code, 1);
  });

  it('cannot be written to where it is read_only, though files and hosts stand there', async () => {
    const { code, stderr } = await scene.exec('b', ['touch', '/etc/x']);
    assert.equal(code, 1);
    assert.match(stderr, /Read-only file system/);
    assert.equal(await printed('b', 'cat', '/etc/hostname'), 'b');
    assert.equal(await printed('b', 'sh', '-c', 'echo x > /dev/shm/x; cat /dev/shm/x'), 'x');
  });

  it('is where setup, logs and ready conditions look', async () => {
    assert.equal(await printed('a', 'cat', '/tmp/setup'), 'set up');
    assert.ok(!existsSync('/tmp/setup') || statSync('/tmp/setup').size !== 'set up\n'.length);
    const { stdout } = await netlab(['logs', '-l', scene.name, 'a']);
    assert.match(stdout, /started in \//);
  });

  it('outlives its PID 1, and goes when another folder is its root', async () => {
    const first = pid('a');
    const changes = await scene.become(
      edited(text, '  a:\n', '  a:\n    hostname: again\n    isolation: [net, uts, mnt, pid]\n'),
    );
    assert.match(inShort(changes).join('\n'), /update node a: hostname a → again: isolation/);
    assert.notEqual(pid('a'), first);
    assert.equal(await printed('a', 'cat', '/etc/mine'), 'mine');
    await scene.become(text);
    const other = `${root}-2`;
    run('cp', ['-a', root, other]);
    const moved = await scene.become(edited(text, `{ dir: ${root} }`, `{ dir: ${other} }`));
    assert.deepEqual(inShort(moved).slice(0, 1), [
      `update node a: rootfs dir ${root}, copy on write → dir ${other}, copy on write`,
    ]);
    assert.equal((await scene.exec('a', ['cat', '/etc/mine'])).code, 1);
    await scene.assertNothingToDo();
    await scene.become(text);
  });

  it('comes and goes in a running lab', async () => {
    assert.deepEqual(inShort(await scene.become(edited(text, `, read_only: true }`, ' }'))).slice(0, 1), [
      `update node b: rootfs dir ${root}, read-only → dir ${root}, copy on write`,
    ]);
    assert.equal(await printed('b', 'sh', '-c', 'touch /etc/x && ls /etc/x'), '/etc/x');
    await scene.become(edited(text, `    rootfs: { dir: ${root}, read_only: true }\n`, ''));
    assert.equal(
      await printed('b', 'readlink', '-f', '/proc/1/root/bin/sh'),
      run('readlink', ['-f', '/bin/sh']).trim(),
    );
    await scene.become(text);
    await scene.assertNothingToDo();
  });

  it('has files that come, change and go while it runs, where it is read-only too', async () => {
    const before = [pid('a'), pid('b')];
    const more = edited(
      edited(text, '"mine\\n"', '"other\\n"').replace(', /opt/deep/new: "new\\n"', ', /usr/more/here: "more\\n"'),
      'read_only: true }',
      'read_only: true }\n    files: { /etc/late: "late\\n" }',
    );
    assert.deepEqual(inShort(await scene.become(more)).toSorted(), [
      'create file /etc/late on b',
      'create file /usr/more/here on a',
      'remove file /opt/deep/new on a',
      'update file /etc/motd on a: content "mine\\n" → "other\\n"',
    ]);
    assert.equal(await printed('a', 'cat', '/etc/motd', '/usr/more/here'), 'other\nmore');
    assert.equal(await printed('b', 'cat', '/etc/late'), 'late');
    assert.match((await scene.exec('b', ['touch', '/etc/x'])).stderr, /Read-only/);
    assert.equal((await scene.exec('a', ['ls', '/opt/deep/new'])).code, 1);
    await scene.assertNothingToDo();
    await scene.become(text);
    assert.equal(await printed('a', 'cat', '/etc/motd', '/opt/deep/new'), 'mine\nnew');
    assert.equal((await scene.exec('b', ['ls', '/etc/late'])).code, 1);
    assert.deepEqual([pid('a'), pid('b')], before);
  });

  it('is refused by its line when it is no folder, and nothing is touched', async () => {
    scene.write(edited(text, `{ dir: ${root} }`, '{ dir: ./netlab-missing }'));
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 2);
    assert.match(
      stderr,
      /:\d+:\d+ {2}nodes\.a\.rootfs\.dir\n {2}found \/.*\/netlab-missing, but there is no such folder/,
    );
    scene.write(text);
    await scene.assertNothingToDo();
  });
});
