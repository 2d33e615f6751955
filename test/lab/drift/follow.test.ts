import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  addresses,
  describeForUsers,
  edited,
  holder,
  inNode,
  ipJson,
  netlab,
  places,
  probe,
  processNamed,
  requireRoot,
  Scene,
  until,
} from '../../support/index.ts';
import { Watching } from './watching.ts';

// a:eth0 ─── eth0:b
const LAB = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.1/24] } }
    routes: [{ to: 10.20.0.0/16, via: 10.0.0.2 }]
    files: { /etc/motd: "hello\\n" }
    processes:
      steady: { command: [sleep, '30001'], restart: always }
      once: { command: [sleep, '30002'] }
  b:
    isolation: [net]
    interfaces: { eth0: { addresses: [10.0.0.2/24] } }
    processes: { other: { command: [sleep, '30003'], restart: on-failure } }
links: [['a:eth0', 'b:eth0']]
`;

describeForUsers('up --watch', () => {
  let scene: Scene;
  let watching: Watching;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });
  beforeEach(async () => {
    scene = new Scene(LAB, 'follow');
    watching = await Watching.start(scene.file);
  });
  afterEach(async () => {
    await watching?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  const type = (node: string, line: string): void => {
    const { code, stderr } = inNode(scene.name, node, ['sh', '-e', '-c', line]);
    assert.equal(code, 0, stderr);
  };
  const pidOf = (command: string): number => Number(processNamed(scene.name, command)?.split('@')[0]);
  const kill = (command: string): void => void process.kill(pidOf(command), 'SIGKILL');

  it('follows an edit; tells a bad one by line, and leaves the lab alone; follows the next', async () => {
    scene.write(edited(LAB, '10.0.0.1/24', '10.0.0.11/24'));
    const first = await watching.told(({ event }) => event === 'edited');
    assert.equal(first.event === 'edited' && first.report.changes.length > 0, true);
    assert.deepEqual(addresses(scene.name, 'a')['eth0'], ['10.0.0.11/24']);

    scene.write(edited(LAB, '10.0.0.1/24', '10.0.0.1/33'));
    const bad = await watching.told(({ event }) => event === 'failed');
    assert.match(JSON.stringify(bad), /"code":"ERR_TOPOLOGY".*10\.0\.0\.1\/33/);
    assert.deepEqual(addresses(scene.name, 'a')['eth0'], ['10.0.0.11/24']);
    // What the last good file said is kept up meanwhile.
    type('a', 'ip address del 10.0.0.11/24 dev eth0');
    await until(() => addresses(scene.name, 'a')['eth0']?.[0] === '10.0.0.11/24');

    // As editors do it: a new file in the old one's place.
    const from = watching.events.length;
    writeFileSync(`${scene.file}~`, readFileSync(scene.file, 'utf8').replace('10.0.0.1/33', '10.0.0.1/24'));
    renameSync(`${scene.file}~`, scene.file);
    await watching.told(({ event }) => event === 'edited', from);
    await scene.assertNothingToDo();
  });

  it('a program, and what it imports', async () => {
    const folder = dirname(scene.file);
    const program = join(folder, `${scene.name}.mjs`);
    const part = join(folder, `${scene.name}-part.mjs`);
    writeFileSync(part, 'export const mtu = 1400;');
    writeFileSync(
      program,
      `import { mtu } from './${scene.name}-part.mjs';
       export default () => ({ name: '${scene.name}', nodes: { a: {}, b: {} }, links: [{ endpoints: ['a:eth0', 'b:eth0'], mtu }] });`,
    );
    await watching.end();
    await using other = await Watching.start(program);
    const mtu = (): unknown => ipJson(scene.name, 'a', 'link', 'show', 'dev', 'eth0')[0]?.['mtu'];
    assert.equal(mtu(), 1400);
    writeFileSync(part, 'export const mtu = 1300;');
    await other.told(({ event }) => event === 'edited');
    assert.equal(mtu(), 1300);
    writeFileSync(part, 'export const other = 1300;');
    const failed = await other.told(({ event }) => event === 'failed');
    assert.match(JSON.stringify(failed), /does not provide an export named 'mtu'/);
    writeFileSync(part, 'export const mtu = 1200;');
    await until(() => mtu() === 1200);
  });

  it('a file that goes, or becomes another lab, changes nothing', async () => {
    const text = readFileSync(scene.file, 'utf8');
    rmSync(scene.file);
    await watching.told((event) => event.event === 'failed' && JSON.stringify(event).includes('no such file'));
    writeFileSync(scene.file, text.replace(/^name: .*$/m, 'name: another'));
    await watching.told(
      (event) => event.event === 'failed' && JSON.stringify(event).includes('is now the lab another'),
    );
    type('a', 'ip address del 10.0.0.1/24 dev eth0');
    await until(() => addresses(scene.name, 'a')['eth0']?.[0] === '10.0.0.1/24');
  });

  it('leaves processes to their policy, and starts those of a node whose PID 1 was killed', async () => {
    const steady = pidOf('sleep 30001');
    kill('sleep 30001');
    const again = await watching.told(({ event }) => event === 'restarted');
    assert.deepEqual(
      { ...again, time: '' },
      {
        time: '',
        event: 'restarted',
        node: 'a',
        process: 'steady',
        how: 'was killed by signal 9',
      },
    );
    assert.notEqual(pidOf('sleep 30001'), steady);
    kill('sleep 30002');
    const ended = await watching.told(({ event }) => event === 'ended');
    assert.equal('process' in ended && ended.process, 'once');
    kill('sleep 30003');
    await watching.told((event) => event.event === 'restarted' && event.process === 'other');

    kill(`netlab-init node ${scene.name}.a`);
    await until(() => processNamed(scene.name, 'sleep 30001') !== undefined);
    await until(() => processNamed(scene.name, 'sleep 30002') !== undefined);
    await until(() => watching.repairs().length === 2);
    assert.deepEqual(
      watching
        .repairs()
        .map(({ change }) => `${change.action} ${change.what}: ${change.reason}`)
        .toSorted(),
      ['once', 'steady'].map((name) => `create process a/${name}: the file has it, and it does not run`),
    );
    await scene.assertNothingToDo();
  });

  it('a process that was stopped by hand stays so', async () => {
    assert.equal((await netlab(['stop', '-l', scene.name, 'a/steady'])).code, 0);
    type('a', 'ip route del 10.20.0.0/16');
    await until(() => watching.repairs().length === 1);
    assert.equal(processNamed(scene.name, 'sleep 30001'), undefined);
    assert.equal((await netlab(['start', '-l', scene.name, 'a/steady'])).code, 0);
    await scene.assertNothingToDo();
  });

  it("puts a node's file right", async () => {
    const { code } = await scene.exec('a', ['sh', '-c', 'echo spoilt >/etc/motd']);
    assert.equal(code, 0);
    await until(() => watching.repairs().length === 1);
    assert.equal((await scene.exec('a', ['cat', '/etc/motd'])).stdout, 'hello\n');
  });

  it('gives way to what takes a thing away again and again', async () => {
    const enemy = 'for i in $(seq 400); do ip route del 10.20.0.0/16 2>/dev/null || true; sleep 0.01; done';
    const done = new Promise<void>((resolve) => {
      const child = netlab(['exec', '-l', scene.name, 'a', '--', 'sh', '-c', enemy]);
      void child.then(() => resolve());
    });
    const held = await watching.told(({ event }) => event === 'held');
    assert.match(JSON.stringify(held), /"what":"route 10\.20\.0\.0\/16 via 10\.0\.0\.2 dev eth0 on a"/);
    // Other things are repaired all the same.
    type('b', 'ip link set eth0 mtu 1300');
    await watching.told((event) => event.event === 'repaired' && event.change.kind === 'link');
    await done;
    await until(() => inNode(scene.name, 'a', ['ip', 'route', 'show', '10.20.0.0/16']).stdout !== '', {
      timeout: 20_000,
    });
    assert.ok(watching.repairs().length < 20, `${watching.repairs().length} repairs`);
  });

  it('looks at the whole lab when it could not hear everything', async () => {
    watching.child.kill('SIGSTOP');
    const lines = Array.from({ length: 15_000 }, (_, i) => `route replace 10.99.0.0/16 via 10.0.0.${(i % 200) + 3}`);
    const flood = inNode(scene.name, 'b', ['ip', '-batch', '-'], `${lines.join('\n')}\n`);
    assert.equal(flood.code, 0, flood.stderr);
    type('a', 'ip address del 10.0.0.1/24 dev eth0');
    watching.child.kill('SIGCONT');
    await watching.told(({ event }) => event === 'overrun');
    await until(() => addresses(scene.name, 'a')['eth0']?.[0] === '10.0.0.1/24');
    await scene.assertNothingToDo();
  });

  it('ends when the lab is taken down, and holds nobody up', async () => {
    const lock = spawnSync('flock', ['-n', `${places().state}/${scene.name}/lock`, 'true']);
    assert.equal(lock.status, 0, 'it holds the lock while nothing is to be done');
    await scene.down();
    assert.equal(await watching.ended(), 0, watching.stderr);
    const last = watching.events.at(-1);
    assert.deepEqual(last?.event === 'end' && last.reason, 'down');
    scene.assertHostAsBefore();
  });

  it('ends when the keeper dies, and says what to do', async () => {
    process.kill(holder(scene.name), 'SIGKILL');
    assert.equal(await watching.ended(), 1);
    assert.match(watching.stderr, /has died, and the lab with it: netlab up makes it anew/);
  });

  it('follows an up of the same file, and ends when another file takes the lab over', async () => {
    scene.write(edited(LAB, '10.0.0.1/24', '10.0.0.12/24'));
    await scene.up();
    await until(() => addresses(scene.name, 'a')['eth0']?.[0] === '10.0.0.12/24');
    await scene.assertNothingToDo();
    const other = new Scene(LAB, 'x');
    writeFileSync(other.file, readFileSync(scene.file, 'utf8').replace('10.0.0.12/24', '10.0.0.13/24'));
    assert.equal((await netlab(['up', other.file])).code, 0);
    assert.equal(await watching.ended(), 1);
    assert.match(watching.stderr, /has been brought up from another file/);
    assert.deepEqual(addresses(scene.name, 'a')['eth0'], ['10.0.0.13/24']);
  });

  it('tells a person a line each', async () => {
    await watching.end();
    let child: ChildProcess | undefined;
    const run = netlab(['up', '--watch', scene.file], { onSpawn: (started) => (child = started) });
    let said = '';
    child!.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => said.includes('nothing to change'));
    await until(() => {
      inNode(scene.name, 'a', ['ip', 'address', 'del', '10.0.0.1/24', 'dev', 'eth0']);
      return said.includes('created address');
    });
    child!.kill('SIGINT');
    const { code, stdout, stderr } = await run;
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^\d\d:\d\d:\d\d {2}created address 10\.0\.0\.1\/24 on a:eth0 {2}the file has it, the kernel does not {2}\(0\.\d+ s\)$/m,
    );
    assert.match(stderr, /watching it; Ctrl-C ends the watch, and the lab stays up/);
  });

  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    it(`ends with ${signal}, and the lab stays up`, async () => {
      assert.equal(await watching.end(signal), 0);
      assert.match(watching.stderr, /the watch ends; the lab stays up/);
      await scene.assertNothingToDo();
    });
  }
});
