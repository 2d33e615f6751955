import assert from 'node:assert/strict';

import { readFileSync } from 'node:fs';

import { assertPing, controller, describeTopology, groupFile, netlab, until } from '../../support/index.ts';

describeTopology(
  'cgroup-memory',
  ['memory controller', 'pid namespaces'],
  { eater: { eth0: ['10.0.0.1/24'] }, neighbour: { eth0: ['10.0.0.2/24'] } },
  (scene) => {
    const output = async (node: string, process: string): Promise<string> =>
      (await netlab(['logs', '-l', scene().name, node, process])).stdout;

    it('bounds the node by 64 MiB of memory and no swap', () => {
      assert.equal(groupFile(scene().name, 'eater', 'memory', 'memory.max', 'memory.limit_in_bytes'), String(64 << 20));
      const swap = controller('memory')!.version === 2 ? '0' : String(64 << 20);
      assert.equal(groupFile(scene().name, 'eater', 'memory', 'memory.swap.max', 'memory.memsw.limit_in_bytes'), swap);
    });

    it('has killed who wanted 100 MiB there, and nobody else', async () => {
      assert.match(await output('eater', 'greedy'), /tail ended with 137/);
      assert.match(await output('neighbour', 'same-appetite'), /tail ended with 0/);
      const { members } = await scene().status();
      const running = members.flatMap(({ processes }) => processes.map(({ name, state }) => `${name} ${state}`));
      assert.deepEqual(running.toSorted(), ['greedy running', 'modest running', 'same-appetite running']);
      assertPing(scene().name, 'neighbour', '10.0.0.1');
    });

    it('tells of it in status, in the log and in the record of events', async () => {
      const { members } = await scene().status();
      const [eater, neighbour] = members;
      assert.deepEqual([eater!.limits, neighbour!.limits], [{ memory: 64 << 20, swap: 0 }, null]);
      assert.deepEqual([eater!.hits?.oomKills, neighbour!.hits], [1, null]);
      const kills = eater!.processes.map(({ name, hits }) => [name, hits?.oomKills]);
      assert.deepEqual(Object.fromEntries(kills), { greedy: 1, modest: 0 });
      await until(async () => /^netlab: a process was killed: the memory limit/m.test(await output('eater', 'greedy')));
      assert.match((await netlab(['status', '-l', scene().name])).stdout, /eater +memory 64M, swap 0 +1 killed for memory/);
      const events = readFileSync(`/run/netlab/${scene().name}/logs/events.jsonl`, 'utf8');
      assert.match(events, /"event":"oom-kill","node":"eater","process":"greedy","count":1/);
    });

    it('kills a command by hand too', async () => {
      const { code } = await scene().exec('eater', ['sh', '-c', 'head -c 100M /dev/zero | tail > /dev/null']);
      assert.equal(code, 137);
      assert.equal((await scene().exec('neighbour', ['sh', '-c', 'head -c 100M /dev/zero | tail > /dev/null'])).code, 0);
    });
  },
);
