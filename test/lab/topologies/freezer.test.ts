import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { assertPing, describeTopology, fetchIn, netlab, processesOf, until } from '../../support/index.ts';

describeTopology(
  'freezer',
  ['pid namespaces', 'python3', 'freezer'],
  { clock: { eth0: ['10.0.0.1/24'] }, observer: { eth0: ['10.0.0.2/24'] } },
  (scene) => {
    const act = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await netlab([args[0]!, '-l', scene().name, ...args.slice(1)]);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const count = async (): Promise<number> => Number((await act('logs', 'clock', 'ticker', '-n', '1')).trim());
    /** CPU time that a process has had, in clock ticks: proc_pid_stat(5). */
    const ticks = (pid: string): number => {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return Number(fields[11]) + Number(fields[12]);
    };

    it('stands still when it is frozen, but for its network', async () => {
      assert.equal(await act('freeze', 'clock'), 'clock frozen\n');
      assert.equal(await act('freeze', 'clock'), 'clock is frozen already\n');
      const shell = Object.entries(processesOf(scene().name)).find(([, line]) => line.includes('time.sleep(0.1)'))!;
      const pid = shell[0].split('@')[0]!;
      const before = [await count(), ticks(pid)];
      assertPing(scene().name, 'observer', '10.0.0.1');
      const { members } = await scene().status();
      assert.deepEqual(
        members.map(({ name, frozen }) => [name, frozen]),
        [
          ['clock', true],
          ['observer', false],
        ],
      );
      assert.match(await act('status'), /clock \(frozen\)[\s\S]*ticker +\d+ +frozen/);
      assert.deepEqual([await count(), ticks(pid)], before);
    });

    it('takes no commands meanwhile, and says why', async () => {
      const { code, stderr } = await scene().exec('clock', ['true']);
      assert.equal(code, 125);
      assert.match(stderr, /the node clock of .* is frozen; netlab thaw clock lets it go on/);
    });

    it('is wanted to go on by plan', async () => {
      const { stdout } = await netlab(['plan', scene().file]);
      assert.match(stdout, /update node clock {2}state: frozen → running/);
    });

    it('goes on where it was when it is thawed', async () => {
      const before = await count();
      assert.equal(await act('thaw', 'clock'), 'clock thawed\n');
      await until(async () => (await count()) > before);
      const numbers = (await act('logs', 'clock', 'ticker')).trim().split('\n').map(Number);
      assert.deepEqual(numbers, Array.from(numbers, (_, i) => i + 1));
      assert.match(fetchIn(scene().name, 'observer', 'http://10.0.0.1/'), /Directory listing/);
    });

    it('is let go on by restart and by up', async () => {
      await act('freeze', 'clock');
      await act('restart', 'clock/ticker');
      assert.equal((await scene().status()).members[0]!.frozen, false);
      await act('freeze', 'clock');
      await scene().up();
      assert.equal((await scene().status()).members[0]!.frozen, false);
      const { code } = await scene().exec('clock', ['true']);
      assert.equal(code, 0);
    });
  },
);
