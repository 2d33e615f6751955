import assert from 'node:assert/strict';

import type { LabStatus } from '../../../src/model/report.ts';
import { describeTopology, fetchIn, netlab } from '../../support/index.ts';

// client ── pod: pause, web, sidecar
describeTopology(
  'pod',
  ['curl', 'python3', 'pid namespaces'],
  { client: { eth0: ['10.0.0.1/24'] }, pod: { eth0: ['10.0.0.2/24'] } },
  (scene) => {
    const beside = async (process: string, ...command: string[]): Promise<string> => {
      const { stdout, stderr } = await netlab(['exec', '-l', scene().name, '-p', process, 'pod', '--', ...command]);
      assert.equal(stderr, '');
      return stdout;
    };
    const numbers = async () => {
      const { stdout } = await netlab(['status', '--namespaces', '--json', '-l', scene().name]);
      const { processes } = (JSON.parse(stdout) as LabStatus).members.find(({ name }) => name === 'pod')!;
      return new Map(processes.map(({ name, namespaces = {} }) => [name, namespaces]));
    };

    it('has one network and one set of queues for all, and processes and mounts for each', async () => {
      const of = await numbers();
      const names = ['pause', 'web', 'sidecar'];
      for (const [kind, count] of [['net', 1], ['ipc', 1], ['uts', 1], ['pid', 3], ['mnt', 3]] as const)
        assert.equal(new Set(names.map((name) => of.get(name)![kind])).size, count, kind);
    });

    it('is one address to others, and localhost to itself', async () => {
      assert.equal(fetchIn(scene().name, 'client', 'http://10.0.0.2/own'), 'web\n');
      assert.equal(await beside('sidecar', 'curl', '-s', 'http://127.0.0.1/own'), 'web\n');
    });

    it('has the queue of one in the other, and the files of one in no other', async () => {
      assert.match(await beside('web', 'ipcs', '-q'), /^0x[0-9a-f]+ /m);
      assert.equal(await beside('web', 'cat', '/srv/own'), 'web\n');
      assert.equal(await beside('sidecar', 'sh', '-c', 'test -e /srv/own || echo none'), 'none\n');
      assert.ok(!(await beside('sidecar', 'ps', '-e', '-o', 'args=')).includes('http.server'));
    });

    it('lets web start anew alone, and all of them together with pause', async () => {
      const did = async (process: string): Promise<string[]> => {
        const { stdout } = await netlab(['restart', '--json', '-l', scene().name, `pod/${process}`]);
        return (JSON.parse(stdout) as { processes: { process: string }[] }).processes.map((each) => each.process);
      };
      // A namespace is known by what is in it: its number may be given to the next one as soon as it is gone.
      const queues = async (): Promise<number> => (await beside('sidecar', 'ipcs', '-q')).match(/^0x/gm)!.length;
      const before = await numbers();
      const first = await queues();
      assert.match(await beside('sidecar', 'ipcmk', '-Q'), /id/);
      assert.deepEqual(await did('web'), ['web']);
      assert.equal((await numbers()).get('web')!.ipc, before.get('pause')!.ipc);
      const second = await queues();
      assert.ok(second > first, `${second} queues after ${first}`);
      assert.deepEqual((await did('pause')).toSorted(), ['pause', 'sidecar', 'web']);
      const after = await numbers();
      assert.equal(after.get('web')!.ipc, after.get('pause')!.ipc);
      assert.equal(await queues(), first);
    });
  },
);
