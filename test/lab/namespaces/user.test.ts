/** A node with a user namespace of its own: who its root is, what is his, and what is not. */
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, statSync } from 'node:fs';

import { describeForUsers, netlab, probe, requireRoot, run, Scene, user } from '../../support/index.ts';

const LAB = `
nodes:
  a:
    isolation: [net, uts, mnt, pid, ipc, cgroup, user]
    hostname: apart
    sysctls: { net.ipv4.ip_forward: 1, net.ipv4.ip_default_ttl: 33 }
    files: { /etc/motd: "hello\\n", /etc/netlab-new: "new\\n" }
    setup: ['id -u > /dev/shm/who', 'ip link add own0 type veth peer name own1']
    processes: { p: { command: 'id -u; echo "$HOSTNAME"; exec sleep 7301', ready: { log: apart } } }
  b: { nftables: 'table inet t { }' }
links:
  - { endpoints: ['a:eth0', 'b:eth0'], subnet: 10.0.0.0/24 }
`;

/** The owner of a namespace, as lsns tells it. */
function ownerOf(pid: number, kind: string): string {
  const { namespaces } = JSON.parse(run('lsns', ['-J', '-o', 'NS,TYPE,ONS', '-p', String(pid)])) as {
    namespaces: { type: string; ons: number }[];
  };
  return `user:[${namespaces.find(({ type }) => type === kind)!.ons}]`;
}

