/** Programs that make it hard for who runs them: very many, deaf to TERM, without output, with orphans, forking wildly. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import {
  controller,
  groupOf,
  isAlive,
  netlab,
  probe,
  processesOf,
  requireRoot,
  Scene,
  until,
} from '../../support/index.ts';

describe('a PID 1 under load', function () {
  this.timeout(120_000);
  before(function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'python3');
  });

  const lines = (scene: Scene, pattern: RegExp): string[] =>
    Object.values(processesOf(scene.name)).filter((line) => pattern.test(line));

  it('runs 200 processes on one node, and ends them', async () => {
    const processes = Array.from({ length: 200 }, (_, i) => `      p${i}: { command: [sleep, '60${1000 + i}'] }`);
    await using scene = new Scene(`name: many\nnodes:\n  a:\n    processes:\n${processes.join('\n')}\n`);
    const report = await scene.up();
    assert.equal(report.processes, 200);
    assert.equal(lines(scene, /^sleep 60\d+$/).length, 200);
    const { members } = await scene.status();
    assert.ok(members[0]!.processes.every(({ state, pid }) => state === 'running' && pid !== null));
    await scene.assertNothingToDo();
  });

  it('ends who ignores TERM, who has closed its output, and reaps orphans', async () => {
    await using scene = new Scene(`
name: hard
nodes:
  a:
    processes:
      deaf: { command: "trap '' TERM; while :; do sleep 600001; done", stop: { timeout: 200ms } }
      silent: { command: 'exec >&- 2>&- <&-; exec sleep 600002' }
      # Three hundred children whose parent has gone: PID 1 is their parent now.
      orphans: { command: 'for i in $(seq 300); do (sh -c "exit 3" &) ; done; (setsid sleep 600003 &); exec sleep 600004' }
`);
    await scene.up();
    await until(() => lines(scene, /^sleep 60000[1234]$/).length === 4);
    const pid = (await scene.status()).members[0]!.pid!;
    const children = (): string[] => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const states = (): string[] =>
      children().map((child) => /^State:\s*(\S)/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? '?');
    await until(() => !states().includes('Z') && children().length <= 5, { timeout: 20_000 });
    const told = (await scene.status()).members[0]!.processes;
    assert.deepEqual(told.map(({ name, state, restarts }) => `${name} ${state} ${restarts}`).toSorted(), [
      'deaf running 0',
      'orphans running 0',
      'silent running 0',
    ]);
    const { code, stderr } = await netlab(['stop', '-l', scene.name, 'a']);
    assert.equal(code, 0, stderr);
    assert.deepEqual(lines(scene, /60000[124]/), []);
    assert.ok((await scene.status()).members[0]!.processes.every(({ state }) => state === 'stopped'));
    // What has left its group is the node's, and goes with the node.
    const [orphan = ''] = Object.entries(processesOf(scene.name)).find(([, line]) => line === 'sleep 600003') ?? [];
    assert.ok(isAlive(Number.parseInt(orphan, 10)));
    await scene.become('name: hard\nnodes:\n  b: {}\n');
    await until(() => !isAlive(Number.parseInt(orphan, 10)));
  });

  it('goes on beside one that forks as fast as it can, and moves the machine by no more than its limit', async function () {
    probe(this, 'pids controller');
    const bomb = 'import os\\nwhile True:\\n  try: os.fork()\\n  except OSError: pass';
    await using scene = new Scene(`
name: wild
nodes:
  a:
    limits: { pids: 12, cpu: 0.3 }
    processes:
      quiet: { command: [sleep, '600005'] }
`);
    await scene.up();
    // Nothing forks before the limit has been seen to stand.
    const folder = groupOf(controller('pids')!.root, scene.name, 'a');
    assert.equal(readFileSync(`${folder}/pids.max`, 'utf8').trim(), '12');
    const before = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
    await scene.become(`${scene.text}      bomb: { command: [python3, -c, "${bomb}"], stop: { signal: KILL } }\n`);
    await until(() => readFileSync(`${folder}/pids.current`, 'utf8').trim() === '12', { timeout: 20_000 });
    const now = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
    assert.ok(now - before < 60, `${now - before} more processes on this machine`);
    assert.equal((await scene.status()).members[0]!.processes.length, 2);
    assert.equal((await netlab(['stop', '-l', scene.name, 'a/bomb'])).code, 0);
    assert.deepEqual(lines(scene, /os\.fork/), []);
    assert.equal(lines(scene, /^sleep 600005$/).length, 1);
  });
});
