import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { NodeStatus } from '../../../src/model/report.ts';

import { assertPing, describeTopology, groupFile, netlab, processesOf, until } from '../../support/index.ts';

describeTopology(
  'fork-bomb',
  ['pids controller', 'pid namespaces', 'python3'],
  { bomb: { eth0: ['10.0.0.1/24'] }, witness: { eth0: ['10.0.0.2/24'] } },
  (scene) => {
    it('has been refused a tenth process, each of the nine', async () => {
      await until(async () => {
        const { stdout } = await netlab(['logs', '-l', scene().name, 'bomb', 'bomb']);
        return stdout.split('\n').filter((line) => line === 'Resource temporarily unavailable').length === 9;
      });
      assert.equal(groupFile(scene().name, 'bomb', 'pids', 'pids.current'), '10');
      const bombs = Object.values(processesOf(scene().name)).filter((line) => /python3\S* -c import os/.test(line));
      assert.equal(bombs.length, 9);
    });

    it('tells of it in status, in the log and in the record of events', async () => {
      const bomb = async (): Promise<NodeStatus> => (await scene().status()).members[0]!;
      assert.equal((await bomb()).hits?.forksRefused, 9);
      await until(async () =>
        /^netlab: a fork was refused/m.test((await netlab(['logs', '-l', scene().name, 'bomb', 'bomb'])).stdout),
      );
      const events = readFileSync(`/run/netlab/${scene().name}/logs/events.jsonl`, 'utf8');
      assert.match(events, /"event":"pids-max","node":"bomb","process":"(bomb)?","count":\d/);
    });

    it('can start nothing in there any more, and everything elsewhere', async () => {
      const { code, stderr } = await scene().exec('bomb', ['sh', '-c', 'true | true']);
      assert.notEqual(code, 0);
      assert.match(stderr, /fork/);
      assert.equal((await scene().exec('bomb', ['ls', '-d', '/'])).stdout, '/\n');
      assert.equal((await scene().exec('witness', ['sh', '-c', 'seq 20 | xargs -P 20 -n 1 true'])).code, 0);
      assertPing(scene().name, 'witness', '10.0.0.1');
    });
  },
);
