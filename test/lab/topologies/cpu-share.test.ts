import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { assertPing, describeTopology, groupFile, pidsOfGroup, until } from '../../support/index.ts';

/** Clock ticks that a process has run, of which there are 100 in a second: proc_pid_stat(5), utime. */
function ticks(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[11]);
}

describeTopology(
  'cpu-share',
  ['bridge', 'cpu controller', 'cpuset controller', 'pid namespaces'],
  {
    large: { eth0: ['10.0.0.1/24'] },
    small: { eth0: ['10.0.0.2/24'] },
    capped: { eth0: ['10.0.0.3/24'] },
    lan: { lan: [], large: [], small: [], capped: [] },
  },
  (scene) => {
    const loop = (node: string): number => pidsOfGroup(scene().name, `${node}/loop`, 'cpu')[0]!;

    it('has all of them on CPU 0', () => {
      for (const node of ['large', 'small', 'capped'])
        assert.match(readFileSync(`/proc/${loop(node)}/status`, 'utf8'), /^Cpus_allowed_list:\t0$/m);
    });

    it('gives large three times what small gets, whatever else the machine does', async () => {
      const [large, small] = [loop('large'), loop('small')];
      const begin = [ticks(large), ticks(small)] as const;
      await until(() => ticks(small) - begin[1] >= 25, { timeout: 60_000 });
      const ratio = (ticks(large) - begin[0]) / (ticks(small) - begin[1]);
      assert.ok(ratio > 2.2 && ratio < 4, `large has had ${ratio.toFixed(2)} times as much`);
    });

    it('stops the capped one again and again', async () => {
      await until(
        () => Number(/nr_throttled (\d+)/.exec(groupFile(scene().name, 'capped', 'cpu', 'cpu.stat'))?.[1]) > 2,
        { timeout: 60_000 },
      );
      assert.match(groupFile(scene().name, 'large', 'cpu', 'cpu.stat'), /nr_throttled 0/);
      assertPing(scene().name, 'large', '10.0.0.3');
    });
  },
);
