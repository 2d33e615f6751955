/** Real limits, lowered: what `doctor` says of them, and what `up` then does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DoctorReport, Finding } from '../../../src/model/report.ts';
import { CLI, probe, requireRoot, Scene, skip, tempFile, tempFolder } from '../../support/index.ts';

const star = (nodes: number, more = ''): string => {
  const names = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
  const lines = names.map(
    (name, index) => `  ${name}: { interfaces: { eth0: { addresses: [10.0.0.${index + 1}/24] } }${more} }`,
  );
  return `nodes:\n${lines.join('\n')}\nbridges: { sw: { ports: [${names.join(', ')}] } }\n`;
};
const BUSY = ", processes: { main: { command: [sleep, '30010'] } }";

interface Outcome {
  readonly code: number | null;
  readonly text: string;
}

/** netlab behind other commands: `prlimit --nofile=100:100 netlab doctor …`. */
function behind(command: readonly string[], args: readonly string[]): Outcome {
  const [path = '', ...rest] = [...command, process.execPath, CLI, ...args];
  const { status, stdout, stderr, error } = spawnSync(path, rest, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    timeout: 60_000,
  });
  if (error !== undefined) throw error;
  return { code: status, text: stdout + stderr };
}

function finding(command: readonly string[], scene: Scene, check: string): Finding {
  const { text } = behind(command, ['doctor', '--json', scene.file]);
  const found = (JSON.parse(text) as DoctorReport).findings.find((each) => each.check === check);
  assert.ok(found, `${check} in ${text}`);
  return found;
}

/** Refused, in the words of `doctor`, and nothing is left. */
function assertRefused({ code, text }: Outcome, { check, state, found, advice }: Finding): void {
  assert.equal(state, 'missing');
  assert.equal(code, 1, text);
  assert.ok(text.includes(`  ${check}: ${found}\n    ${advice ?? '?'}`), text);
  assert.doesNotMatch(text, /EMFILE|ENOSPC|EAGAIN/);
}

