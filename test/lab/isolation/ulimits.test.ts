/** `ulimits`, `umask`, `groups` and `user`: what /proc says of each program, and what the kernel does about it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import {
  edited,
  inShort,
  netlab,
  probe,
  processNamed,
  requireRoot,
  Scene,
  tempFile,
  until,
} from '../../support/index.ts';

const LAB = `
nodes:
  a:
    ulimits: { nofile: 200, core: 0, nproc: { soft: 300, hard: 400 }, fsize: { hard: 1000000 }, cpu: unlimited }
    processes:
      as-node: { command: [sleep, '33001'] }
      less: { command: [sleep, '33002'], ulimits: { nofile: { soft: 20, hard: 100 }, stack: 1048576 }, umask: "027" }
      writer: { command: [sh, -c, 'umask; : > /dev/shm/file; exec sleep 33003'], umask: "077" }
      big: { command: [sh, -c, 'head -c 2000 /dev/zero > /dev/shm/big || :'], ulimits: { fsize: 1000 } }
  b:
    processes:
      plain: { command: [sleep, '33004'] }
      every:
        command: [sleep, '33005']
        ulimits:
          { as: 1000000001, core: 2, cpu: 1003, data: 1000000004, fsize: 5, locks: 6, memlock: 7, msgqueue: 8, nice: 0,
            nofile: 10, nproc: 1011, rss: 1000000012, rtprio: 0, rttime: 1000014, sigpending: 15, stack: { soft: 1000016 , hard: 1000017 } }
`;

/** The lines of /proc/PID/limits: soft and hard. */
function limitsOf(pid: string): Record<string, string> {
  const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
  const lines = [...text.matchAll(/^Max (.+?)\s{2,}(\S+)\s+(\S+)/gm)];
  return Object.fromEntries(lines.map(([, name, soft, hard]) => [name!, `${soft} ${hard}`]));
}

