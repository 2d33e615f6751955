import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

import { assertPing, describeTopology, fetchIn, netlab, processesOf, run, until } from '../../support/index.ts';

// db ── app ── bare; `bare` has a network and nothing else of its own
describeTopology(
  'isolated-processes',
  ['ping', 'curl', 'python3', 'pid namespaces'],
  {
    db: { eth0: ['10.0.0.1/24'] },
    app: { eth0: ['10.0.0.2/24'], eth1: ['10.0.1.1/24'] },
    bare: { eth0: ['10.0.1.2/24'] },
  },
  (scene) => {
    const printed = async (node: string, ...command: string[]): Promise<string> => {
      const { code, stdout, stderr } = await scene().exec(node, command);
      assert.equal(code, 0, `${command.join(' ')} on ${node}: ${stderr}`);
      return stdout.trim();
    };
    const queues = async (node: string) => (await printed(node, 'ipcs', '-q')).match(/0x[0-9a-f]+/g) ?? [];

    it('gives each node its own hostname, and leaves the one of `bare` and of the machine alone', async () => {
      assert.equal(await printed('db', 'hostname'), 'database.example');
      assert.equal(await printed('db', 'cat', '/etc/hostname'), 'database.example');
      assert.equal(await printed('app', 'cat', '/proc/sys/kernel/hostname'), 'app');
      assert.equal(await printed('bare', 'cat', '/proc/sys/kernel/hostname'), hostname());
      assert.equal(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim(), hostname());
    });

    it('gives each node its own process tree, in its own /proc', async () => {
      const list = await printed('db', 'ps', '-e', '-o', 'pid=,args=');
      const lines = list.split('\n').map((line) => line.trim());
      assert.match(lines[0]!, /^1 netlab-init node/);
      assert.ok(lines.some((line) => /python3 -m http\.server 5432$|http\.server 5432/.test(line)), list);
      assert.ok(!list.includes('http.server 80'), 'db sees a process of app');
      const entries = (await printed('db', 'ls', '/proc')).split('\n').filter((name) => /^\d+$/.test(name));
      assert.ok(entries.includes('1') && entries.length <= lines.length + 1, entries.join(' '));
      // It is not that the names are hidden: a process of the machine is not there.
      assert.equal((await scene().exec('db', ['test', '-e', `/proc/${process.pid}/ns`])).code, process.pid < 100 ? 0 : 1);
    });

    it('gives each node its own message queues', async () => {
      // The process `queue` makes one on app.
      const own = await until(async () => {
        const list = await queues('app');
        return list.length === 1 ? list : undefined;
      });
      assert.deepEqual(await queues('db'), []);
      const made = await printed('db', 'ipcmk', '-Q');
      assert.match(made, /Message queue id: \d+/);
      assert.equal((await queues('db')).length, 1);
      assert.deepEqual(await queues('app'), own);
      await printed('db', 'ipcrm', '--all=msg');
      assert.deepEqual(await queues('db'), []);
      // None of it is the machine's, which `bare` shares.
      assert.deepEqual(await queues('bare'), run('ipcs', ['-q']).match(/0x[0-9a-f]+/g) ?? []);
    });

    it('starts processes in the order that `after` says', async () => {
      const { members } = await scene().status();
      const started = new Map(
        members.flatMap(({ name, processes }) => processes.map((each) => [`${name}/${each.name}`, Date.parse(each.started)])),
      );
      assert.deepEqual([...started.keys()].toSorted(), ['app/migrate', 'app/queue', 'app/web', 'db/store']);
      assert.ok(started.get('db/store')! <= started.get('app/migrate')!);
      assert.ok(started.get('app/migrate')! <= started.get('app/web')!);
      // /dev/shm, into which `migrate` has written, is its node's own.
      assert.equal((await scene().exec('db', ['test', '-e', '/dev/shm/migrated'])).code, 1);
    });

    it('runs its servers in their folders and with their environment', async () => {
      assert.match(fetchIn(scene().name, 'bare', 'http://10.0.1.1/'), /bin\//);
      assert.match(fetchIn(scene().name, 'app', 'http://10.0.0.1:5432/'), /bin\//);
      const [server] = Object.entries(processesOf(scene().name)).filter(([, line]) => line.endsWith('http.server 80'));
      const environment = readFileSync(`/proc/${server![0].split('@')[0]}/environ`, 'utf8').split('\0');
      for (const entry of ['DATABASE=http://db:5432/', 'LANG=C.UTF-8']) assert.ok(environment.includes(entry), entry);
      assert.equal(await printed('app', 'getent', 'hosts', 'db'), '10.0.0.1        db database.example');
    });

    it('keeps what processes print', async () => {
      const { stdout } = await until(async () => {
        const logs = await netlab(['logs', '-l', scene().name, 'app', 'queue']);
        return logs.stdout.includes('Message queue id') ? logs : undefined;
      });
      assert.match(stdout, /^queues of app:\nMessage queue id: \d+$/m);
      fetchIn(scene().name, 'bare', 'http://10.0.1.1/');
      await until(async () => (await netlab(['logs', '-l', scene().name, 'app', 'web'])).stdout.includes('GET /'));
      const last = await netlab(['logs', '-l', scene().name, '-n', '1', 'app', 'web']);
      assert.equal(last.stdout.trim().split('\n').length, 1);
    });

    it('connects them all the same', () => {
      assertPing(scene().name, 'db', '10.0.1.2');
      assertPing(scene().name, 'bare', '10.0.0.1');
    });
  },
);