describe('limits that are too low', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'pid namespaces');
  });

  for (const [kind, more] of [
    ['that only route', ''],
    ['in which something runs', `${BUSY.slice(0, -4)}, ready: { command: [test, -e, /], timeout: 20s } } }`],
  ] as const) {
    it(`open files, for nodes ${kind}: one too few is refused, and enough is enough`, async () => {
      await using scene = new Scene(star(30, more));
      const needs = Number(/takes (\d+)/.exec(finding([], scene, 'open files').found)?.[1]);
      const limited = (files: number): string[] => ['prlimit', `--nofile=${files}:${files}`];
      const short = finding(limited(needs - 1), scene, 'open files');
      assertRefused(behind(limited(needs - 1), ['up', scene.file]), short);
      scene.assertHostAsBefore();
      assert.equal(finding(limited(needs), scene, 'open files').state, 'ok');
      const { code, text } = behind(limited(needs), ['up', scene.file]);
      assert.equal(code, 0, text);
    });
  }

  /** Runs a script as root of a user namespace that has a /run of its own and may have so many namespaces of this kind. */
  function confined(setting: string, most: number, script: string, files: readonly string[]): string {
    const prepare = `exec 2>&1
      mount -t tmpfs tmpfs /run && echo ${most} > /proc/sys/user/${setting} || exit
      netlab() { "$node" "$cli" "$@"; echo "code $?"; }
      ${script}`;
    const flags = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', '--mount-proc'];
    const { stdout } = spawnSync('unshare', [...flags, 'sh', '-c', prepare, 'sh', ...files], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', node: process.execPath, cli: CLI },
      timeout: 60_000,
    });
    return stdout;
  }

  for (const [setting, check, needs] of [
    ['max_net_namespaces', 'network namespaces', 5],
    ['max_pid_namespaces', 'pid namespaces', 4],
    ['max_mnt_namespaces', 'mount namespaces', 8],
  ] as const) {
    it(`${check}: one too few is refused, and enough is enough`, () => {
      const file = tempFile(`name: limited\n${star(3, BUSY)}`);
      const found = `${needs - 1}, the lab takes ${needs}`;
      const refused = confined(setting, needs - 1, 'netlab doctor "$1"; netlab up "$1"; ls /run/netlab', [file]);
      assert.match(refused, new RegExp(`✘ ${check} +${found}\\n {4}sysctl -w user.${setting}=${needs}\\n`));
      assert.match(refused, new RegExp(`\\n  ${check}: ${found}\\n {4}sysctl -w user.${setting}=${needs}\\ncode 1\\n`));
      assert.match(refused, /cannot access '\/run\/netlab'/);
      // One is the namespace in which this happens. Those in which doctor has looked around go a moment later than doctor itself: it
      // is not asked here.
      const enough = confined(setting, needs + 1, 'netlab up -q "$1"; netlab down -q "$1"', [file]);
      assert.equal(enough, 'code 0\ncode 0\n');
    });
  }

  it('namespaces that others have used up: the failure names the limit, and is undone', () => {
    const [one, two] = ['one', 'two'].map((name) => tempFile(`name: ${name}\n${star(3)}`));
    const script = 'netlab up -q "$1"; netlab up "$2"; netlab ls; ls /run/netlab; netlab down -q "$1"';
    const text = confined('max_net_namespaces', 7, script, [one!, two!]);
    assert.match(
      text,
      /network namespaces: all 7 are in use, the lab takes 5\n {4}sysctl -w user.max_net_namespaces=12\n/,
    );
    assert.match(text, /has been undone/);
    assert.match(text, /\none\ncode 0\n$/, 'of the second nothing is left');
  });

  it('processes, by the pids controller: one too few is refused, and enough is enough', async function () {
    const root = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((path) => existsSync(join(path, 'cgroup.procs')));
    const folder = join(root ?? tempFolder(), `netlab-test-${process.pid}`);
    if (root === undefined) return skip(this, 'no cgroups are mounted');
    mkdirSync(folder);
    try {
      if (!existsSync(join(folder, 'pids.max'))) return skip(this, 'no pids controller');
      await using scene = new Scene(star(40, BUSY));
      const within = (most: number): string[] => {
        writeFileSync(join(folder, 'pids.max'), String(most));
        return ['sh', '-c', `echo $$ > ${folder}/cgroup.procs; exec "$0" "$@"`];
      };
      const few = finding(within(60), scene, 'processes');
      assert.match(few.advice ?? '', new RegExp(`^raise ${folder}/pids.max by \\d+ `));
      const refused = behind(within(60), ['up', scene.file]);
      assert.equal(refused.code, 1);
      assert.match(
        refused.text,
        new RegExp(`  processes: \\d+, the lab takes 104\\n    raise ${folder}/pids.max by 104 `),
      );
      scene.assertHostAsBefore();
      // The command's threads are counted before it asks.
      const { code, text } = behind(within(104 + 24), ['up', scene.file]);
      assert.equal(code, 0, text);
      assert.equal(Number(readFileSync(join(folder, 'pids.current'), 'utf8')) >= 80, true);
      await scene.down();
    } finally {
      rmdirSync(folder);
    }
  });

  it('settings that are shared by all: doctor tells what will suffer, and who cannot have labs', async () => {
    await using scene = new Scene(star(40));
    const hidden = (setting: string, value: string): string[] => {
      const script = `mount --bind "${tempFile(`${value}\n`)}" /proc/sys/${setting} && exec "$0" "$@"`;
      return ['unshare', '--mount', 'sh', '-c', script];
    };
    const neighbours = finding(hidden('net/ipv4/neigh/default/gc_thresh3', '1024'), scene, 'neighbours (IPv4)');
    assert.deepEqual([neighbours.state, neighbours.found], ['absent', '1024, the lab takes 1560']);
    assert.match(neighbours.advice ?? '', /gc_thresh3=3120; else ARP fails/);
    const enough = finding(hidden('net/ipv4/neigh/default/gc_thresh3', '1560'), scene, 'neighbours (IPv4)');
    assert.equal(enough.state, 'ok');
    const users = finding(hidden('user/max_user_namespaces', '0'), scene, 'user namespaces');
    assert.deepEqual(users, {
      check: 'user namespaces',
      state: 'absent',
      found: 'only root can have labs: user.max_user_namespaces is 0',
      advice: 'sysctl -w user.max_user_namespaces=15000',
    });
  });
});
