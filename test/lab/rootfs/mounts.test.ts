/** `mounts`: each type and each key, in a node with a root of its own and in one on the machine's; edits, drift and refusals. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  busyboxRoot,
  describeForUsers,
  edited,
  inShort,
  mountsOf,
  netlab,
  nobody,
  probe,
  processNamed,
  requireRoot,
  run,
  Scene,
  tempFolder,
  user,
} from '../../support/index.ts';

let folders = 0;

describeForUsers('mounts', () => {
  let scene: Scene;
  let text: string;
  let source: string;

  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
    source = join(tempFolder(), `mounts-${++folders}`);
    for (const folder of ['conf/deep', 'base', 'patches', 'upper', 'work'])
      mkdirSync(join(source, folder), { recursive: true });
    for (const file of ['conf/a', 'base/old', 'base/both', 'patches/both'])
      writeFileSync(join(source, file), `${file}\n`);
    if (user() === 'nobody') run('chown', ['-R', `${nobody().uid}:${nobody().gid}`, source]);
    const root = busyboxRoot(this);
    // Links in targets that lead out of the root, were they followed on the machine.
    run('ln', ['-s', '/etc', `${root}/out`]);
    run('ln', ['-s', '../../../../../..', `${root}/up`]);
    const relative = source.slice(source.lastIndexOf('/') + 1);
    text = `
nodes:
  own:
    rootfs: { dir: ${root} }
    mounts:
      - { type: bind, source: ./${relative}/conf, target: /etc/app, read_only: true, nosuid: true, nodev: true, noexec: true }
      - { type: bind, source: ${source}/conf/a, target: /etc/one }
      - { type: tmpfs, target: /data, size: 1m, mode: '0711' }
      - { type: bind, source: ${source}/conf, target: /data/in/side }
      - { type: overlay, lower: [${source}/patches, ${source}/base], target: /layers }
      - { type: overlay, lower: [${source}/base], upper: ${source}/upper, work: ${source}/work, target: /kept }
      - { type: proc, target: /jail/proc }
      - { type: sysfs, target: /jail/sys, read_only: true }
      - { type: mqueue, target: /jail/mqueue }
      - { type: devpts, target: /jail/pts }
      - { type: tmpfs, target: /out/linked }
      - { type: tmpfs, target: /up/above }
      - { type: tmpfs, target: /spread, propagation: shared }
      - { type: tmpfs, target: /spread/private, propagation: private }
      - { type: bind, source: ${source}/conf, target: /spread/slave, propagation: slave }
      - { type: tmpfs, target: /unbindable, propagation: unbindable }
    processes: { p: { command: [sleep, '15201'] } }
  plain:
    mounts:
      - { type: tmpfs, target: /mnt, size: 64k }
      - { type: bind, source: ${source}/conf, target: /mnt/conf, read_only: true }
    propagation: shared
    masked_paths: default
    processes: { p: { command: [sleep, '15202'] } }
  other:
    propagation: slave
    masked_paths: none
    processes: { p: { command: [sleep, '15203'] } }
links: [['own:eth0', 'plain:eth0']]
`;
    scene = new Scene(text, 'mounts');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
    if (source === undefined) return;
    assert.deepEqual(readdirSync(join(source, 'conf')).toSorted(), ['a', 'deep']);
    for (const path of ['/etc/linked', '/above', '/mnt/conf']) assert.ok(!existsSync(path), path);
  });

  const pid = (node: string): string =>
    processNamed(scene.name, `sleep ${{ own: 15201, plain: 15202, other: 15203 }[node]}`)!.split('@')[0]!;
  const printed = async (node: string, command: string): Promise<string> => {
    const { code, stdout, stderr } = await scene.exec(node, ['sh', '-c', command]);
    assert.equal(code, 0, `${command} on ${node}: ${stderr}`);
    return stdout.trim();
  };
  const fails = async (node: string, command: string): Promise<string> => {
    const { code, stderr } = await scene.exec(node, ['sh', '-c', command]);
    assert.notEqual(code, 0, command);
    return stderr;
  };

  it('are made as the file says, by the words of /proc/PID/mountinfo', () => {
    const own = mountsOf(pid('own'));
    const words = (point: string): string | undefined => own.get(point)?.words;
    assert.match(words('/etc/app')!, /^ro,nosuid,nodev,noexec/);
    assert.match(words('/etc/one')!, /^rw,/);
    assert.match(words('/data')!, /- tmpfs tmpfs rw,size=1024k,mode=711/);
    assert.match(words('/layers')!, /- overlay overlay /);
    assert.match(words('/jail/proc')!, /- proc proc rw/);
    assert.match(words('/jail/sys')!, /^ro.*- sysfs sysfs /);
    assert.match(words('/jail/mqueue')!, /- mqueue mqueue /);
    assert.match(words('/jail/pts')!, /- devpts devpts /);
    assert.match(words('/spread')!, /shared:/);
    assert.doesNotMatch(words('/spread/private')!, /shared:|master:/);
    // A mount below a shared one is shared, unless it is made a slave of what it was.
    assert.match(words('/spread/slave')!, /^rw,\S+ (master:\d+ )?- /);
    assert.match(words('/unbindable')!, /unbindable/);
    assert.doesNotMatch(words('/data')!, /shared:|master:/);
    assert.match(mountsOf(pid('plain')).get('/')!.words, /shared:/);
    assert.doesNotMatch(mountsOf(pid('other')).get('/')!.words, /shared:/);
  });

  it('show what they shall, and can be written to where they may', async () => {
    assert.equal(await printed('own', 'cat /etc/app/a /etc/one /data/in/side/a'), 'conf/a\nconf/a\nconf/a');
    assert.match(await fails('own', 'touch /etc/app/x'), /Read-only/);
    assert.equal(await printed('own', 'cat /layers/both /layers/old'), 'patches/both\nbase/old');
    await printed('own', 'echo new > /layers/new; rm /layers/old; echo kept > /kept/kept');
    assert.deepEqual(readdirSync(join(source, 'base')).toSorted(), ['both', 'old']);
    assert.deepEqual(readdirSync(join(source, 'upper')), ['kept']);
    const filled = await printed('own', 'head -c 2000000 /dev/zero > /data/full 2> /dev/null; stat -c %s /data/full');
    assert.equal(Number(filled), 1 << 20);
    assert.equal(await printed('plain', 'cat /mnt/conf/a'), 'conf/a');
    assert.match(await fails('plain', 'touch /mnt/conf/x'), /Read-only/);
  });

  it('have targets that no link leads out of the root', async () => {
    const own = mountsOf(pid('own'));
    assert.ok(own.has('/etc/linked') && own.has('/above'));
    assert.equal(await printed('own', 'ls -d /etc/linked /above'), '/above\n/etc/linked');
  });

  it('are the node’s alone', () => {
    const machine = mountsOf('self');
    const other = mountsOf(pid('other'));
    for (const point of ['/mnt/conf', '/etc/app', '/layers'])
      assert.ok(!machine.has(point) && !other.has(point), point);
  });

  it('come with masks, which hide and protect what is the machine’s', async () => {
    for (const node of ['own', 'plain']) {
      assert.equal(await printed(node, 'cat /proc/keys /proc/timer_list | wc -c'), '0');
      assert.match(await fails(node, 'echo 0 > /proc/sys/net/ipv4/ip_forward'), /Read-only/);
    }
    assert.equal(await printed('other', 'test -w /proc/sys/net/ipv4/ip_forward; echo $?'), '0');
    assert.ok(!mountsOf(pid('other')).has('/proc/keys'));
  });

  it('change in place, under processes that go on, and leave the others as they are', async () => {
    const before = [pid('own'), pid('plain')];
    const ids = (node: string): Map<string, string> =>
      new Map([...mountsOf(pid(node))].map(([point, { id }]) => [point, id]));
    const then = ids('own');
    const changes = await scene.become(
      edited(
        edited(
          edited(text, "size: 1m, mode: '0711'", 'size: 2m'),
          '      - { type: mqueue, target: /jail/mqueue }\n',
          '',
        ),
        'target: /mnt, size: 64k }\n',
        'target: /mnt, size: 64k }\n      - { type: tmpfs, target: /mnt/more }\n',
      ),
    );
    assert.deepEqual(inShort(changes), [
      'update node own: mounts /data: tmpfs, size 1048576, mode 0711 → /data: tmpfs, size 2097152: mounts /jail/mqueue: mqueue → unset',
      'update node plain: mounts unset → /mnt/more: tmpfs',
    ]);
    assert.deepEqual([pid('own'), pid('plain')], before);
    const now = ids('own');
    assert.match(mountsOf(pid('own')).get('/data')!.words, /size=2048k/);
    assert.ok(!now.has('/jail/mqueue'));
    // What stood on /data was mounted again; all others are the same mounts.
    const moved = [...then].filter(([point, id]) => now.get(point) !== id).map(([point]) => point);
    assert.deepEqual(
      moved.filter((point) => point !== '/data'),
      ['/data/in/side', '/jail/mqueue'],
    );
    assert.equal(await printed('own', 'cat /data/in/side/a'), 'conf/a');
    assert.equal(await printed('plain', 'touch /mnt/more/x; ls /mnt/more'), 'x');
    await scene.assertNothingToDo();
    await scene.become(text);
    await scene.assertNothingToDo();
    assert.ok(!mountsOf(pid('plain')).has('/mnt/more') && mountsOf(pid('own')).has('/jail/mqueue'));
  });

  it('are seen to be missing, and made again', async () => {
    const before = [pid('own'), pid('plain')];
    await printed('own', 'umount /etc/app; umount /layers; umount /etc/hosts; umount /proc/keys; umount -l /dev');
    await printed('plain', 'umount /mnt/conf');
    const plan = await netlab(['plan', '--exit-code', scene.file]);
    assert.equal(plan.code, 3);
    for (const point of ['/etc/app', '/layers', '/etc/hosts', '/proc/keys', '/dev/pts', '/mnt/conf'])
      assert.match(plan.stdout, new RegExp(`mount: missing → ${point}$`, 'm'));
    await scene.up();
    await scene.assertNothingToDo();
    assert.deepEqual([pid('own'), pid('plain')], before);
    assert.match(mountsOf(pid('own')).get('/etc/app')!.words, /^ro,nosuid,nodev,noexec/);
    assert.equal(
      await printed('own', 'cat /etc/app/a /layers/new; test -c /dev/null && cat /proc/keys'),
      'conf/a\nnew',
    );
    assert.match(await printed('own', 'cat /etc/hosts'), /localhost/);
  });

  it('stay when files come into the folder in which they stand', async () => {
    const within = edited(
      text,
      'target: /mnt, size: 64k }\n',
      'target: /mnt, size: 64k }\n      - { type: tmpfs, target: /etc/default }\n',
    );
    await scene.become(within);
    await printed('plain', 'echo kept > /mnt/kept');
    await scene.become(
      edited(
        within,
        '    propagation: shared\n    masked',
        '    files: { /etc/netlab-covered: "new\\n" }\n    propagation: shared\n    masked',
      ),
    );
    assert.equal(await printed('plain', 'cat /etc/netlab-covered /mnt/kept; ls /etc/default | wc -l'), 'new\nkept\n0');
    await scene.assertNothingToDo();
    await scene.become(text);
    await scene.assertNothingToDo();
    assert.notEqual(await printed('plain', 'ls /etc/default | wc -l'), '0');
  });

  it('of the root itself change with its PID 1', async () => {
    const before = pid('plain');
    const changes = await scene.become(
      edited(text, 'propagation: shared\n    masked_paths: default', 'propagation: private'),
    );
    assert.deepEqual(inShort(changes).slice(0, 1), [
      'update node plain: propagation shared → private: masked_paths default → none',
    ]);
    assert.notEqual(pid('plain'), before);
    assert.doesNotMatch(mountsOf(pid('plain')).get('/')!.words, /shared:|master:/);
    assert.equal(await printed('plain', 'test -w /proc/sys/net/ipv4/ip_forward; echo $?'), '0');
    await scene.become(edited(text, '    propagation: shared', '    propagation: unbindable'));
    assert.match(mountsOf(pid('plain')).get('/')!.words, /unbindable/);
    await scene.become(text);
  });

  it('that cannot be are refused by line, before anything is touched', async () => {
    const refusals: readonly (readonly [string, string, RegExp])[] = [
      [
        `source: ${source}/conf/a`,
        `source: ${source}/gone`,
        /mounts\[1\]\.source\n {2}found .*\/gone, but there is no such file or folder/,
      ],
      [
        'target: /mnt/conf',
        'target: /netlab-nowhere/x',
        /mounts\[1\]\.target\n {2}found \/netlab-nowhere\/x, but this machine has no such path, .*copy_on_write/,
      ],
      [
        'target: /layers',
        'target: /etc/app/none',
        /mounts\[4\]\.target\n {2}found \/etc\/app\/none, but .*\/conf has no \/none/,
      ],
      [
        'target: /data,',
        'target: /etc,',
        /mounts\[2\]\.target\n {2}found "\/etc", but netlab itself mounts \/etc\/hosts in every node/,
      ],
      [
        'target: /jail/pts',
        'target: /jail',
        /mounts\[9\]\.target\n {2}found "\/jail" after "\/jail\/proc", which it would hide/,
      ],
      ['type: mqueue,', 'type: mqueue, size: 1m,', /mounts\[8\]\.size\n {2}found "size", which only tmpfs takes/],
      [`, work: ${source}/work`, '', /mounts\[5\]\n {2}found one of upper and work/],
    ];
    for (const [passage, replacement, message] of refusals) {
      scene.write(edited(text, passage, replacement));
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    scene.write(text);
    await scene.assertNothingToDo();
  });

  it('that the kernel refuses are named by their line, and what ran is as before', async () => {
    // overlayfs does not take a working folder within the upper layer.
    mkdirSync(join(source, 'upper', 'work'));
    scene.write(edited(text, `work: ${source}/work`, `work: ${source}/upper/work`));
    const changed = await scene.tryUp();
    assert.equal(changed.code, 1);
    assert.match(
      changed.stderr,
      /nodes\.own\.mounts\[5\]\n {2}could not update node own: overlay .*(EINVAL|ELOOP|EBUSY)/,
    );
    scene.write(text);
    await scene.assertNothingToDo();

    await using fresh = new Scene(edited(text, `work: ${source}/work`, `work: ${source}/upper/work`), 'refused');
    const first = await fresh.tryUp();
    assert.equal(first.code, 1);
    assert.match(first.stderr, /nodes\.own\.mounts\[5\]\n {2}could not start node own: overlay \/kept: /);
    rmSync(join(source, 'upper', 'work'), { recursive: true });
  });
});

describe('the propagation of a mount', () => {
  it('is its own, whatever its node says of all', async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    await using scene = new Scene(
      `
nodes:
  a:
    propagation: shared
    mounts: [{ type: tmpfs, target: /mnt, propagation: unbindable }, { type: tmpfs, target: /srv }]
    processes: { p: { command: [sleep, '15211'] } }
  b:
    propagation: private
    mounts: [{ type: tmpfs, target: /mnt, propagation: shared }, { type: tmpfs, target: /srv }]
    processes: { p: { command: [sleep, '15212'] } }
`,
      'propagation',
    );
    await scene.up();
    const seen = (sleep: number): string[] =>
      ['/mnt', '/srv'].map((target) =>
        run('findmnt', [
          '-N',
          processNamed(scene.name, `sleep ${sleep}`)!.split('@')[0]!,
          '-no',
          'PROPAGATION',
          target,
        ]).trim(),
      );
    assert.deepEqual(seen(15211), ['private,unbindable', 'shared']);
    assert.deepEqual(seen(15212), ['shared', 'private']);
    await scene.assertNothingToDo();
  });
});
