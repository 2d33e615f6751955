import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { LabStatus, LabSummary } from '../../../src/model/report.ts';
import {
  asUser,
  assertPing,
  CLI,
  describeAsNobody,
  holder,
  isAlive,
  netlab,
  nobody,
  places,
  probe,
  requireRoot,
  Scene,
  tempFile,
  tempFolder,
} from '../../support/index.ts';

const LAB = `
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.1/24] } } }
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
links: [['a:eth0', 'b:eth0']]
`;

describe('two users with labs of one name', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ping', 'user namespaces of nobody');
    scene = new Scene(LAB, 'both');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const listed = async (): Promise<string[]> => {
    const { stdout } = await netlab(['ls', '--json']);
    return (JSON.parse(stdout) as LabSummary[]).map(({ lab }) => lab).filter((lab) => lab === scene.name);
  };
  let theirs = 0;

  describeAsNobody('do not meet', () => {
    it('one brings up his own', async () => {
      assert.deepEqual(await listed(), []);
      assert.equal((await scene.up()).created, true);
      theirs = holder(scene.name);
      assertPing(scene.name, 'a', '10.0.0.2');
      // What is lost, state and all, is found by its process: and that must be one's own.
      rmSync(join(places().state, scene.name), { recursive: true });
      assert.equal((await scene.summary())?.keeper, theirs);
      assert.equal((await scene.down()).code, 0);
      assert.equal(isAlive(theirs), false);
      await scene.up();
      theirs = holder(scene.name);
    });
  });

  describe('and when root takes his down', () => {
    it("it goes without the other's", async () => {
      const mine = holder(scene.name);
      assert.ok(isAlive(mine) && mine !== theirs);
      for (let times = 0; times < 2; times++) {
        await scene.down();
        assert.ok(isAlive(theirs));
      }
      assert.equal(isAlive(mine), false);
    });
  });

  describeAsNobody('and the other way round', () => {
    it('his goes', async () => {
      await scene.down();
      assert.equal(isAlive(theirs), false);
    });
  });
});

/** A command of nobody's, with something wrong on the machine before it: `sh -c` in mount namespaces of its own. */
function onBadMachine(trouble: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { argv, env: own } = asUser([process.execPath, CLI, ...args]);
  const command = ['-m', 'sh', '-c', `mount --make-rprivate / && ${trouble} && exec "$@"`, 'sh', ...argv];
  const { status, stdout, stderr } = spawnSync('unshare', command, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', ...own, ...env },
  });
  return { code: status, stdout, stderr };
}

describeAsNobody('what can’t be', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'user namespaces of nobody');
  });

  it('is a setting of the whole machine: told by its line, before anything is made', async () => {
    const text =
      'name: wide\nnodes:\n  a:\n    sysctls:\n      net.ipv4.ip_forward: 1\n      net.ipv4.neigh.default.gc_thresh3: 4096\n';
    const file = tempFile(text);
    const { code, stderr } = await netlab(['up', file]);
    assert.equal(code, 2);
    assert.equal(
      stderr,
      [
        `${file}:6:42  nodes.a.sysctls.net.ipv4.neigh.default.gc_thresh3`,
        '  found net.ipv4.neigh.default.gc_thresh3, expected a setting that the network namespace of an ordinary user has: this one needs root',
        '',
      ].join('\n'),
    );
    assert.deepEqual(JSON.parse((await netlab(['ls', '--json'])).stdout), []);
  });

  it('is what stands on the host where nothing makes a way out: told by its lines, before anything is made', async () => {
    const text = [
      'name: out',
      'nodes:',
      '  a:',
      '    internet: true',
      '  b: {}',
      '  host: { interfaces: { nl-test: { addresses: [10.9.9.1/24] } } }',
      'links:',
      "  - ['b:eth0', 'host:nl-test']",
    ].join('\n');
    const { code, stderr } = await netlab(['up', tempFile(text)], { env: { NETLAB_UPLINK: 'none' } });
    assert.equal(code, 2);
    const lines = stderr.split('\n').filter((line) => line.includes('yaml:'));
    assert.deepEqual(
      lines.map((line) => /:(\d+):\d+ /.exec(line)?.[1]),
      ['4', '6', '8'],
      stderr,
    );
    assert.match(stderr, /neither is installed: install the package slirp4netns or passt, or run netlab as root/);
    assert.deepEqual(JSON.parse((await netlab(['ls', '--json'])).stdout), []);
  });

  it('is a lab where /proc is masked, as in a container; the lab is not begun', async () => {
    await using scene = new Scene(LAB, 'masked');
    const { code, stderr } = onBadMachine('mount -t tmpfs none /proc/irq', ['up', scene.file]);
    assert.equal(code, 1);
    assert.match(stderr, /does not let this user mount \/proc in a lab: parts of it are hidden here/);
    assert.doesNotMatch(stderr, /internal error/);
    assert.equal(await scene.summary(), undefined);
  });

  it('is a node with processes where /sys is masked; the lab is undone', async () => {
    await using scene = new Scene(LAB.replace('a: {', "a: { processes: { p: { command: [sleep, '1'] } },"), 'masked');
    const { code, stderr } = onBadMachine('mount -t tmpfs none /sys/kernel', ['up', scene.file]);
    assert.equal(code, 1);
    assert.match(stderr, /does not let this user mount \/sys in a lab/);
    assert.equal(await scene.summary(), undefined);
  });
});