describe('ulimits', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    scene = new Scene(LAB, 'ulimits');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const pidOf = (seconds: string): string => processNamed(scene.name, `sleep ${seconds}`)!.split('@')[0]!;
  const of = (seconds: string) => limitsOf(pidOf(seconds));
  const umaskOf = (seconds: string): string =>
    /^Umask:\s+(\d+)$/m.exec(readFileSync(`/proc/${pidOf(seconds)}/status`, 'utf8'))![1]!;

  it('bound each process of the node as the file says, and leave the rest alone', () => {
    const [own, plain] = [of('33001'), of('33004')];
    const said = {
      'open files': '200 200',
      'core file size': '0 0',
      processes: '300 400',
      'file size': '1000000 1000000',
    };
    assert.deepEqual(own, { ...plain, ...said, 'cpu time': 'unlimited unlimited' });
  });

  it('bound a process closer than its node', () => {
    const said = { 'open files': '20 100', 'stack size': '1048576 1048576' };
    assert.deepEqual(of('33002'), { ...of('33001'), ...said });
    assert.deepEqual([umaskOf('33001'), umaskOf('33002'), umaskOf('33003')], ['0022', '0027', '0077']);
  });

  it('are each the one that the kernel calls so', () => {
    assert.deepEqual(of('33005'), {
      'address space': '1000000001 1000000001',
      'core file size': '2 2',
      'cpu time': '1003 1003',
      'data size': '1000000004 1000000004',
      'file size': '5 5',
      'file locks': '6 6',
      'locked memory': '7 7',
      'msgqueue size': '8 8',
      'nice priority': '0 0',
      'open files': '10 10',
      processes: '1011 1011',
      'resident set': '1000000012 1000000012',
      'realtime priority': '0 0',
      'realtime timeout': '1000014 1000014',
      'pending signals': '15 15',
      'stack size': '1000016 1000017',
    });
  });

  it('bound `exec`', async () => {
    const { stdout } = await scene.exec('a', ['sh', '-c', 'ulimit -n; ulimit -c; ulimit -Hu || :']);
    assert.match(stdout, /^200\n0\n/);
  });

  it('are what the kernel goes by', async () => {
    const { stdout } = await until(async () => {
      const stat = await scene.exec('a', ['stat', '-c', '%s %a', '/dev/shm/big', '/dev/shm/file']);
      return stat.code === 0 && stat.stdout.startsWith('1000 ') ? stat : undefined;
    });
    assert.equal(stdout, '1000 644\n1000 600\n'.replace('1000 600', '0 600'));
    const many = await scene.exec('a', [
      'sh',
      '-c',
      'for i in $(seq 3 9); do eval "exec $i</dev/null"; done; ulimit -n 300',
    ]);
    assert.notEqual(many.code, 0);
  });

  it('come and go with the file', async () => {
    await scene.assertNothingToDo();
    const text = edited(LAB, 'nofile: { soft: 20, hard: 100 }, stack: 1048576 }, umask: "027"', 'nofile: 30 }');
    assert.deepEqual(inShort(await scene.become(text)), [
      'update process a/less: ulimits nofile 20:100, stack 1048576 → nofile 30: umask 027 → unset',
    ]);
    assert.deepEqual([of('33002')['open files'], umaskOf('33002')], ['30 30', '0022']);
    const changes = inShort(await scene.become(edited(text, 'nofile: 200', 'nofile: 100')));
    assert.ok(
      changes.some((line) => line.startsWith('update node a: ulimits ') && line.includes('nofile 100')),
      changes.join('\n'),
    );
    assert.equal(of('33001')['open files'], '100 100');
    await scene.assertNothingToDo();
  });

  it('beyond what this machine gives are refused by their line', async () => {
    const file = tempFile(
      'name: beyond\nnodes:\n  a:\n    processes:\n      p: { command: "true", ulimits: { nofile: 4000000000 } }\n',
    );
    const { code, stderr } = await netlab(['up', file]);
    assert.notEqual(code, 0);
    assert.match(stderr, /:5:\d+ {2}nodes\.a\.processes\.p\.ulimits\.nofile\n {2}found 4000000000, but /);
  });
});

describe('users and groups', () => {
  const lab = `
nodes:
  a:
    seccomp: default
    files: { /etc/group: "root:x:0:\\nextra:x:4321:nobody\\nmore:x:4322:\\nmain:x:4323:\\n" }
    processes:
      alone: { command: [sleep, '33010'], user: nobody }
      named: { command: [sleep, '33011'], user: 'nobody:main', groups: [more, 77] }
      root: { command: [sleep, '33012'], groups: [more] }
      pair: { command: [sleep, '33013'], user: '1234:main', groups: [extra] }
`;
  it('are those of the node, and of the list', async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    await using scene = new Scene(lab, 'groups');
    await scene.up();
    const of = (seconds: string): string[] => {
      const pid = processNamed(scene.name, `sleep ${seconds}`)!.split('@')[0]!;
      const text = readFileSync(`/proc/${pid}/status`, 'utf8');
      const line = (name: string) => RegExp(`^${name}:\\s+(.*?)\\s*$`, 'm').exec(text)?.[1] ?? '';
      return [line('Uid').split('\t')[0]!, line('Gid').split('\t')[0]!, line('Groups'), line('Seccomp')];
    };
    const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))!.slice(1);
    assert.deepEqual(of('33010'), [...nobody, '4321', '2']);
    assert.deepEqual(of('33011'), [nobody[0], '4323', '77 4321 4322', '2']);
    assert.deepEqual(of('33012'), ['0', '0', '4322', '2']);
    assert.deepEqual(of('33013'), ['1234', '4323', '4321', '2']);
    await scene.assertNothingToDo();
    const unknown = lab.replace('groups: [more]', 'groups: [nowhere]');
    scene.write(unknown);
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1);
    assert.match(stderr, /nowhere/);
    scene.write(lab);
  });
});
