import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import type { DoctorReport } from '../../../src/model/report.ts';
import {
  CLI,
  describeAsNobody,
  has,
  holder,
  isAlive,
  netlab,
  places,
  probe,
  requireRoot,
  Scene,
  tempFile,
  tempFolder,
  TOPOLOGIES,
  uniqueLabName,
  until,
} from '../../support/index.ts';

const PAIR = 'nodes: { a: {}, b: {} }\nlinks: [["a:eth0", "b:eth0"]]\n';

async function doctor(...args: readonly string[]): Promise<{ code: number; report: DoctorReport }> {
  const { code, stdout, stderr } = await netlab(['doctor', '--json', ...args]);
  assert.ok(code === 0 || code === 1, stderr);
  return { code, report: JSON.parse(stdout) as DoctorReport };
}

describe('doctor', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
  });

  it('finds that labs can run where they do, and says what there is', async () => {
    const { code, report } = await doctor();
    assert.equal(code, 0);
    assert.equal(report.able, true);
    const found = new Map(report.findings.map((each) => [each.check, each]));
    for (const check of ['Linux', 'rights', 'native program', 'namespaces', 'link types'])
      assert.equal(found.get(check)?.state, 'ok', check);
    // What iproute2 can make, and what it cannot.
    for (const type of ['dummy', 'vlan', 'macvlan', 'bond', 'vrf']) {
      const there = spawnSync('unshare', ['-n', 'modprobe', '-n', type]).status === 0;
      const made = spawnSync('unshare', [
        '-n',
        'ip',
        'link',
        'add',
        'x',
        'type',
        type,
        ...(type === 'vrf' ? ['table', '5'] : []),
      ]);
      if (made.status === 0) assert.match(found.get('link types')!.found, new RegExp(`\\b${type}\\b`));
      else if (!there && made.stderr.toString().includes('Unknown device type'))
        assert.equal(found.get(`link type ${type}`)?.state, 'absent');
    }
    assert.equal(found.get('nftables')?.state === 'ok', has('nftables'));
    for (const { state, advice, check } of report.findings) assert.equal(advice === undefined, state === 'ok', check);
  });

  it('prints a line each, and what to do below it', async () => {
    const { stdout, code } = await netlab(['doctor']);
    assert.equal(code, 0);
    assert.match(stdout, /^✔ Linux {15}\d/);
    assert.match(stdout, /\nLabs can run here\.\n$/);
    assert.equal((await netlab(['doctor', '-q'])).stdout, '');
  });

  it('measures the machine against a lab', async () => {
    const file = `${TOPOLOGIES}fat-tree-k4.yaml`;
    const { report } = await doctor(file);
    assert.match(report.findings.find(({ check }) => check === 'network namespaces')!.found, /, the lab takes 37$/);
    const few = spawnSync('sh', [
      '-c',
      'ulimit -n 100; exec "$0" "$@"',
      process.execPath,
      CLI,
      'doctor',
      '--json',
      file,
    ]);
    assert.equal(few.status, 1);
    const poor = JSON.parse(few.stdout.toString()) as DoctorReport;
    const files = poor.findings.find(({ check }) => check === 'open files');
    assert.deepEqual([poor.able, files?.state, files?.found], [false, 'missing', '100, the lab takes 120']);
    assert.match(files!.advice!, /ulimit -n 120/);
  });

  it('names the kind of link that a lab wants and the kernel lacks', async function () {
    if (has('dummy')) this.skip();
    const { code, report } = await doctor(tempFile('nodes: { a: { interfaces: { d: { type: dummy } } } }\n'));
    assert.equal(code, 1);
    assert.equal(report.findings.find(({ check }) => check === 'link type dummy')?.state, 'missing');
  });

  it('says which right is missing to whoever has none', () => {
    const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
    const options = { uid: 65534, gid: 65534, encoding: 'utf8' as const, env, cwd: '/' };
    const { stdout, status, error } = spawnSync(process.execPath, [CLI, 'doctor'], options);
    if (error !== undefined || status === null || stdout === '') return;
    assert.match(stdout, /\n[✔✘] rights {14}.*65534/);
  });

  it("leaves an ordinary user's lab alone, of which root knows no more than its processes", async () => {
    const name = uniqueLabName('theirs');
    const file = tempFile(`name: ${name}\n${PAIR}`);
    const env = { NETLAB_ROOTLESS: '1', XDG_RUNTIME_DIR: tempFolder() };
    const up = await netlab(['up', file], { env });
    assert.equal(up.code, 0, up.stderr);
    try {
      const { report } = await doctor();
      assert.deepEqual(
        report.leftovers.filter(({ lab }) => lab === name),
        [],
      );
    } finally {
      await netlab(['down', name], { env });
    }
  });

  // In a /run and among processes of its own: a lab that died elsewhere on this machine is none of this test's business.
  it('finds what a dead lab has left, and removes just that', () => {
    const [alive, dead] = [uniqueLabName('alive'), uniqueLabName('dead')];
    const files = [alive, dead].map((name) => tempFile(`name: ${name}\n${PAIR}`));
    const script = `mount -t tmpfs tmpfs /run || exit
      netlab() { "$node" "$cli" "$@"; }
      netlab up -q "$1" && netlab up -q "$2" || exit
      keeper=$(readlink /run/netns/${dead}.a | cut -d/ -f3)
      guard=$(grep -l "^netlab-init guard ${dead}" /proc/[0-9]*/cmdline | cut -d/ -f3)
      kill -KILL $guard; kill -KILL $keeper
      while [ -e /proc/$keeper/fd/0 ] || [ -e /proc/$guard/fd/0 ]; do sleep 0.01; done
      netlab doctor --json > "$3.before"; ls /run/netlab > "$3.looked"
      netlab doctor --json --fix > "$3.fixed"; ls /run/netlab /run/netns > "$3.left"
      netlab doctor --json > "$3.after"
      netlab exec -l ${alive} a -- true && netlab down -q ${alive}`;
    const out = tempFile('', `${dead}.out`);
    const args = ['-m', '-p', '-f', '--mount-proc', 'sh', '-c', script, 'sh', ...files, out];
    const { status, stderr } = spawnSync('unshare', args, {
      encoding: 'utf8',
      env: { ...process.env, node: process.execPath, cli: CLI },
    });
    assert.equal(status, 0, stderr);
    const read = (what: string): string => readFileSync(`${out}.${what}`, 'utf8');
    const of = (what: string) => (JSON.parse(read(what)) as DoctorReport).leftovers;
    const left = { lab: dead, what: [`/run/netlab/${dead}`, `/run/netns/${dead}.*`] };
    assert.deepEqual(of('before'), [{ ...left, removed: false }]);
    assert.match(read('looked'), new RegExp(dead), 'it only looks');
    assert.deepEqual(of('fixed'), [{ ...left, removed: true }]);
    assert.doesNotMatch(read('left'), new RegExp(`^${dead}`, 'm'));
    assert.match(read('left'), new RegExp(`^${alive}\\.a$`, 'm'));
    assert.deepEqual(of('after'), []);
  });
});

