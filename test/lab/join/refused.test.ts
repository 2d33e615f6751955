/** What no node can join, and what no joined node can have: told by its line, before anything is touched. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  CLI,
  describeAsNobody,
  inNode,
  netlab,
  probe,
  requireRoot,
  run,
  Scene,
  skip,
  tempFolder,
} from '../../support/index.ts';
import { Owner } from './owner.ts';

const topology = (join: string, more = ''): string => `
nodes:
  web: { interfaces: { eth0: { addresses: [10.70.0.1/24] } } }
  db:
    join: ${join}
    interfaces: { lab0: { addresses: [10.70.0.2/24] } }
${more}
links: [['web:eth0', 'db:lab0']]
`;

/** A scene gives its lab a name, in a line before all others. */
const NAME = 1;

/** `up` refuses it with these words at this line, and nothing of the lab is made. */
async function assertRefused(scene: Scene, text: string, line: number, words: RegExp): Promise<void> {
  scene.write(text);
  const { code, stderr } = await scene.tryUp();
  assert.notEqual(code, 0);
  assert.match(stderr, new RegExp(`^\\S+\\.yaml:${line + NAME}:\\d+ `, 'm'));
  assert.match(stderr, words);
  assert.equal(await scene.summary(), undefined);
}

describe('a namespace that cannot be joined', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth');
  });

  it('is told by its line', async () => {
    await using scene = new Scene('nodes: {}');
    const file = join(tempFolder(), 'no-namespace');
    writeFileSync(file, '');
    const cases: readonly (readonly [join: string, words: RegExp])[] = [
      ['{ pid: 4194304 }', /found pid 4194304, but there is no such process/],
      ['{ netns: /run/netns/no-such }', /found \/run\/netns\/no-such, but there is no such file/],
      [`{ netns: ${file} }`, /which is no network namespace/],
      ['{ netns: /dev/null }', /which is no network namespace/],
      ['{ netns: /proc/self/ns/uts }', /which is no network namespace/],
      [`{ pid: ${process.pid} }`, /the machine's own network namespace: .* host/],
    ];
    scene.write(['nodes:', ...cases.map(([how], i) => `  n${i}: { join: ${how} }`)].join('\n'));
    for (const { code, stderr } of [await scene.tryUp(), await netlab(['plan', scene.file])]) {
      assert.equal(code, 1);
      const told = stderr.split('\n').filter((line) => line.startsWith('  found'));
      cases.forEach(([, words], i) => {
        assert.match(stderr, new RegExp(`\\.yaml:${i + 2 + NAME}:\\d+ {2}nodes\\.n${i}\\.join`));
        assert.match(told[i] ?? '', words);
      });
    }
    assert.equal(await scene.summary(), undefined);
  });

  it('is not one that root of another user namespace has no rights in', async function () {
    if (spawnSync('unshare', ['-Urnm', 'true']).status !== 0) skip(this, 'this machine makes no user namespaces');
    await using owner = await Owner.make();
    await using scene = new Scene('nodes: {}');
    scene.write(topology(`{ netns: ${owner.path} }`));
    const args = ['-Urnm', process.execPath, CLI, 'plan', scene.file];
    const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
    assert.equal(status, 1, stderr);
    assert.match(
      stderr,
      /:6:\d+ {2}nodes\.db\.join\.netns\n.* which belongs to a user namespace that this user has no rights in/,
    );
  });

  it('is not that of a node of this lab or another, nor joined twice', async () => {
    await using owner = await Owner.make();
    const pid = await owner.pid();
    await using other = new Scene('nodes: { app: { processes: { main: { command: [sleep, "30072"] } } } }', 'other');
    await other.up();
    await using scene = new Scene('nodes: {}', 'joining');
    const app = inNode(other.name, 'app', ['readlink', '/proc/self/ns/net']).stdout.trim();
    const [process_] = (await other.status()).members.flatMap(({ processes }) => processes);
    const words = new RegExp(`a namespace of the node app of the lab ${other.name}`);
    await assertRefused(scene, topology(`{ pid: ${process_?.pid} }`), 5, words);
    await assertRefused(scene, topology(`{ netns: /run/netns/${other.name}.app }`), 5, words);
    assert.equal(run('readlink', [`/proc/${process_?.pid}/ns/net`]).trim(), app);
    const twice = `  again: { join: { netns: ${owner.path} } }`;
    await assertRefused(scene, topology(`{ pid: ${pid} }`, twice), 7, /the namespace that the node db joins already/);
    await assertRefused(scene, topology(`{ netns: ${owner.path} }`, twice), 7, /which the node db joins already/);
    scene.write('nodes: { web: {} }');
    await scene.up();
    scene.write(topology(`{ netns: /run/netns/${scene.name}.web }`));
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1, stderr);
    assert.match(stderr, /a namespace of this lab's own node web/);
  });

  it('keeps what its owner has, where the file wants the same', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using scene = new Scene('nodes: {}');
    const text = (more: string): string => topology(`{ netns: ${owner.path} }`, more);
    const refused = (more: string, words: RegExp): Promise<void> => assertRefused(scene, text(more), 7, words);
    await assertRefused(
      scene,
      text('').replaceAll('lab0', 'own0'),
      8,
      /has an interface own0 already, which is not this lab's/,
    );
    await refused('    sysctls: { net.ipv4.conf.none0.rp_filter: 1 }', /has no setting net.ipv4.conf.none0.rp_filter/);
    await refused('    routes: [{ to: 10.99.0.0/16, via: 10.98.0.1, dev: none0 }]', /has no interface none0/);
    await assertRefused(
      scene,
      text('').replace('10.70.0.2/24', '192.0.2.1/24').replace('10.70.0.1/24', '192.0.2.2/24'),
      6,
      /has the address 192.0.2.1 already/,
    );
    assert.deepEqual(owner.snapshot(), before);
  });

  it('has nothing that is about its processes and files', async () => {
    const { code, stderr } = await validate(
      topology(
        '{ pid: 1 }',
        `    hostname: x
    isolation: [net]
    files: { /etc/x: y }
    limits: { pids: 3 }
    nftables: 'table inet x {}'
    internet: true`,
      ),
    );
    assert.equal(code, 2);
    const lines = [...stderr.matchAll(/:(\d+):\d+ {2}nodes\.db\.(\w+)\n {2}found "\w+", but db joins what is there/g)];
    assert.deepEqual(
      lines.map(([, line, key]) => `${line} ${key}`),
      ['7 hostname', '8 isolation', '9 files', '10 limits', '11 nftables', '12 internet'],
    );
    const words: readonly (readonly [string, RegExp])[] = [
      [topology('{ netns: x }'), /found "x", expected an absolute path/],
      [topology('{ pid: 1, netns: /x }'), /expected exactly one of pid or netns/],
      [
        'nodes: { web: {}, db: { join: { pid: 1 } } }\nbridges: { sw: { ports: [web, db] } }',
        /found db alone, expected the name of an interface/,
      ],
      [topology('{ pid: 1 }').replace('lab0: {', 'eth9: {'), /no link ends at db:eth9/],
      ['defaults: { node: { join: { pid: 1 } } }\nnodes: { a: {} }', /a namespace is joined by one/],
      ['nodes: { host: { join: { pid: 1 } } }', /found "join", but host is this machine itself/],
    ];
    for (const [text, expected] of words) {
      const found = await validate(text);
      assert.equal(found.code, 2, text);
      assert.match(found.stderr, expected);
    }
  });
});

describeAsNobody('an ordinary user', () => {
  it('joins nothing, and is told so by the line', async function () {
    probe(this, 'veth');
    const scene = new Scene(topology(`{ pid: ${process.pid} }`));
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /:6:\d+ {2}nodes\.db\.join\n {2}found pid \d+, but an ordinary user's labs are in a user namespace/,
    );
    scene.assertHostAsBefore();
  });
});

async function validate(text: string): ReturnType<typeof netlab> {
  const file = join(tempFolder(), 'validated.yaml');
  writeFileSync(file, text);
  return netlab(['validate', file]);
}
