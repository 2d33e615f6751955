import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';

import { Control } from '../../../src/process/control.ts';
import { helperPath } from '../../../src/process/helper.ts';
import { startKeeper } from '../../../src/process/keeper.ts';
import { killKeeper } from '../../../src/process/kill.ts';
import { findKeepers } from '../../../src/state/keepers.ts';
import { tryLock } from '../../../src/sys/lock.ts';
import { requireRoot, run, until } from '../../support/index.ts';
import { alive, nap, TestKeeper, titled } from './fixture.ts';

describe('the keeper', () => {
  before(function () {
    requireRoot(this);
  });

  let lab: TestKeeper;
  beforeEach(() => {
    lab = new TestKeeper();
  });
  afterEach(() => lab.end());

  it('answers as soon as it is started, and its socket tells its pid', () => {
    lab.start();
    equal(lab.keeper.pid, lab.pid);
    deepEqual(lab.keeper.list(), { namespaces: [], nodes: [], dropping: [], programs: [] });
  });

  it('is found by the title of its process', () => {
    lab.start();
    deepEqual(
      findKeepers().filter((keeper) => keeper.lab === lab.lab),
      [{ lab: lab.lab, pid: lab.pid }],
    );
  });

  it('leaves nothing when it is killed: no guard, no sockets, no links but those of others', async () => {
    lab.start();
    lab.node('r1');
    const other = join(lab.linksDir, `${lab.lab}.other`);
    symlinkSync('/proc/1/ns/net', other);
    killKeeper(lab.pid);
    await until(() => titled(lab.lab).length === 0);
    equal(readlinkSync(other), '/proc/1/ns/net');
    rmSync(other);
    await lab.gone();
  });

  it('holds a network namespace that it is handed, and lets go of it', async () => {
    lab.start();
    const name = `own-${lab.lab}`;
    run('ip', ['netns', 'add', name]);
    const fd = openSync(`/run/netns/${name}`, 'r');
    const file = openSync('/dev/null', 'r');
    const sleeper = spawn('nsenter', [`--net=/run/netns/${name}`, 'sleep', '30074']);
    try {
      const held = (): number => readdirSync(`/proc/${lab.pid}/fd`).length;
      deepEqual(lab.keeper.list().namespaces, []);
      const before = held();
      const at = lab.keeper.joinNamespace('db', fd);
      equal(statSync(`/proc/${lab.pid}/fd/${at}`).ino, fstatSync(fd).ino);
      deepEqual(lab.keeper.list().namespaces, [{ name: 'db', fd: at, joined: true }]);
      throws(() => lab.keeper.joinNamespace('db', fd), { errno: 'EEXIST' });
      throws(() => lab.keeper.joinNamespace('other', file), { errno: 'EINVAL' });
      throws(() => lab.keeper.joinNamespace('../x', fd), { errno: 'EINVAL' });
      const control = Control.connect(lab.ctl);
      ok(control);
      throws(() => control.request([['join', 'other']]), { errno: 'EBADF' });
      // What nobody takes is closed, with the connection too.
      control.send([['list']], fd);
      control.receive(() => {});
      await until(() => held() === before + 2);
      control.send([['list']], fd);
      control.close();
      lab.keeper.list();
      await until(() => held() === before + 1);
      lab.keeper.dropNode(['db']);
      equal(held(), before);
      deepEqual(lab.keeper.list().namespaces, []);
      ok(alive(sleeper.pid ?? 0) && existsSync(`/run/netns/${name}`));
    } finally {
      sleeper.kill('SIGKILL');
      closeSync(fd);
      closeSync(file);
      run('ip', ['netns', 'delete', name]);
    }
  });

  it('makes network namespaces that hold until it ends, each told at once', () => {
    lab.start();
    const told: string[] = [];
    const list = ['a', 'b', 'c'].map((name) => ({ name, sysctls: [] }));
    lab.keeper.createNamespaces(list, (name, fd) => {
      told.push(name);
      symlinkSync(`/proc/${lab.pid}/fd/${fd}`, lab.netns(name));
    });
    deepEqual(told, ['a', 'b', 'c']);
    const inodes = told.map((name) => statSync(lab.netns(name)).ino);
    equal(new Set([...inodes, statSync('/proc/self/ns/net').ino]).size, 4);
    ok(run('nsenter', [`--net=${lab.netns('a')}`, 'ip', 'link']).includes('lo:'));
  });

  it('writes sysctls into the new namespace and nowhere else', () => {
    lab.start();
    const path = '/proc/sys/net/ipv4/ip_default_ttl';
    const before = readFileSync(path, 'utf8');
    // More than sixteen: past that number it changes its own procfs instance.
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    lab.keeper.createNamespaces(
      names.map((name, index) => ({ name, sysctls: [['net/ipv4/ip_default_ttl', String(100 + index)]] })),
      (name, fd) => symlinkSync(`/proc/${lab.pid}/fd/${fd}`, lab.netns(name)),
    );
    for (const index of [0, 15, 16, 17, 39]) {
      equal(run('nsenter', [`--net=${lab.netns(`n${index}`)}`, 'cat', path]).trim(), String(100 + index));
    }
    equal(readFileSync(path, 'utf8'), before);
  });

  it('names the sysctl that it could not write, and keeps the namespaces before it', () => {
    lab.start();
    const list = [
      { name: 'a', sysctls: [] },
      { name: 'b', sysctls: [['net/ipv4/no_such', '1']] as const },
    ];
    throws(() => lab.keeper.createNamespaces(list, () => {}), {
      operation: 'sysctl',
      subject: 'net/ipv4/no_such',
      errno: 'ENOENT',
    });
    deepEqual(
      lab.keeper.list().namespaces.map(({ name }) => name),
      ['a'],
    );
    throws(() => lab.keeper.createNamespaces([list[0]!], () => {}), { errno: 'EEXIST' });
  });

  it('drops a namespace with all that runs in it, daemons too', async () => {
    lab.start();
    lab.namespaces('r1', 'r2');
    lab.keeper.start([
      {
        name: 'r1/web',
        digest: '',
        command: ['sh', '-c', `setsid ${nap(4711)} & echo $!; exec ${nap(4712)}`],
        env: { PATH: process.env['PATH'] ?? '' },
        node: 'r1',
        log: 'r1/web.log',
      },
    ]);
    await until(() => lab.log('r1/web.log'));
    equal(readlinkSync(`/proc/${await lowest(nap(4712))}/ns/net`), readlinkNs(lab.netns('r1')));
    // Until it becomes sleep, the shell has both in its title.
    const pids = await until(() => {
      const both = [...titled(nap(4711)), ...titled(nap(4712))];
      return both.length === 2 ? both : undefined;
    });
    lab.keeper.dropNode(['r1']);
    ok(!pids.some(alive));
    deepEqual(
      lab.keeper.list().namespaces.map(({ name }) => name),
      ['r2'],
    );
    deepEqual(lab.keeper.list().programs, []);
    throws(() => lab.keeper.dropNode(['r1']), { operation: 'drop', errno: 'ENOENT' });
  });

  it('starts PID 1s side by side, and tells of each how it went', () => {
    lab.start();
    lab.namespaces('good', 'bad');
    const results = lab.keeper.startNodes([
      { name: 'good', flags: 0x20020000, operations: [] },
      { name: 'bad', flags: 0x20020000, operations: [['mount', '/no/such', '/tmp', '', 4096, '']] },
      { name: 'none', flags: 0, operations: [] },
    ]);
    ok('pid' in results.get('good')!);
    const failures = ['bad', 'none']
      .map((name) => results.get(name)!)
      .map((one) => 'error' in one && one.error.message);
    deepEqual(failures, ['mount /tmp: ENOENT', 'node none: ENOENT']);
    // What failed leaves no half of itself, and can be asked for again.
    deepEqual(lab.keeper.startNodes([{ name: 'bad', flags: 0x20020000, operations: [] }]).size, 1);
    equal(lab.keeper.list().nodes.length, 2);
  });

  it('holds the lock while it starts, and lets go of it when it answers', () => {
    const path = join(lab.folder, 'lock');
    const lock = tryLock(path);
    ok(lock);
    const { pid } = startKeeper({ ...lab.options, lockFd: lock.fd });
    lock.release();
    const next = tryLock(path);
    ok(next, 'the lock is free');
    next.release();
    killKeeper(pid);
  });

  it('tells which operation failed, and is gone then', async () => {
    const bad = [['mount', '/no/such', '/mnt', '', 4096, '']] as const;
    throws(() => startKeeper({ ...lab.options, operations: bad }), {
      operation: 'mount',
      subject: '/mnt',
      errno: 'ENOENT',
    });
    throws(() => startKeeper({ ...lab.options, logsDir: '/no/such' }), { operation: 'open', errno: 'ENOENT' });
    await lab.gone();
  });

  it('ends in order on SIGTERM: what ignores it is killed after two seconds', async () => {
    lab.start();
    const init = lab.node('r1');
    const env = { PATH: process.env['PATH'] ?? '' };
    init.start([
      {
        name: 'deaf',
        digest: '',
        command: ['sh', '-c', `trap "" TERM; echo ready; exec ${nap(4713)}`],
        env,
        log: 'r1/deaf.log',
      },
      {
        name: 'kind',
        digest: '',
        command: ['sh', '-c', 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.01; done'],
        env,
        log: 'r1/kind.log',
      },
    ]);
    await until(() => lab.log('r1/deaf.log') !== '' && lab.log('r1/kind.log') !== '');
    const start = performance.now();
    process.kill(lab.pid, 'SIGTERM');
    await until(() => !alive(lab.pid));
    const took = performance.now() - start;
    // Two seconds, and more on a machine that is busy.
    ok(took > 1500 && took < 9000, `${took} ms`);
    ok(lab.log('r1/kind.log').includes('bye'));
    equal(titled(nap(4713)).length, 0);
    await lab.gone();
  });

  it('refuses a spec that was cut short, and leaves nothing', async () => {
    const helper = spawnSync(helperPath(), ['keeper'], {
      input: `2\0lab\0${lab.lab}\x002\0flags\x000\0`,
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    equal(helper.status, 125);
    ok(helper.output[3]?.toString().startsWith('error\trequest\tcut short\t'));
    await lab.gone();
  });
});

async function lowest(word: string): Promise<number> {
  return until(() => titled(word)[0]);
}

/** `net:[INODE]` of a link to a namespace. */
function readlinkNs(path: string): string {
  return `net:[${statSync(path).ino}]`;
}
