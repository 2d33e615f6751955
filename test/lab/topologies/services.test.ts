import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import type { ProcessStatus } from '../../../src/model/report.ts';
import { describeTopology, fetchIn, inNode, netlab, run, until } from '../../support/index.ts';

describeTopology(
  'services',
  ['bridge', 'python3', 'pid namespaces'],
  {
    store: { eth0: ['10.0.0.1/24'] },
    app: { eth0: ['10.0.0.2/24'] },
    client: { eth0: ['10.0.0.3/24'] },
    lan: { lan: [], store: [], app: [], client: [] },
  },
  (scene) => {
    const of = async (node: string, name: string): Promise<ProcessStatus> => {
      const { members } = await scene().status();
      return members.find((member) => member.name === node)!.processes.find((process) => process.name === name)!;
    };

    it('started each when those before it were ready', async () => {
      const { members } = await scene().status();
      const started = new Map(
        members.flatMap(({ name, processes }) => processes.map((each) => [`${name}/${each.name}`, each.started])),
      );
      const order = ['store/store', 'app/migrate', 'app/worker', 'client/watch'].map((name) => started.get(name)!);
      assert.deepEqual(order, order.toSorted());
    });

    it('says what is ready and what was started again', async () => {
      const store = await of('store', 'store');
      assert.deepEqual([store.state, store.ready, store.restarts], ['running', true, 0]);
      const worker = await of('app', 'worker');
      assert.deepEqual([worker.state, worker.ready, worker.restarts], ['running', true, 2]);
      const migrate = await of('app', 'migrate');
      assert.deepEqual([migrate.state, migrate.exitCode, migrate.ready], ['exited', 0, null]);
      assert.equal(inNode(scene().name, 'app', ['true']).code, 0);
    });

    it('runs the store with its page, which the host does not have', async () => {
      assert.match(fetchIn(scene().name, 'client', 'http://10.0.0.1:8080/'), /from the store/);
      const { pid } = await of('store', 'store');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      for (const entry of ['USER=root', 'HOSTNAME=store', 'PYTHONUNBUFFERED=1', `NETLAB_LAB=${scene().name}`])
        assert.ok(environment.includes(entry), entry);
      assert.equal(existsSync('/srv/store'), false);
      assert.equal(existsSync('/etc/app'), false);
      const inside = async (node: string, ...argv: string[]): Promise<string> => (await scene().exec(node, argv)).stdout;
      assert.equal(await inside('client', 'cat', '/etc/motd'), 'Ask for http://store:8080/\n');
      assert.notEqual(run('cat', ['/etc/motd']), 'Ask for http://store:8080/\n');
      assert.equal(await inside('app', 'cat', '/etc/app/settings'), 'STORE=http://store:8080/\n');
      assert.match(await inside('app', 'cat', '/etc/hosts'), /^10\.0\.0\.1\tstore$/m);
      assert.equal(await inside('app', 'cat', '/etc/hostname'), 'app\n');
      assert.equal(await inside('app', 'cat', '/etc/resolv.conf'), run('cat', ['/etc/resolv.conf']));
    });

    it('ran its setup once', () => {
      const { stdout } = inNode(scene().name, 'app', ['ip', 'route', 'show', '192.0.2.0/24']);
      assert.match(stdout, /via 10\.0\.0\.1 dev eth0/);
      // What a setup made is its own business; for what comes, it is taken away.
      inNode(scene().name, 'app', ['ip', 'route', 'del', '192.0.2.0/24']);
    });

    it('brings back what dies', async () => {
      const before = await of('store', 'store');
      process.kill(before.pid!, 'SIGKILL');
      const after = await until(async () => {
        const now = await of('store', 'store');
        return now.restarts === 1 && now.ready === true ? now : undefined;
      });
      assert.notEqual(after.pid, before.pid);
      await scene().assertNothingToDo();
    });

    it('stops and starts what it is told to', async () => {
      const control = async (verb: string, name: string) => {
        const { code, stdout, stderr } = await netlab([verb, '-l', scene().name, '--json', name]);
        assert.equal(code, 0, stderr);
        return (JSON.parse(stdout) as { processes: { did: string }[] }).processes.map(({ did }) => did);
      };
      assert.deepEqual(await control('stop', 'store/store'), ['stopped']);
      assert.deepEqual(await control('stop', 'store'), ['none']);
      assert.deepEqual([(await of('store', 'store')).state, (await of('store', 'store')).pid], ['stopped', null]);
      const plan = await netlab(['plan', '--exit-code', scene().file]);
      assert.equal(plan.code, 3);
      assert.match(plan.stdout, /update process store {2}state: stopped → running/);
      assert.deepEqual(await control('start', 'store'), ['started']);
      assert.equal((await of('store', 'store')).ready, true);
      assert.deepEqual(await control('restart', 'store/store'), ['restarted']);
      const logs = await netlab(['logs', '-l', scene().name, 'store', 'store']);
      assert.ok(logs.stdout.split('Serving HTTP').length >= 4, logs.stdout);
      const wrong = await netlab(['start', '-l', scene().name, 'store/stor']);
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, /the node store of \S+ has no process stor; did you mean store\?/);
    });
  },
);
