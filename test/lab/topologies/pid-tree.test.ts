import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { describeTopology, netlab, processNamed, until } from '../../support/index.ts';

describeTopology('pid-tree', ['pid namespaces'], { tree: {} }, (scene) => {
  const beside = async (process: string): Promise<string[]> => {
    const options = process === '' ? [] : ['--process', process];
    const command = ['ps', '-e', '-o', 'pid=,args='];
    const { code, stdout, stderr } = await netlab(['exec', '-l', scene().name, ...options, 'tree', '--', ...command]);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').map((line) => line.trim());
  };

  it('shows each what is below it, by its own numbers', async () => {
    const all = await beside('');
    assert.match(all[0]!, /^1 netlab-init node/);
    for (const word of ['sleep 8001', 'sleep 8002', 'sleep 8003']) assert.ok(all.some((line) => line.endsWith(word)), word);
    const outer = await beside('outer');
    assert.match(outer[0]!, /^1 \/bin\/sh -c .*: outer/);
    // Whether outer's child or the guest comes first, nobody has said.
    assert.deepEqual(outer.slice(1, 3).map((line) => line.slice(0, 2)), ['2 ', '3 ']);
    assert.deepEqual(outer.slice(1, 3).map((line) => line.slice(2)).toSorted(), ['sleep 8001', 'sleep 8002']);
    const inner = await beside('inner');
    assert.match(inner[0]!, /^1 \/bin\/sh -c .*: inner/);
    assert.equal(inner[1], '2 sleep 8003');
    assert.doesNotMatch(inner.join('\n'), /sleep 800[12]/);
  });

  it('numbers a process at each depth', async () => {
    const pid = processNamed(scene().name, 'sleep 8001')!.split('@')[0]!;
    const [, numbers = ''] = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    const depths = numbers.split(/\s+/);
    // The machine, the keeper, the node, outer.
    const shown = (await beside('outer')).find((line) => line.endsWith('sleep 8001'));
    assert.deepEqual([depths[0], `${depths.at(-1)} sleep 8001`], [pid, shown]);
    assert.ok(depths.length >= 4, numbers);
  });

  it('ends all of a namespace with its number 1, and begins anew', async () => {
    const before = ['sleep 8001', 'sleep 8002', 'sleep 8003'].map((line) => processNamed(scene().name, line)!);
    assert.equal((await scene().exec('tree', ['pkill', '-KILL', '-o', '-f', ': outer'])).code, 0);
    const after = await until(
      () => {
        const now = ['sleep 8001', 'sleep 8002', 'sleep 8003'].map((line) => processNamed(scene().name, line));
        return now[0] != null && now[1] != null && now[0] !== before[0] && now[1] !== before[1] ? now : undefined;
      },
      { timeout: 15_000 },
    );
    assert.equal(after[2], before[2]);
    await until(async () => (await beside('outer')).join('\n').includes('sleep 8002'), { timeout: 15_000 });
  });

  it('lets a signal that is not handled mean nothing to a number 1', async () => {
    const before = processNamed(scene().name, 'sleep 8003');
    const kill = ['exec', '-l', scene().name, '--process', 'inner', 'tree', '--', 'kill', '-TERM', '1'];
    assert.equal((await netlab(kill)).code, 0);
    assert.match((await beside('inner'))[0]!, /: inner/);
    assert.equal(processNamed(scene().name, 'sleep 8003'), before);
  });
});
