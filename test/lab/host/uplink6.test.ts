/** `internet: true` over IPv6, on a host that has it: by a route of its own, and as its router tells it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import {
  addresses,
  assertPing,
  inShort,
  ipJson,
  netlab,
  onFreshHost,
  probe,
  requireRoot,
  run,
  Scene,
  until,
} from '../../support/index.ts';

const LAB = 'nodes: { gw: { internet: true } }\n';
const read = (key: string): string => readFileSync(`/proc/sys/net/ipv6/conf/${key}`, 'utf8').trim();

/** A router's advertisement on the far side of eth0: itself as the default router, and 2001:db8:9::/64. */
const ADVERTISEMENT = `
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.setsockopt(socket.SOL_SOCKET, 25, b'eth0')
prefix = struct.pack('!BBBBIII', 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(socket.AF_INET6, '2001:db8:9::')
s.sendto(struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0) + prefix, ('ff02::1', 0, 0, socket.if_nametoindex('eth0')))
`;

const advertise = (): string => run('ip', ['netns', 'exec', 'outside', 'python3', '-c', ADVERTISEMENT]);
const learnt = (): string => run('ip', ['-6', 'route', 'show', 'default', 'proto', 'ra']);

async function uplink6(scene: Scene): Promise<string | undefined> {
  const host = (await scene.status()).members.find(({ name }) => name === 'host');
  return host?.interfaces[0]?.addresses.find((address) => address.startsWith('fd'));
}

onFreshHost(import.meta.url, () => {
  describe('internet: true on a host with IPv6', function () {
    this.timeout(60_000);
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'ipv6', 'ping', 'python3', 'nftables NAT');
      run('ip', ['-6', 'addr', 'add', '2001:db8:9::9/64', 'dev', 'eth0', 'nodad']);
      for (const address of ['2001:db8:9::1/64', '2001:db8:ffff::1/128'])
        run('ip', ['-n', 'outside', '-6', 'addr', 'add', address, 'dev', 'eth0', 'nodad']);
    });

    it('is IPv4 alone where the host has no way out by IPv6, and gets it when the host does', async () => {
      await using scene = new Scene(LAB);
      await scene.up();
      assert.equal(await uplink6(scene), undefined);
      assert.equal(read('all/forwarding'), '0');
      run('ip', ['-6', 'route', 'add', 'default', 'via', '2001:db8:9::1']);
      try {
        const changes = inShort((await scene.up()).changes);
        assert.ok(
          changes.includes('update sysctl net.ipv6.conf.all.forwarding = 1 on host: value 0 → 1'),
          changes.join('\n'),
        );
        assertPing(scene.name, 'gw', '2001:db8:ffff::1');
        await scene.assertNothingToDo();
      } finally {
        run('ip', ['-6', 'route', 'del', 'default', 'via', '2001:db8:9::1']);
      }
      // Once there, it stays: a router that is away for a minute changes no lab.
      await scene.assertNothingToDo();
    });

    describe('by a route of its own', () => {
      before(() => run('ip', ['-6', 'route', 'add', 'default', 'via', '2001:db8:9::1']));
      after(() => run('ip', ['-6', 'route', 'del', 'default', 'via', '2001:db8:9::1']));

      it('is a network of fd00::/8, a default route, masquerading, all of it taken back', async () => {
        await using scene = new Scene(LAB);
        await scene.up();
        const [outer = ''] = [await uplink6(scene)];
        assert.match(outer, /^fd[0-9a-f]{2}:.*::1\/64$/);
        const inner = addresses(scene.name, 'gw')['internet']?.find((each) => each.startsWith('fd'));
        assert.equal(inner, outer.replace('::1/', '::2/'));
        const [route] = ipJson<{ gateway: string; dev: string }>(scene.name, 'gw', '-6', 'route', 'show', 'default');
        assert.deepEqual([route?.gateway, route?.dev], [outer.replace('/64', ''), 'internet']);
        assert.ok(
          run('nft', ['list', 'table', 'inet', `netlab-${scene.name}`]).includes(
            `ip6 saddr ${outer.replace('1/64', '/64')} masquerade`,
          ),
        );
        assert.equal(read('all/forwarding'), '1');
        assertPing(scene.name, 'gw', '2001:db8:ffff::1');
        await scene.assertNothingToDo();
        assert.deepEqual((await scene.up()).changes, []);
      });

      it('is taken back after SIGKILL of the keeper too', async () => {
        await using scene = new Scene(LAB);
        await scene.up();
        process.kill((await scene.summary())!.keeper!, 'SIGKILL');
        await until(async () => (await scene.summary())?.state === 'dead');
        await scene.down();
        scene.assertHostAsBefore();
      });

      it('is left out where the file says that there is none: forwarding off on the host, or IPv6 off in the node', async () => {
        for (const text of [
          'nodes: { gw: { internet: true }, host: { forwarding: { ipv6: false } } }\n',
          'nodes: { gw: { internet: true, sysctls: { net.ipv6.conf.all.disable_ipv6: 1 } } }\n',
        ]) {
          await using scene = new Scene(text);
          await scene.up();
          assert.equal(await uplink6(scene), undefined);
          assert.equal(read('all/forwarding'), '0');
          await scene.assertNothingToDo();
        }
      });
    });

    describe('as its router tells it', () => {
      before(async () => {
        run('sh', ['-c', 'echo 1 > /proc/sys/net/ipv6/conf/eth0/accept_ra']);
        // A neighbour that says it is no router is forgotten as one (rt6_clean_tohost()).
        const routing = 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding';
        run('ip', ['netns', 'exec', 'outside', 'sh', '-c', routing]);
        advertise();
        await until(() => learnt() !== '');
      });

      it('goes on listening to the router while a lab is up, and as before afterwards', async () => {
        await using scene = new Scene(LAB);
        await scene.up();
        assert.deepEqual([read('all/forwarding'), read('eth0/accept_ra')], ['1', '2']);
        assert.notEqual(learnt(), '', 'the route is not forgotten');
        assertPing(scene.name, 'gw', '2001:db8:ffff::1');
        run('sh', ['-c', 'ip -6 route del default proto ra']);
        advertise();
        await until(() => learnt() !== '', { what: 'the route of a router that is listened to' });
        await scene.assertNothingToDo();
        await scene.down();
        assert.deepEqual([read('all/forwarding'), read('eth0/accept_ra')], ['0', '1']);
        assert.notEqual(learnt(), '');
      });

      it('listens until the last of two labs is down', async () => {
        await using one = new Scene(LAB);
        await one.up();
        const two = new Scene(LAB);
        await two.up();
        assert.notEqual(await uplink6(one), await uplink6(two));
        await one.down();
        assert.deepEqual([read('all/forwarding'), read('eth0/accept_ra')], ['1', '2']);
        assertPing(two.name, 'gw', '2001:db8:ffff::1');
        await two.down();
        assert.deepEqual([read('all/forwarding'), read('eth0/accept_ra')], ['0', '1']);
      });

      it('refuses `forwarding` of the host that would make it forget, by its line', async () => {
        const scene = new Scene('nodes:\n  a: {}\n  host:\n    forwarding: true\nlinks: [["a:x", "host:lab6"]]\n');
        const { code, stderr } = await netlab(['up', scene.file]);
        assert.equal(code, 1);
        assert.match(stderr, /:5:17 .*forwarding\n +the host has learnt its IPv6 default route from a router/);
        scene.assertHostAsBefore();
      });
    });
  });
});