describeForUsers('a user namespace', () => {
  let scene: Scene;
  let init: number;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'nftables', 'pid namespaces', 'user namespaces of nobody', 'ping');
    scene = new Scene(LAB, 'userns');
    await scene.up();
    init = (await scene.status()).members.find(({ name }) => name === 'a')!.pid!;
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const printed = async (...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await scene.exec('a', command);
    assert.equal(code, 0, `${command.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const map = (text: string): number[] => text.trim().split(/\s+/).map(Number);

  it('maps what its user can give: a range of root, the one id of anybody else', async () => {
    const outside = map(readFileSync(`/proc/${init}/uid_map`, 'utf8'));
    const nobody = statSync(`/proc/${init}`).uid;
    assert.deepEqual(outside, user() === 'root' ? [0, 100_000, 65_536] : [0, nobody, 1]);
    assert.deepEqual(map(readFileSync(`/proc/${init}/gid_map`, 'utf8'))[0], 0);
    assert.equal(nobody, user() === 'root' ? 100_000 : outside[1]);
  });

  it('owns all that the node has of its own', () => {
    const own = readlinkSync(`/proc/${init}/ns/user`);
    for (const kind of ['net', 'uts', 'mnt', 'pid', 'ipc', 'cgroup']) assert.equal(ownerOf(init, kind), own, kind);
  });

  it('makes root of setups, processes and commands', async () => {
    assert.equal(await printed('cat', '/dev/shm/who'), '0');
    assert.equal((await netlab(['logs', '-l', scene.name, 'a', 'p'])).stdout, '0\napart\n');
    assert.match(await printed('id'), /^uid=0\(root\) gid=0\(root\)/);
    const status = await printed('cat', '/proc/self/status');
    assert.match(status, /^CapEff:\t000001f/m);
    if (user() === 'root') assert.match(status, /^Groups:\t\s*$/m);
  });

  it('lets its root change its network, and nothing outside', async () => {
    await printed('ip', 'link', 'set', 'own0', 'up');
    await printed('ip', 'address', 'add', '10.99.0.1/24', 'dev', 'own1');
    assert.equal(await printed('sysctl', '-n', 'net.ipv4.ip_default_ttl'), '33');
    await printed('sysctl', '-w', 'net.ipv4.ip_default_ttl=34');
    await printed('ping', '-c', '1', '-W', '5', '10.0.0.2');
    const kernel = readFileSync('/proc/sys/kernel/printk', 'utf8');
    for (const command of [
      'echo 7 > /proc/sys/kernel/printk',
      'echo b > /proc/sysrq-trigger',
      'mknod /dev/shm/disk b 254 0',
      'readlink /proc/1/fd/7',
      'ls /proc/1/root/',
      // All nodes have it in common.
      ...(user() === 'root' ? ['touch /etc/hosts'] : []),
      'mount -o remount,rw /sys',
      'date -s 2001-01-01',
      'chroot /proc/1/root true',
    ]) {
      const { code } = await scene.exec('a', ['sh', '-c', command]);
      assert.notEqual(code, 0, command);
    }
    assert.equal(readFileSync('/proc/sys/kernel/printk', 'utf8'), kernel);
    await printed('sysctl', '-w', 'net.ipv4.ip_default_ttl=33');
    await printed('ip', 'link', 'delete', 'own0');
  });

  it("has its name, its hosts and its files, which are its root's", async () => {
    assert.equal(await printed('hostname'), 'apart');
    assert.equal(await printed('cat', '/etc/hostname', '/etc/motd', '/etc/netlab-new'), 'apart\nhello\nnew');
    assert.match(await printed('getent', 'hosts', 'b'), /^10\.0\.0\.2 +b$/);
    assert.equal(
      await printed('stat', '-c', '%u:%g', '/etc/motd', '/etc/netlab-new', '/etc/hostname'),
      '0:0\n0:0\n0:0',
    );
    await printed('sh', '-c', 'echo changed > /etc/motd');
    await scene.up();
    assert.equal(await printed('cat', '/etc/motd'), 'hello');
  });

  it("has a terminal that is its root's", async () => {
    const { stdout } = await netlab(['exec', '-l', scene.name, 'a', '--', 'sh', '-c', 'stat -c %u /dev/pts /dev/ptmx']);
    assert.equal(stdout, '0\n0\n');
  });

  it('is refused for ids that its user does not have, before anything is touched', async function () {
    if (user() === 'root') this.skip();
    scene.write(LAB.replace('    hostname: apart', '    hostname: apart\n    uid_map: 300000'));
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /:\d+:\d+ +nodes\.a\.uid_map\n +found ids \(uid 300000 to 365535\) that this user does not have: others are not there, they need ranges of ids, and .*, or netlab as root/,
    );
    scene.write(LAB);
  });

  it('is as wanted, and goes on when it is seen again', () => scene.assertNothingToDo());

  it('comes, goes and maps others in a lab that runs: its network is made anew, and that of others is not', async () => {
    const plain = LAB.replace(
      'isolation: [net, uts, mnt, pid, ipc, cgroup, user]',
      'isolation: [net, uts, mnt, pid, ipc]',
    );
    const changes = await scene.become(plain);
    const node = changes.find(({ what }) => what === 'node a')!;
    assert.equal(node.action, 'replace');
    assert.match(node.reason, /^isolation net, .*, user → net, uts, mnt, pid, ipc$/);
    assert.deepEqual(
      changes.filter((each) => each.node === 'b').map(({ what }) => what),
      ['link b:eth0 (veth to a:eth0)', 'address 10.0.0.2/24 on b:eth0'],
    );
    await scene.assertNothingToDo();
    assert.equal(await printed('cat', '/dev/shm/who'), '0');
    assert.equal(
      readlinkSync(`/proc/${(await scene.status()).members[0]!.pid}/ns/user`) === readlinkSync('/proc/self/ns/user'),
      user() === 'root',
    );
    await scene.become(LAB);
    await printed('ping', '-c', '1', '-W', '5', '10.0.0.2');
    await scene.assertNothingToDo();
    if (user() !== 'root') return;
    const mapped = await scene.become(
      LAB.replace(
        '    hostname: apart',
        '    hostname: apart\n    uid_map: 300000\n    gid_map: [{ inside: 0, outside: 5, count: 1 }, { inside: 1, outside: 300001, count: 100 }]',
      ),
    );
    assert.match(
      mapped.find(({ what }) => what === 'node a')!.reason,
      /^uid_map unset → 0 300000 65536, gid_map unset → 0 5 1, 1 300001 100$/,
    );
    assert.deepEqual(map(await printed('cat', '/proc/self/uid_map')), [0, 300_000, 65_536]);
    assert.deepEqual(map(await printed('cat', '/proc/self/gid_map')), [0, 5, 1, 1, 300_001, 100]);
    await scene.assertNothingToDo();
    await scene.become(LAB);
  });
});
