/** Logs that grow without end: what is kept of them is right to the byte, and whoever prints notices nothing. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { NodeInit } from '../../../src/process/node-init.ts';
import { followLog, lastLines } from '../../../src/process/logs.ts';
import { requireRoot, run, skip, until } from '../../support/index.ts';
import { shell, TestKeeper } from './fixture.ts';

const K = 1024;

describe('logs that grow', function () {
  this.timeout(60_000);
  let lab: TestKeeper;
  let node: NodeInit;
  const log = (): string => join(lab.logsDir, 'r1/p.log');
  const folder = (): string => join(lab.logsDir, 'r1');
  /** The bytes that the files take on the disk. */
  const used = (): number => Number(run('du', ['-s', '-B1', folder()]).split('\t')[0]);
  const files = (): string[] => readdirSync(folder());
  /** All that is kept, read by programs that know nothing of netlab: from the parts in their order, then from where the last of them ends. */
  const kept = (): string => {
    const script = `cd "$1"
      until [ "$now" ] && [ "$now" = "$before" ]; do
        before=$(ls -ls --full-time); end=0
        for part in $(ls | sed -n 's/^p.log.//p' | sort -n); do
          cat p.log.$part 2>&3; end=$((part + $(stat -c %s p.log.$part 2>&3 || echo 0)))
        done > ../kept 3> /dev/null
        tail -c +$((end + 1)) p.log >> ../kept
        # While something was moved, this is nothing.
        now=$(ls -ls --full-time)
      done`;
    run('bash', ['-c', script, 'bash', folder()]);
    return readFileSync(join(lab.logsDir, 'kept'), 'utf8');
  };
  const print = (line: string, { maxSize, files: count }: { maxSize: number; files: number }): void => {
    node.start([shell('p', line)]);
    lab.keeper.rotate([{ names: ['r1/p.log'], maxSize, files: count }]);
  };
  const ended = (): Promise<unknown> => until(() => node.status()[0]?.state === 'exited', { timeout: 30_000 });
  const settled = (bound: number): Promise<unknown> => until(() => used() <= bound, { what: `${bound} bytes of logs` });

  before(function () {
    requireRoot(this);
  });
  beforeEach(() => {
    lab = new TestKeeper().start();
    node = lab.node('r1');
  });
  afterEach(() => lab.end());

  it('lose nothing, and break no line', async () => {
    const count = (from: number, to: number): string =>
      `awk 'BEGIN { for (i = ${from}; i <= ${to}; i++) { print i; fflush() } }'`;
    // Each line is a write, and the two are at it at the same time.
    print(`${count(1, 300_000)} & ${count(300_001, 600_000)}; wait`, { maxSize: 128 * K, files: 100 });
    await ended();
    await until(() => files().length > 20);
    await settled(5 * K * K);
    const text = kept();
    equal(text.length, statSync(log()).size);
    const numbers = text.trimEnd().split('\n').map(Number);
    deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: 600_000 }, (_, i) => i + 1),
    );
    deepEqual(lastLines(log(), Infinity).lines.map(Number), numbers);
    for (const name of files()) {
      if (name === 'p.log') continue;
      const part = readFileSync(join(folder(), name), 'latin1');
      ok(part.length < 200 * K, `${name} has ${part.length} bytes`);
      // The newest may yet grow.
      ok(/^\d+\n/.test(part), `${name} begins with ${part.slice(0, 10)}`);
    }
  });

  for (const count of [1, 2, 4])
    it(`take no more room than ${count} of their files, and end with what was printed last`, async () => {
      print("seq -f 'line %.0f of a hundred megabytes that are printed as fast as can be' 1500000", {
        maxSize: 256 * K,
        files: count,
      });
      await ended();
      ok(statSync(log()).size > 100_000_000);
      await settled((count * 256 + 80) * K);
      const lines = kept().trimEnd().split('\n');
      const numbers = lines.map((line) => Number(/^line (\d+) of a hundred/.exec(line)?.[1]));
      equal(numbers.at(-1), 1_500_000);
      ok(
        numbers.every((each, i) => i === 0 || each === numbers[i - 1]! + 1),
        'a line is missing, or broken',
      );
      ok(lines.length * 70 >= (count * 256 * K) / 4, `${lines.length} lines are kept`);
      equal(files().length, count === 1 ? 2 : count);
      deepEqual(lastLines(log(), 3).lines, lines.slice(-3));
    });

  it('without a single line end stay in their bounds', async () => {
    print('head -c 5000000 /dev/zero | tr "\\0" x', { maxSize: 64 * K, files: 3 });
    await ended();
    await settled((3 * 64 + 90) * K);
    ok(/^x+$/.test(kept()));
  });

  it('hold up nobody, even when the keeper is stopped', async () => {
    print('seq 1 1000000; echo end', { maxSize: 64 * K, files: 2 });
    process.kill(lab.pid, 'SIGSTOP');
    try {
      await ended();
      equal(run('tail', ['-n1', log()]), 'end\n');
    } finally {
      process.kill(lab.pid, 'SIGCONT');
    }
    await settled((2 * 64 + 80) * K);
    equal(lastLines(log(), 1).lines[0], 'end');
  });

  it('are followed to their end by one who comes along slowly', async () => {
    const stop = new AbortController();
    print('for i in 1 2 3 4 5 6; do seq -f "%.0f" 100000; done; echo end', { maxSize: 256 * K, files: 2 });
    let text = '';
    for await (const piece of followLog(log(), 0, stop.signal)) {
      text += String(piece);
      if (text.endsWith('end\n')) stop.abort();
      // Slower than who prints.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const gone = [...text.matchAll(/\nnetlab: (\d+) bytes were printed faster .*\n/g)];
    const shown = gone.reduce((all, [note]) => all - note.length, text.length);
    const dropped = gone.reduce((all, [, bytes]) => all + Number(bytes), 0);
    equal(shown + dropped, statSync(log()).size);
  });

  it('are new when the program cuts them short', async () => {
    const path = join(lab.folder, 'go');
    print(`seq 100000; until [ -e ${path} ]; do sleep 0.02; done; : > /proc/self/fd/1; echo new; exec sleep 1d`, {
      maxSize: 64 * K,
      files: 3,
    });
    await until(() => files().length === 3);
    run('touch', [path]);
    await until(() => files().length === 1);
    deepEqual(lastLines(log(), Infinity).lines, ['new']);
  });

  it('are held in their bounds when the program makes them longer than they are', async () => {
    const path = join(lab.folder, 'go');
    const line = `seq 50000; truncate -s 1T /proc/self/fd/1; echo end; until [ -e ${path} ]; do sleep 0.02; done`;
    print(`${line}; truncate -s 0 /proc/self/fd/1; seq 50000`, { maxSize: 64 * K, files: 3 });
    await until(() => statSync(log()).size > 1e12);
    await settled((3 * 64 + 90) * K);
    await until(() => lastLines(log(), 1).lines[0]?.replaceAll('\0', '') === 'end');
    run('touch', [path]);
    await ended();
    await settled((3 * 64 + 90) * K);
    equal(lastLines(log(), 1).lines[0], '50000');
  });

  it('take less room at once when less is asked for', async () => {
    print('seq 200000; exec sleep 1d', { maxSize: 256 * K, files: 5 });
    await until(() => files().length > 3 && used() > 800 * K);
    lab.keeper.rotate([{ names: ['r1/p.log'], maxSize: 64 * K, files: 2 }]);
    await settled((2 * 64 + 80) * K);
    equal(lastLines(log(), 1).lines[0], '200000');
  });

  it('cost the keeper nothing while nobody prints', async function () {
    if (process.arch !== 'x64') skip(this, 'the number of poll(2) is that of x86-64');
    print('echo once; exec sleep 1d', { maxSize: 64 * K, files: 2 });
    await until(() => lab.log('r1/p.log') === 'once\n');
    // It waits for ever: poll(2), number 7, with -1.
    await until(() => /^7 \S+ \S+ 0xf{8,16} /.test(readFileSync(`/proc/${lab.pid}/syscall`, 'utf8')));
  });

  it('are refused when they cannot be', () => {
    for (const [names, maxSize, count] of [
      [['../p.log'], 64 * K, 2],
      [['/p.log'], 64 * K, 2],
      [['p.log'], 64 * K, 2],
      [['r1/p.log'], 1, 2],
      [['r1/p.log'], 64 * K, 0],
      [['r1/p.log'], 64 * K, 101],
    ] as const)
      try {
        lab.keeper.rotate([{ names, maxSize, files: count }]);
        ok(false, `${names[0]} ${maxSize} ${count} is taken`);
      } catch (error) {
        equal((error as { errno?: string }).errno, 'EINVAL');
      }
  });
});
