/** Programs that print very much: what is kept, who watches them, and a `log` that changes under them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import {
  CLI,
  describeForUsers,
  edited,
  inShort,
  netlab,
  places,
  probe,
  requireRoot,
  run,
  Scene,
  tempFolder,
  until,
  user,
} from '../../support/index.ts';

const folder = (scene: Scene): string => `${places().state}/${scene.name}/logs/a`;
const used = (scene: Scene): number => Number(run('du', ['-s', '-B1', folder(scene)]).split('\t')[0]);
const pids = async (scene: Scene): Promise<unknown> =>
  (await scene.status()).members[0]!.processes.map(({ pid, restarts }) => [pid, restarts]);

describe('logs of programs that print very much', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
  });

  it('a hundred megabytes: as much is kept as was said, its end is right, and who follows sees it', async () => {
    await using scene = new Scene(`
nodes:
  a:
    log: { max_size: 1M }
    processes:
      flood: { command: 'echo begun; until [ -e /dev/shm/go ]; do sleep 0.02; done; seq -f "%.0f of a hundred megabytes, printed as fast as it can be" 1900000; exec sleep 1d', log: { files: 4 } }
      other: { command: 'until [ -e /dev/shm/go ]; do sleep 0.02; done; seq 1000000; exec sleep 1d' }
`);
    await scene.up();
    const follower = spawn(process.execPath, [CLI, 'logs', '-l', scene.name, '-f', '--json', 'a', 'flood'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let begun = '';
    let bytes = 0;
    let gone = 0;
    let gaps = 0;
    let last = '';
    follower.stdout.on('data', (chunk: Buffer) => {
      const lines = (begun + chunk.toString()).split('\n');
      begun = lines.pop() ?? '';
      for (const text of lines) {
        const { process: name, line } = JSON.parse(text) as { process: string; line: string };
        assert.equal(name, 'flood');
        const [, missing] = /^netlab: (\d+) bytes were printed faster/.exec(line) ?? [];
        gone += Number(missing ?? 0);
        gaps += missing === undefined ? 0 : 1;
        bytes += missing === undefined && line !== '' ? line.length + 1 : 0;
        last = line;
      }
    });
    // Who comes later begins with what is still kept, and nobody tells of the rest.
    await until(() => last === 'begun');
    assert.equal((await scene.exec('a', ['touch', '/dev/shm/go'])).code, 0);
    await until(() => last.startsWith('1900000 of'), { timeout: 30_000 });
    follower.kill('SIGINT');
    await once(follower, 'close');
    const size = statSync(`${folder(scene)}/flood.log`).size;
    assert.ok(size > 100_000_000);
    // What breaks off in a line has been given an end.
    const all = bytes + gone;
    assert.ok(all >= size && all <= size + gaps, `${bytes} shown and ${gone} gone of ${size}`);

    // Four of 1M, and three for the other.
    await until(() => used(scene) <= (7 << 20) + (1 << 19));
    const { stdout } = await netlab(['logs', '-l', scene.name, '-n', '3', 'a/flood']);
    assert.deepEqual(stdout.trimEnd().split('\n').map(Number.parseFloat), [1_899_998, 1_899_999, 1_900_000]);
    const kept = (await netlab(['logs', '-l', scene.name, 'a', 'other'])).stdout.trimEnd().split('\n').map(Number);
    assert.ok(kept.length > 100_000 && kept.every((each, i) => i === 0 || each === kept[i - 1]! + 1));
    assert.equal(kept.at(-1), 1_000_000);
    assert.equal(readdirSync(folder(scene)).filter((name) => name.startsWith('other')).length, 3);
    assert.deepEqual(
      (await scene.status()).members[0]!.processes.map(({ state }) => state),
      ['running', 'running'],
    );
  });

  it('a line that makes it ready is found wherever it has gone by then', async () => {
    const mark = join(tempFolder(), 'second-life');
    await using scene = new Scene(`
defaults: { process: { log: { max_size: 64k, files: 20 } } }
nodes:
  a:
    processes:
      late: { command: 'seq 60000; echo now ready; seq 60000; exec sleep 1d', ready: { log: '^now ready$' } }
  # In the keeper, and started again: what it prints then stands far behind what it printed before.
  b:
    isolation: [net]
    processes:
      again:
        command: 'seq 60000; if [ -e ${mark} ]; then echo second; exec sleep 1d; fi; touch ${mark}; exit 1'
        restart: on-failure
        ready: { log: '^second$' }
`);
    await scene.up();
    await until(() => readdirSync(folder(scene)).length > 5);
    const { stdout } = await netlab(['logs', '-l', scene.name, 'b']);
    const lines = Array.from({ length: 60_000 }, (_, i) => String(i + 1));
    assert.deepEqual(stdout.trimEnd().split('\n'), [...lines, ...lines, 'second']);
  });
});

describeForUsers('the log of a program that runs', function () {
  this.timeout(60_000);
  before(function () {
    if (user() === 'root') requireRoot(this);
    else probe(this, 'user namespaces of nobody');
    probe(this, 'pid namespaces');
  });

  it('another `log` counts at once, and the program goes on', async () => {
    const text = `
nodes:
  a:
    processes:
      web: { command: 'seq 500000; exec sleep 1d', ready: { log: '^500000$' } }
      own: { command: 'seq 100; exec sleep 1d', log: { max_size: 64k } }
`;
    await using scene = new Scene(text);
    await scene.up();
    const before = await pids(scene);
    assert.ok(used(scene) > 3_000_000);
    const less = edited(text, '  a:\n', '  a:\n    log: { max_size: 128k, files: 2 }\n');
    scene.write(less);
    const plan = await netlab(['plan', scene.file]);
    assert.match(plan.stdout, /^ {2}~ update process web {2}log: 3 files of 10M → 2 files of 128k$/m);
    assert.deepEqual(inShort(await scene.become(less)), [
      'update process a/web: log 3 files of 10M → 2 files of 128k',
      'update process a/own: log 3 files of 64k → 2 files of 64k',
    ]);
    await until(() => used(scene) <= 500_000);
    assert.deepEqual(await pids(scene), before);
    await scene.assertNothingToDo();
    assert.equal((await netlab(['logs', '-l', scene.name, '-n', '1', 'a/web'])).stdout, '500000\n');
    // And back: what has been dropped is gone, what comes is kept.
    assert.deepEqual(inShort(await scene.become(text)), [
      'update process a/web: log 2 files of 128k → 3 files of 10M',
      'update process a/own: log 2 files of 64k → 3 files of 64k',
    ]);
    assert.deepEqual(await pids(scene), before);
    await scene.assertNothingToDo();
  });
});