describeAsNobody('the state folder', () => {
  const fallback = `/tmp/netlab-${nobody().uid}`;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'user namespaces of nobody');
  });

  const bring = async (env: Readonly<Record<string, string | undefined>>, scene: Scene): Promise<LabStatus> => {
    const up = await scene.tryUp([], { env });
    assert.equal(up.code, 0, up.stderr);
    const { stdout } = await netlab(['status', '--json', '-l', scene.name], { env });
    assert.equal((await netlab(['down', scene.name], { env })).code, 0);
    return JSON.parse(stdout) as LabStatus;
  };

  for (const [what, folder] of [
    ['XDG_RUNTIME_DIR is not set', undefined],
    ['it is root’s, as after su', '/run'],
    ['it does not exist', '/no/such'],
  ] as const) {
    it(`is in /tmp when ${what}`, async function () {
      await using scene = new Scene(LAB, 'tmp');
      const { members } = await bring({ XDG_RUNTIME_DIR: folder }, scene);
      assert.equal(members[0]?.netns, `${fallback}/.netns/${scene.name}.a`);
    });
  }

  it('is not taken from somebody else', async () => {
    const folder = join(tempFolder(), 'shared');
    mkdirSync(join(folder, 'netlab'), { recursive: true });
    // A runtime folder of his own, in which somebody else has made `netlab`.
    spawnSync('chown', [`${nobody().uid}`, folder]);
    chmodSync(join(folder, 'netlab'), 0o777);
    await using scene = new Scene(LAB, 'theirs');
    const { code, stderr } = await scene.tryUp([], { env: { XDG_RUNTIME_DIR: folder } });
    assert.equal(code, 1);
    assert.match(stderr, /shared\/netlab is not a folder of yours \(it belongs to uid 0\)/);
  });

  it('has a name that leaves room for the names of sockets', async () => {
    const folder = join(tempFolder(), 'x'.repeat(60));
    mkdirSync(folder);
    spawnSync('chown', [`${nobody().uid}`, folder]);
    await using scene = new Scene(LAB, 'long');
    const { code, stderr } = await scene.tryUp([], { env: { XDG_RUNTIME_DIR: folder } });
    assert.equal(code, 1);
    assert.match(stderr, /too long a name/);
  });
});

describeAsNobody('the library', () => {
  it('says that a running program cannot enter a user namespace', () => {
    const library = new URL('../../../src/index.js', import.meta.url).href;
    const script = `const { Lab } = await import('${library}');
      await Lab.up({ nodes: { a: {} } }).catch((error) => console.log(error.code, error.message));`;
    const { argv, env } = asUser([process.execPath, '--input-type=module', '-e', script]);
    const { stdout } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8', env: { ...process.env, ...env } });
    assert.match(stdout, /^ERR_LAB to bring a lab up needs root, or the command line/);
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes('netlab-test'));
  });
});