describeAsNobody('doctor', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'user namespaces of nobody');
  });

  it('looks for all of it where his labs would be', async () => {
    const [own, roots] = [await doctor(), spawnSync(process.execPath, [CLI, 'doctor', '--json'], { encoding: 'utf8' })];
    assert.deepEqual([own.code, own.report.able], [0, true]);
    const kinds = ({ findings }: DoctorReport): string[] =>
      findings.flatMap(({ check, found }) =>
        /^(?:link type|nftables|namespaces)/.test(check) ? `${check}: ${found}` : [],
      );
    assert.deepEqual(kinds(own.report), kinds(JSON.parse(roots.stdout) as DoctorReport));
    assert.match(
      own.report.findings.find(({ check }) => check === 'rights')!.found,
      /^uid \d+: labs can be made in user/,
    );
  });

  it('finds and removes what a lab of his has left', async () => {
    await using scene = new Scene(PAIR, 'left');
    await scene.up();
    const keeper = holder(scene.name);
    const guard = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${keeper}/status`, 'utf8'))?.[1]);
    for (const pid of [guard, keeper]) process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(keeper));
    const left = async (...args: string[]): Promise<unknown> => (await doctor(...args)).report.leftovers;
    const found = {
      lab: scene.name,
      what: [`${places().state}/${scene.name}`, `${places().netns}/${scene.name}.*`],
    };
    assert.deepEqual(await left(), [{ ...found, removed: false }]);
    assert.deepEqual(await left('--fix'), [{ ...found, removed: true }]);
    assert.deepEqual(await left(), []);
  });
});
