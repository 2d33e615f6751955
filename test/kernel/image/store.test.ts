/** The store of unpacked roots: shared, locked, and empty again when nobody uses one any more, whatever has happened. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { tarOrigin } from '../../../src/image/origin.ts';
import { RootStore } from '../../../src/image/root-store.ts';
import { tryLock } from '../../../src/sys/lock.ts';
import { requireRoot, run, tarOf, until } from '../../support/index.ts';
import { LIMITS, workFolder } from './unpacking.ts';

const HOLDER = fileURLToPath(new URL('holder.js', import.meta.url));
const big = (): Buffer =>
  tarOf(Array.from({ length: 20 }, (_, i) => ({ name: `d/f${i}`, content: Buffer.alloc(1 << 20, i) })));

describe('the store of unpacked roots', () => {
  let work: string;
  let path: string;
  let folder: string;
  const alive = new Set<string>();
  const children: ChildProcess[] = [];
  before(function () {
    requireRoot(this);
  });
  beforeEach(() => {
    work = workFolder();
    path = join(work, 'root.tar');
    folder = join(work, 'roots/store');
    alive.clear();
    for (const lab of ['a', 'b']) alive.add(lab);
    writeFileSync(path, tarOf([{ name: 'etc/x', content: 'x' }]));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  const store = (): RootStore => new RootStore(folder, (lab) => alive.has(lab));
  const claim = async (lab: string) => store().hold(await tarOrigin(path), lab, { limits: LIMITS });
  const hold = async (lab: string) => {
    const held = await claim(lab);
    held.claim?.release();
    return held;
  };

  it('has one folder for all labs, and none after the last', async () => {
    const first = await hold('a');
    const second = await hold('b');
    assert.equal(second.folder, first.folder);
    assert.ok(first.leftOut !== undefined && second.leftOut === undefined, 'unpacked once');
    assert.equal(
      statSync(join(folder, first.id)).mode & 0o777,
      0o700,
      'nobody else may start the setuid programs in it',
    );
    assert.deepEqual([...store().of('a')], [first.id]);
    await store().settle('a', new Set());
    assert.ok(existsSync(join(second.folder, 'etc/x')));
    await store().settle('b', new Set([second.id]));
    assert.ok(existsSync(second.folder));
    await store().settle('b', new Set());
    assert.deepEqual(readdirSync(work), ['root.tar']);
    await store().settle('b', new Set());
  });

  it('forgets labs that are no more, and trusts nothing that they have left', async () => {
    const { folder: tree, id } = await hold('a');
    assert.deepEqual(store().leftovers(), []);
    alive.delete('a');
    assert.deepEqual(store().leftovers(), [id]);
    // A power failure may have left half of it.
    writeFileSync(join(tree, 'etc/x'), '');
    const { leftOut } = await hold('b');
    assert.ok(leftOut !== undefined, 'it was unpacked anew');
    assert.equal(statSync(join(tree, 'etc/x')).size, 1);
    alive.delete('b');
    await store().sweep();
    assert.deepEqual(readdirSync(work), ['root.tar']);
  });

  it('keeps what a lab is being brought up with that nobody else can see yet', async () => {
    // Another container's netlab has the store, and neither our /run nor our processes.
    const theirs = new RootStore(folder, () => false);
    const held = await claim('a');
    assert.deepEqual(theirs.leftovers(), []);
    await theirs.sweep();
    await theirs.settle('other', new Set());
    assert.ok(existsSync(join(held.folder, 'etc/x')));
    held.claim!.release();
    assert.deepEqual(theirs.leftovers(), [held.id]);
    await theirs.sweep();
    assert.deepEqual(readdirSync(work), ['root.tar']);
  });

  it('has the mark locked, and removes what nobody uses, though others ask just then whether somebody has the locks', async () => {
    const { id } = await hold('b');
    const askForLockOf = (name: string): void => {
      const lock = tryLock(join(folder, name))!;
      setImmediate(() => lock.release());
    };
    askForLockOf(`${id}/labs/a`);
    const { claim: mark } = await claim('a');
    assert.ok(mark !== undefined);
    mark.release();
    for (const lab of ['a', 'b']) rmSync(join(folder, id, 'labs', lab));
    askForLockOf(`${id}.lock`);
    await store().sweep();
    assert.deepEqual(readdirSync(work), ['root.tar']);
  });

  it('knows a file that it has unpacked, until that is touched', async () => {
    const { id } = await hold('a');
    assert.equal(`tar-${store().digestOf(path)}`, id);
    utimesSync(path, 1, 1);
    assert.equal(store().digestOf(path), undefined);
    assert.equal(store().digestOf(join(work, 'nothing')), undefined);
  });

  it('is no way out of itself when it is removed', async () => {
    writeFileSync(
      path,
      tarOf([
        { name: 'way', type: '2', target: work },
        { name: 'closed', type: '5', mode: 0 },
        { name: 'closed/x', content: '' },
        { name: Buffer.from([0x61, 0xff, 0xfe]), content: 'no UTF-8' },
        { name: 'd'.repeat(90), type: '5' },
      ]),
    );
    writeFileSync(join(work, 'precious'), '');
    await hold('a');
    await store().settle('a', new Set());
    assert.deepEqual(readdirSync(work), ['precious', 'root.tar']);
  });

  it('does not go into what is mounted in it', async function () {
    const { folder: tree } = await hold('a');
    const precious = join(work, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), '');
    run('mount', ['--bind', precious, join(tree, 'etc')]);
    try {
      await assert.rejects(store().settle('a', new Set()));
    } finally {
      run('umount', [join(tree.replace(/\/tree$/, '.partial/tree'), 'etc')]);
    }
    assert.deepEqual(readdirSync(precious), ['file']);
    await store().sweep();
    assert.deepEqual(readdirSync(work), ['precious', 'root.tar']);
  });

  /** Another process that unpacks the same, and says so when it has begun; it goes on when it is told to. */
  const holder = (lab: string, ...more: string[]): { child: ChildProcess; said: () => string } => {
    const child = spawn(process.execPath, [HOLDER, folder, path, lab, ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return { child, said: () => said };
  };

  it('is unpacked once when two want it at once', async () => {
    writeFileSync(path, big());
    const first = holder('a', 'slowly');
    await until(() => first.said().includes('reading'));
    const second = holder('b');
    await until(() => second.said().includes('waiting'));
    assert.deepEqual(
      readdirSync(folder)
        .map((name) => name.replace(/^.*\./, ''))
        .toSorted(),
      ['lock', 'partial'],
    );
    await store().sweep();
    assert.ok(!first.said().includes('held'), 'a sweep does not disturb who is at work');
    first.child.stdin!.end();
    await until(() => first.said().includes('unpacked') && second.said().includes('shared'));
    await store().settle('a', new Set());
    await store().settle('b', new Set());
    assert.deepEqual(readdirSync(work), ['root.tar']);
  });

  it('is not blocked by one that was killed in the middle', async () => {
    writeFileSync(path, big());
    const first = holder('a', 'slowly');
    await until(() => first.said().includes('reading'));
    first.child.kill('SIGKILL');
    await until(() => first.child.signalCode !== null);
    assert.equal(store().leftovers().length, 1);
    const { leftOut, folder: tree } = await hold('b');
    assert.ok(leftOut !== undefined);
    assert.equal(readdirSync(join(tree, 'd')).length, 20);
    await store().settle('b', new Set());
    assert.deepEqual(readdirSync(work), ['root.tar']);
    // And if nobody comes, it is swept away.
    const again = holder('a', 'slowly');
    await until(() => again.said().includes('reading'));
    again.child.kill('SIGKILL');
    await until(() => again.child.signalCode !== null);
    await store().sweep();
    assert.deepEqual(readdirSync(work), ['root.tar']);
  });
});
