import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';

import {
  asUser,
  assertPing,
  CLI,
  describeAsNobody,
  edited,
  holder,
  ifindexes,
  inShort,
  netlab,
  netnsOf,
  nobody,
  onTerminal,
  places,
  probe,
  processesOf,
  requireRoot,
  run,
  Scene,
  tempFile,
} from '../../support/index.ts';
import type { LabSummary, UpReport } from '../../../src/model/report.ts';

const LAB = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.1/24], mtu: 1400 } }
    processes: { talk: { command: 'echo uid $(id -u) in $NETLAB_NODE; exec sleep 60001' } }
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24], mtu: 1400 } }, isolation: [net], processes: { main: { command: [sleep, '60002'] } } }
links: [['a:eth0', 'b:eth0']]
`;

describeAsNobody('every verb', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ping', 'pid namespaces', 'python3', 'pseudo-terminals', 'user namespaces of nobody');
    scene = new Scene(LAB, 'verbs');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  it('works in processes of his own, in a user namespace of his own', () => {
    const keeper = holder(scene.name);
    assert.equal(statSync(`/proc/${keeper}`).uid, nobody().uid);
    assert.notEqual(readlinkSync(`/proc/${keeper}/ns/user`), readlinkSync('/proc/self/ns/user'));
    assert.match(readFileSync(`/proc/${keeper}/uid_map`, 'utf8'), new RegExp(`^\\s*0\\s+${nobody().uid}\\s+1\\s*$`));
    for (const key of Object.keys(processesOf(scene.name)))
      assert.equal(statSync(`/proc/${key.split('@')[0]}`).uid, nobody().uid);
  });

  it('keeps its state where nobody else can read it', () => {
    const { state } = places();
    const { mode, uid } = statSync(state);
    assert.deepEqual([mode & 0o777, uid], [0o700, nobody().uid]);
    assert.ok(existsSync(`${state}/${scene.name}/lab.json`));
  });

  it('leaves no name in /run/netns', () => {
    assert.ok(!run('ip', ['netns', 'list']).includes(scene.name));
    assert.deepEqual(netnsOf(scene.name), ['a', 'b']);
  });

  it('ls and status', async () => {
    assert.equal((await scene.summary())?.state, 'running');
    const { members } = await scene.status();
    assert.deepEqual(
      members.map(({ name, interfaces }) => [name, interfaces.find((each) => each.name === 'eth0')?.addresses]),
      [
        ['a', ['10.0.0.1/24']],
        ['b', ['10.0.0.2/24']],
      ],
    );
    const process = members[0]?.processes[0];
    assert.equal(process?.state, 'running');
    assert.ok(existsSync(`/proc/${process.pid}`), 'its pid is the one of the machine');
  });

  it('exec: streams and codes are passed through, in both kinds of nodes', async () => {
    for (const node of ['a', 'b']) {
      const { code, stdout, stderr } = await scene.exec(node, ['sh', '-c', 'cat; echo no >&2; id -u; exit 42'], {
        input: 'yes\n',
      });
      assert.deepEqual({ code, stdout, stderr }, { code: 42, stdout: 'yes\n0\n', stderr: 'no\n' });
      assert.equal((await scene.exec(node, ['/no/such'])).code, 127);
    }
    assertPing(scene.name, 'a', '10.0.0.2');
    assertPing(scene.name, 'b', '10.0.0.1');
  });

  it('shell, on a terminal', async () => {
    for (const node of ['a', 'b']) {
      const { code, text } = await onTerminal(
        ['shell', '-l', scene.name, node],
        [
          ['type', 'test -t 0 && echo ter""minal; ip -br addr show eth0; exit 3\n'],
          ['until', node === 'a' ? '10.0.0.1' : '10.0.0.2'],
        ],
      );
      assert.equal(code, 3, text);
      assert.match(text, /terminal/);
    }
  });

  it('logs', async () => {
    const { code, stdout } = await netlab(['logs', '-l', scene.name, 'a', 'talk']);
    assert.equal(code, 0);
    assert.equal(stdout, 'uid 0 in a\n');
  });

  it('plan, and up of an edited file: in place, and only that', async () => {
    const before = { indexes: ifindexes(scene.name), processes: processesOf(scene.name) };
    const text = scene.text;
    scene.write(edited(text, '[10.0.0.1/24], mtu: 1400', '[10.0.0.3/24], mtu: 1300').replace('mtu: 1400', 'mtu: 1300'));
    const plan = await netlab(['plan', '--json', '--exit-code', scene.file]);
    assert.equal(plan.code, 3, plan.stderr);
    const { changes } = await scene.up();
    assert.deepEqual(inShort(changes).toSorted(), [
      'create address 10.0.0.3/24 on a:eth0',
      'remove address 10.0.0.1/24 on a:eth0',
      'update link a:eth0 (veth to b:eth0): mtu 1400 → 1300',
      'update link b:eth0 (veth to a:eth0): mtu 1400 → 1300',
    ]);
    assert.deepEqual({ indexes: ifindexes(scene.name), processes: processesOf(scene.name) }, before);
    assertPing(scene.name, 'b', '10.0.0.3');
    scene.write(text);
    await scene.up();
    await scene.assertNothingToDo();
  });

  it('up of standard input', async () => {
    const { code, stdout, stderr } = await netlab(['up', '--json', '-'], { input: scene.text });
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as UpReport;
    assert.deepEqual([report.lab, report.file, report.created, report.changes], [scene.name, '-', false, []]);
    const status = await netlab(['status', '-q', '-'], { input: scene.text });
    assert.equal(status.code, 0, status.stderr);
    await scene.up();
  });

  it('plan of standard input, of a lab that does not run', async () => {
    const { code, stdout, stderr } = await netlab(['plan', '--exit-code', '-'], {
      input: 'name: nowhere\nnodes: { a: {} }\n',
    });
    assert.equal(code, 3, stderr);
    assert.match(stdout, /create node a/);
  });

  it('up of a pipe, and of a program: both are read, and run, once', async () => {
    const { argv, env } = asUser(['bash', '-c', '"$0" "$1" up --json <(cat)', process.execPath, CLI]);
    const { status, stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), {
      encoding: 'utf8',
      input: scene.text,
      env: { ...process.env, ...env },
    });
    assert.equal(status, 0, stderr);
    assert.deepEqual((JSON.parse(stdout) as UpReport).changes, []);
    const text = `console.error('once'); export default () => ({ name: '${scene.name}p', nodes: { a: {} } });`;
    const program = tempFile(text, `${scene.name}.mjs`);
    const first = await netlab(['up', '--json', program]);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stderr.split('once').length, 2, first.stderr);
    assert.equal((await netlab(['plan', '--exit-code', program])).code, 0);
    assert.equal((await netlab(['down', program])).code, 0);
    await scene.up();
  });

  it('tells the mistakes of a file before anything is begun, each once', async () => {
    const { code, stderr } = await netlab(['up', '-'], { input: 'name: wrong\nnodes: { a: { colour: red } }\n' });
    assert.equal(code, 2);
    assert.equal(stderr.split('colour').length, 2 + 1, stderr);
    assert.ok(!existsSync(`${places().state}/wrong`));
  });

  it('the same lab twice at once: both succeed, one of them has made it', async () => {
    await using twice = new Scene(LAB, 'twice');
    const results = await Promise.all([1, 2, 3].map(() => twice.tryUp(['--json'])));
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    const reports = results.map(({ stdout }) => JSON.parse(stdout) as UpReport);
    assert.equal(reports.filter(({ created }) => created).length, 1);
    await twice.assertNothingToDo();
  });

  it('many `up` and `down` of one lab, all at once, end with a lab that is there or not', async () => {
    await using busy = new Scene(LAB, 'busy');
    const results = await Promise.all(
      ['up', 'down', 'up', 'down', 'up'].map((verb) => (verb === 'up' ? busy.tryUp() : netlab(['down', busy.name]))),
    );
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    await busy.up();
    await busy.assertNothingToDo();
  });

  it('completion: his labs, and what is in them', async () => {
    const words = async (...line: string[]): Promise<string[]> =>
      (await netlab(['__complete', 'fish', ...line])).stdout.split('\n').filter((word) => word !== '');
    const own = scene.name;
    assert.deepEqual(await words('status', '-l', own.slice(0, -1)), [`${own}\ta lab`, ':files']);
    assert.ok((await words('down', '')).every((word) => !word.startsWith('.')));
    assert.deepEqual(await words('exec', '-l', own, ''), ['a\ta node', 'b\ta node']);
    assert.deepEqual(await words('restart', '-l', own, 'b/'), ['b/main\ta process']);
  });

  it('down --all takes his labs, and down of one that is not there says so', async () => {
    const { code, stdout } = await netlab(['down', 'no-such-lab']);
    assert.equal(code, 0);
    assert.match(stdout, /nothing to take down/);
    assert.equal((await netlab(['down', '--all', '--json'])).code, 0);
    const { stdout: rest } = await netlab(['ls', '--json']);
    assert.deepEqual(JSON.parse(rest) as LabSummary[], []);
    scene.assertHostAsBefore();
  });
});
