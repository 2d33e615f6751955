/** A node that joins a network namespace which is somebody else's: what netlab has there comes and goes, and nothing else does. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';

import { assertPing, edited, has, netlab, probe, requireRoot, run, Scene, until } from '../../support/index.ts';
import { Owner } from './owner.ts';

const topology = (join: string, more = ''): string => `
nodes:
  web:
    interfaces: { eth0: { addresses: [10.70.0.1/24, 'fd00:70::1/64'] } }
    routes: [{ to: 10.71.0.0/24, via: 10.70.0.2 }]
  db:
    join: ${join}
    interfaces:
      lab0: { addresses: [10.70.0.2/24, 'fd00:70::2/64'] }
      br0: { type: bridge, ports: [lab1], addresses: [10.71.0.1/24] }
    routes:
      - { to: 10.72.0.0/24, via: 10.70.0.1 }
      - { to: 198.51.100.0/24, via: 192.0.2.9, dev: own0 }
    rules: [{ from: 10.72.0.0/24, table: 100, priority: 1000 }]
    neighbors: [{ to: 10.70.0.9, mac: '02:00:00:00:00:09', dev: lab0 }]
    fdb: [{ mac: '02:00:00:00:00:08', dev: lab1 }]
    forwarding: true
    sysctls: { net.ipv4.ip_default_ttl: 99, net.ipv4.conf.lab0.rp_filter: 0 }
    nat: [{ masquerade: { out: own0, from: 10.70.0.0/24 } }]
    firewall: { input: { rules: [{ drop: { in: lab0, proto: tcp, port: 99 } }] } }
${more}
  far: { interfaces: { eth0: { addresses: [10.71.0.2/24] } }, routes: [{ to: 10.70.0.0/24, via: 10.71.0.1 }] }
links: [['web:eth0', 'db:lab0'], ['far:eth0', 'db:lab1']]
`;

const byPath = (owner: Owner): string => topology(`{ netns: ${owner.path} }`);
const byPid = async (owner: Owner): Promise<string> => topology(`{ pid: ${await owner.pid()} }`);

async function killKeeper(scene: Scene): Promise<void> {
  const keeper = (await scene.summary())?.keeper;
  assert.ok(keeper);
  process.kill(keeper, 'SIGKILL');
  await until(async () => (await scene.summary())?.state === 'dead');
}

describe('a node that joins a namespace', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT');
  });

  it('is wired as the file says, and is as it was after `down`', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using scene = new Scene(byPath(owner));
    const { unmanaged } = await scene.up();
    assert.deepEqual(unmanaged, [], 'nothing of its owner’s is told of');
    assertPing(scene.name, 'web', '10.70.0.2');
    assertPing(scene.name, 'web', 'fd00:70::2');
    assertPing(scene.name, 'web', '10.71.0.2');
    assert.match(owner.run('ip route show 198.51.100.0/24'), /via 192.0.2.9 dev own0 proto 110/);
    assert.match(owner.run('ip route show default'), /via 192.0.2.254 dev own0/);
    assert.match(owner.run('ip rule'), /1000:\s+from 10.72.0.0\/24 lookup 100 proto 110/);
    assert.match(owner.run('ip neighbour show 10.70.0.9'), /02:00:00:00:00:09 PERMANENT/);
    assert.equal(owner.run('sysctl -n net.ipv4.ip_default_ttl').trim(), '99');
    assert.equal(owner.run('sysctl -n net.ipv6.conf.lab0.accept_ra').trim(), '0');
    assert.match(owner.run('nft list tables'), new RegExp(`inet theirs[^]*inet netlab-${scene.name}`));
    await scene.assertNothingToDo();
    assert.deepEqual((await scene.up()).changes, []);
    assert.equal(statSync(`/run/netns/${scene.name}.db`).ino, statSync(owner.path).ino);
    assert.match((await scene.exec('web', ['cat', '/etc/hosts'])).stdout, /10\.70\.0\.2\s+db/);
    const inside = await scene.exec('db', ['readlink', '/proc/self/ns/net', '/proc/self/ns/mnt']);
    assert.equal(inside.stdout, `net:[${statSync(owner.path).ino}]\n${readlinkSync('/proc/self/ns/mnt')}\n`);
    const frozen = await netlab(['freeze', '-l', scene.name, 'db']);
    assert.equal(frozen.code, 1);
    const words = /db has joined \S+: what runs there is not netlab's to freeze/;
    assert.match(frozen.stderr, has('freezer') ? words : /control group/);
    const [member] = (await scene.status()).members.filter(({ name }) => name === 'db');
    assert.equal(member?.joined, owner.path);
    assert.deepEqual(member?.interfaces.map(({ name }) => name).toSorted(), ['br0', 'lab0', 'lab1']);
    await scene.down();
    assert.deepEqual(owner.snapshot(), before);
  });

  it('is entered with all namespaces of its process, which goes on', async () => {
    await using owner = await Owner.make();
    const pid = await owner.pid();
    const before = owner.snapshot();
    await using scene = new Scene(await byPid(owner));
    await scene.up();
    assertPing(scene.name, 'web', '10.70.0.2');
    const kinds = ['net', 'uts', 'ipc', 'mnt', 'pid', 'user', 'cgroup'];
    const namespaces = (of: string | number): string[] => kinds.map((kind) => readlinkSync(`/proc/${of}/ns/${kind}`));
    const { stdout } = await scene.exec('db', [
      'sh',
      '-c',
      `for k in ${kinds.join(' ')}; do readlink /proc/self/ns/$k; done; hostname`,
    ]);
    assert.deepEqual(stdout.trim().split('\n'), [...namespaces(pid), 'theirs']);
    const shown = await netlab(['status', '-l', scene.name, '--namespaces', '--json']);
    const { members } = JSON.parse(shown.stdout) as { members: { name: string; namespaces: Record<string, number> }[] };
    const told = members.find(({ name }) => name === 'db')?.namespaces;
    assert.deepEqual(
      kinds.map((kind) => `${kind}:[${told?.[kind]}]`),
      namespaces(pid),
    );
    assert.match((await netlab(['status', '-l', scene.name])).stdout, new RegExp(`db \\(joined pid ${pid}\\)`));
    await scene.down();
    assert.deepEqual(namespaces(pid), stdout.trim().split('\n').slice(0, -1), 'the same process');
    assert.deepEqual(owner.snapshot(), before);
  });

  it('is given back when the keeper was killed', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using scene = new Scene(await byPid(owner));
    await scene.up();
    await killKeeper(scene);
    assert.match(owner.run('nft list tables'), /netlab-/);
    const { stdout } = await netlab(['doctor']);
    assert.match(stdout, /its part of what db joined/);
    await scene.down();
    assert.deepEqual(owner.snapshot(), before);
  });

  it('is given back by the next `up` when the keeper was killed', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using scene = new Scene(byPath(owner));
    await scene.up();
    await killKeeper(scene);
    await scene.up();
    assertPing(scene.name, 'web', '10.70.0.2');
    await scene.down();
    assert.deepEqual(owner.snapshot(), before);
  });

  it('is given back when the state folder is lost', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using scene = new Scene(byPath(owner));
    await scene.up();
    rmSync(`/run/netlab/${scene.name}`, { recursive: true });
    assert.deepEqual((await scene.up()).changes, []);
    rmSync(`/run/netlab/${scene.name}`, { recursive: true });
    await scene.down();
    assert.deepEqual(owner.snapshot(), before);
  });

  it('is nobody’s any more when its owner has gone', async () => {
    await using owner = await Owner.make();
    // Made before its process, for that ends meanwhile.
    await using scene = new Scene('nodes: {}');
    scene.write(await byPid(owner));
    await scene.up();
    const number = statSync(owner.path).ino;
    await owner.endProcess();
    run('ip', ['netns', 'delete', owner.name ?? '']);
    const refused = await scene.exec('db', ['true']);
    assert.equal(refused.code, 125, refused.stderr);
    assert.match(refused.stderr, /pid \d+, whose namespaces the node db joins, is no more what it was/);
    assertPing(scene.name, 'web', '10.70.0.2');
    const { members } = await scene.status();
    assert.deepEqual(
      members.map(({ name, joined }) => [name, joined?.replace(/\d+/, 'N') ?? null]),
      [
        ['web', null],
        ['db', 'pid N, which has gone'],
        ['far', null],
      ],
    );
    await scene.down();
    assert.doesNotMatch(run('lsns', ['-n', '-t', 'net', '-o', 'NS']), new RegExp(`\\b${number}\\b`));
  });

  it('is left by an edit, and joins another namespace by one', async () => {
    await using first = await Owner.make();
    await using second = await Owner.make();
    const [one, two] = [first.snapshot(), second.snapshot()];
    await second.pid();
    await using scene = new Scene(await byPid(first));
    await scene.up();
    const changes = await scene.become(await byPid(second));
    assert.equal(changes.find(({ what }) => what === 'node db')?.action, 'replace');
    assert.deepEqual(first.snapshot(), one);
    assertPing(scene.name, 'web', '10.70.0.2');
    assertPing(scene.name, 'web', '10.71.0.2');
    await scene.assertNothingToDo();
    // The same namespace by another word: nothing in it is touched.
    const index = second.run('cat /sys/class/net/lab0/ifindex; ip -o link show lab0');
    const renamed = await scene.become(byPath(second));
    assert.deepEqual(
      renamed.map(({ what, action }) => `${action} ${what}`),
      ['update node db'],
    );
    assert.equal(second.run('cat /sys/class/net/lab0/ifindex; ip -o link show lab0'), index);
    // A namespace of its own instead.
    await scene.become(
      edited(byPath(second), `join: { netns: ${second.path} }`, 'hostname: db')
        .replace('dev: own0', 'dev: lab0, onlink: true')
        .replace('out: own0', 'out: lab0'),
    );
    assert.deepEqual(second.snapshot(), two);
    assertPing(scene.name, 'web', '10.70.0.2');
    // And back.
    await scene.become(byPath(first));
    assertPing(scene.name, 'web', '10.70.0.2');
    // No such node any more.
    await scene.become('nodes: { web: {} }');
    assert.deepEqual(first.snapshot(), one);
  });

  it('gets another name, or another one’s namespace, by an edit', async () => {
    await using first = await Owner.make();
    await using second = await Owner.make();
    const [one, two] = [first.snapshot(), second.snapshot()];
    await using scene = new Scene('nodes: {}');
    const text = (a: string, b: string): string => `
nodes:
  web: { interfaces: { eth0: { addresses: [10.70.0.1/24] }, eth1: { addresses: [10.71.0.1/24] } } }
  ${a}:
    join: { netns: ${first.path} }
    interfaces: { lab0: { addresses: [10.70.0.2/24] } }
    sysctls: { net.ipv4.ip_default_ttl: 98 }
    nat: [{ masquerade: { out: own0 } }]
  ${b}:
    join: { netns: ${second.path} }
    interfaces: { lab0: { addresses: [10.71.0.2/24] } }
    sysctls: { net.ipv4.ip_default_ttl: 99 }
links: [['web:eth0', '${a}:lab0'], ['web:eth1', '${b}:lab0']]
`;
    for (const [a, b] of [
      ['db', 'app'],
      ['db', 'other'],
      ['other', 'db'],
    ] as const) {
      await scene.become(text(a, b));
      assertPing(scene.name, 'web', '10.70.0.2');
      assertPing(scene.name, 'web', '10.71.0.2');
      assert.equal(first.run('sysctl -n net.ipv4.ip_default_ttl').trim(), '98');
      assert.equal(second.run('sysctl -n net.ipv4.ip_default_ttl').trim(), '99');
      await scene.assertNothingToDo();
    }
    await scene.down();
    assert.deepEqual(first.snapshot(), one);
    assert.deepEqual(second.snapshot(), two);
  });

  it('is as it was after an `up` that failed', async () => {
    await using owner = await Owner.make();
    await using other = await Owner.make();
    const [before, beside] = [owner.snapshot(), other.snapshot()];
    await using scene = new Scene(topology(`{ netns: ${owner.path} }`, '  sick: { setup: [[false]] }'));
    assert.equal((await scene.tryUp()).code, 1);
    assert.deepEqual(owner.snapshot(), before);
    await scene.become(byPath(owner));
    const wired = owner.snapshot();
    // An edit that fails: what was taken back from the first namespace stands there again.
    scene.write(topology(`{ netns: ${other.path} }`, '  sick: { setup: [[false]] }'));
    const failed = await scene.tryUp();
    assert.equal(failed.code, 1, failed.stderr);
    assert.match(failed.stderr, /undone/);
    assert.deepEqual(other.snapshot(), beside);
    assert.deepEqual(withoutIndexes(owner.snapshot()), withoutIndexes(wired));
    scene.write(byPath(owner));
    await scene.assertNothingToDo();
    await scene.down();
    assert.deepEqual(owner.snapshot(), before);
  });

  it('is shared by two labs', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using first = new Scene(byPath(owner), 'a');
    const second = (more = ''): string => `
nodes:
  app: { interfaces: { eth0: { addresses: [10.80.0.1/24] } } }
  there:
    join: { netns: ${owner.path} }
    interfaces: { side0: { addresses: [10.80.0.2/24] } }
    ${more}
    nat: [{ masquerade: { out: own0, from: 10.80.0.0/24 } }]
links: [['app:eth0', 'there:side0']]
`;
    await using beside = new Scene(second('sysctls: { net.ipv4.ip_default_ttl: 99 }'), 'b');
    await first.up();
    await beside.up();
    assertPing(first.name, 'web', '10.70.0.2');
    assertPing(beside.name, 'app', '10.80.0.2');
    await first.down();
    assert.equal(owner.run('sysctl -n net.ipv4.ip_default_ttl').trim(), '99', 'the other lab wants it');
    await beside.assertNothingToDo();
    const clash = new Scene(
      second('sysctls: { net.ipv4.ip_default_ttl: 98 }').replace('side0', 'side1').replace('side0', 'side1'),
      'c',
    );
    const refused = await clash.tryUp();
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /the lab \S+ needs net.ipv4.ip_default_ttl to be 99 in there, and this one 98/);
    await beside.down();
    assert.deepEqual(owner.snapshot(), before);
  });

  it('is mended, and what is its owner’s stays, pruned or not', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using scene = new Scene(byPath(owner));
    await scene.up();
    const wired = owner.snapshot();
    owner.run('ip address del 10.70.0.2/24 dev lab0; ip rule del priority 1000; sysctl -qw net.ipv4.ip_default_ttl=5');
    owner.run(`nft delete table inet netlab-${scene.name}`);
    const report = await scene.tryUp(['--prune', '--json']);
    assert.equal(report.code, 0, report.stderr);
    const { changes } = JSON.parse(report.stdout) as { changes: { action: string }[] };
    assert.ok(changes.length >= 4 && changes.every(({ action }) => action !== 'remove'), report.stdout);
    assert.deepEqual(withoutIndexes(owner.snapshot()), withoutIndexes(wired));
    await scene.down();
    assert.deepEqual(owner.snapshot(), before);
  });

  it('runs processes and a setup of the lab in its network, and ends them', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    const own = `    setup: [[sh, -c, 'readlink /proc/self/ns/net >$NETLAB_OUT']]
    processes: { probe: { command: [sleep, '30071'] } }`;
    await using scene = new Scene(topology(`{ pid: ${await owner.pid()} }`, own.replace('$NETLAB_OUT', '/dev/null')));
    await scene.up();
    const [member] = (await scene.status()).members.filter(({ name }) => name === 'db');
    const pid = member?.processes[0]?.pid ?? 0;
    assert.equal(readlinkSync(`/proc/${pid}/ns/net`), `net:[${statSync(owner.path).ino}]`);
    assert.equal(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), 'sleep\x0030071\0');
    await scene.become(edited(scene.text, "processes: { probe: { command: [sleep, '30071'] } }", ''));
    assert.ok(!existsSync(`/proc/${pid}`));
    await scene.down();
    assert.ok(existsSync(`/proc/${await owner.pid()}`));
    assert.deepEqual(owner.snapshot(), before);
  });
});

/** A link that was made again has another number, and its routes another order. */
function withoutIndexes(snapshot: Record<string, unknown>): unknown {
  const text = JSON.stringify(snapshot, (key, value: unknown) => (key === 'ifindex' ? undefined : value));
  const lists = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(lists).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map((each) => JSON.stringify(each)).toSorted() : value,
    ]),
  );
}
