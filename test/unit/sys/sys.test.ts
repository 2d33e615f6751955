import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { errnoName } from '../../../src/sys/errno.ts';
import { c, check, errno, int32, type Watch, watchReadable } from '../../../src/sys/libc.ts';
import { isLocked, tryLock } from '../../../src/sys/lock.ts';
import { processStat } from '../../../src/sys/process-stat.ts';
import { removeTree } from '../../../src/sys/remove-tree.ts';
import { until } from '../../support/index.ts';

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000;
const MSG_DONTWAIT = 0x40;

describe('errno', () => {
  it('has the kernel’s names', () => {
    assert.equal(errnoName(22), 'EINVAL');
    assert.equal(errnoName(constants.errno.EEXIST), 'EEXIST');
    assert.equal(errnoName(54), 'EXFULL');
    assert.equal(errnoName(9999), 'errno 9999');
  });

  it('is that of the call before', () => {
    assert.equal(c.close(-1), -1);
    assert.equal(errno(), constants.errno.EBADF);
    assert.throws(() => check(c.close(-1), 'close', 'nothing'), {
      code: 'ERR_SYSTEM',
      message: 'close nothing: EBADF',
    });
  });
});

describe('processStat', () => {
  it('tells of a process what ps tells', () => {
    const { state, parent, isEnding } = processStat(process.pid)!;
    assert.deepEqual([state, parent, isEnding], ['R', process.ppid, false]);
  });

  it('knows one that has ended, and has nobody wait for it, from none', async () => {
    const child = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      const pid = Number(said);
      await until(() => processStat(pid)?.state === 'Z');
      assert.equal(processStat(pid)?.isEnding, true);
      assert.equal(processStat(pid)?.parent, child.pid);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    assert.equal(processStat(child.pid!), undefined);
  });
});

describe('watchReadable', () => {
  const open = (): [fd: number, address: Uint8Array] => {
    const fd = check(c.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0), 'socket');
    // An abstract name, which is of this test alone and leaves no file.
    const address = new TextEncoder().encode(`\u0001\u0000\u0000netlab-test-${process.pid}-${fd}`);
    check(c.bind(fd, address, address.length), 'bind');
    return [fd, address];
  };
  const send = (fd: number, address: Uint8Array, value: number): void => {
    check(c.connect(fd, address, address.length), 'connect');
    check(c.send(fd, int32(value), 4, 0), 'send');
  };

  it('calls when there is something to read, until it is closed', async () => {
    const [fd, address] = open();
    const buffer = new Uint8Array(16);
    let watch: Watch | undefined;
    const read = new Promise<number>((resolve) => {
      watch = watchReadable(fd, () => {
        let count = 0;
        while (c.recv(fd, buffer, buffer.length, MSG_DONTWAIT) > 0) count++;
        resolve(count);
      });
    });
    send(fd, address, 1);
    assert.equal(await read, 1);
    watch?.close();
    c.close(fd);
  });

  it('does not swallow what the reader throws', async () => {
    // In a process of its own: an uncaught exception is what it is about.
    const script = `
      import { c, watchReadable } from ${JSON.stringify(new URL('../../../src/sys/libc.js', import.meta.url).href)};
      const fd = c.socket(${AF_UNIX}, ${SOCK_DGRAM_NONBLOCK}, 0);
      const address = new TextEncoder().encode('\\u0001\\u0000\\u0000netlab-throw-' + process.pid);
      c.bind(fd, address, address.length); c.connect(fd, address, address.length);
      watchReadable(fd, () => { throw new Error('boom'); });
      c.send(fd, new Uint8Array(4), 4, 0);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [code, stderr] = await ended(child);
    assert.equal(code, 1);
    assert.match(stderr, /boom/);
  });
});

function ended(child: ChildProcess): Promise<[code: number | null, stderr: string]> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve([code, stderr])));
}

describe('files', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'netlab-sys-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('are locked by one at a time, until it lets go', () => {
    const path = join(dir, 'lock');
    const first = tryLock(path);
    assert.notEqual(first, undefined);
    assert.equal(tryLock(path), undefined);
    first?.release();
    const second = tryLock(path);
    assert.notEqual(second, undefined);
    second?.release();
  });

  it('say whether somebody has locked them, and come not into being by the question', () => {
    const path = join(dir, 'lock');
    assert.equal(isLocked(path), false);
    assert.deepEqual(readdirSync(dir), []);
    const lock = tryLock(path)!;
    assert.equal(isLocked(path), true);
    lock.release();
    assert.equal(isLocked(path), false);
    tryLock(path)!.release();
  });

  it('are another lock when the file has been made anew', () => {
    const path = join(dir, 'lock');
    const first = tryLock(path);
    rmSync(path);
    const second = tryLock(path);
    assert.notEqual(second, undefined);
    first?.release();
    second?.release();
  });

  it('are removed with their folder, and nothing that a link leads to', () => {
    const outside = join(dir, 'outside');
    const tree = join(dir, 'tree');
    mkdirSync(join(tree, 'a', 'b'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(outside, 'kept'), '');
    writeFileSync(join(tree, 'a', 'file'), '');
    symlinkSync(outside, join(tree, 'link'));
    removeTree(tree);
    assert.equal(existsSync(tree), false);
    assert.equal(existsSync(join(outside, 'kept')), true);
    removeTree(tree);
  });
});
