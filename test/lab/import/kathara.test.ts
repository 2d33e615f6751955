/** Labs of Kathará, imported and brought up: they do what Kathará would do with them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { importTopology } from '../../../src/import/import.ts';
import { inNode, ipJson, probe, requireRoot, Scene, skip, tempFolder, until } from '../../support/index.ts';

const LABS = fileURLToPath(new URL('../../../../test/fixtures/import/kathara/', import.meta.url));

/** The topology of a lab, to stand where a scene has its files. */
const imported = (lab: string) => importTopology(`${LABS}${lab}`, { home: tempFolder() });

describe('import of Kathará', () => {
  describe('two routers with static routes', () => {
    let scene: Scene;
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'pid namespaces', 'ping', 'curl');
      scene = new Scene(imported('two-routers').yaml);
      await scene.up();
    });
    after(() => scene?.[Symbol.asyncDispose]());

    const on = (node: string, line: string) => inNode(scene.name, node, ['sh', '-c', line]);

    it('says what it has not, at its line', () => {
      const { left, carried } = imported('two-routers');
      assert.deepEqual(
        left.map(({ line, path }) => [line, path]),
        [[15, 'pc1[num_terms]']],
      );
      assert.equal(carried.length, 2);
    });

    it('reaches from end to end, over both routers', () => {
      assert.match(on('pc1', 'ping -c1 -W2 10.0.2.80').stdout, /ttl=62/);
      assert.match(on('pc2', 'ping -c1 -W2 10.0.1.11').stdout, /ttl=64/);
      const [{ address } = { address: '' }] = ipJson<{ address: string }>(scene.name, 'r1', 'link', 'show', 'eth0');
      assert.equal(address, '02:00:00:00:00:a1');
    });

    it('has a carrier, and so its route, where nobody else is', () => {
      const routes = ipJson<{ dst: string; flags: string[] }>(scene.name, 'r2', 'route', 'show', '10.9.0.0/24');
      assert.deepEqual(
        routes.map(({ dst, flags }) => [dst, flags]),
        [['10.9.0.0/24', []]],
      );
    });

    it('runs what nobody knew before, in its order', () => {
      const text = on('r2', 'ip -4 address show eth2; ip route show type blackhole').stdout;
      for (const part of ['10.9.1.1/24', '10.9.2.1/24', 'blackhole 192.0.2.0/24']) assert.ok(text.includes(part), text);
    });

    it('serves the files of its folders, which this machine does not have', async () => {
      const page = (name: string): string => on('pc1', `curl -sf --max-time 5 http://10.0.2.80/${name}`).stdout;
      await until(() => page('') === 'It works.\n', { what: 'the page', timeout: 20_000 });
      assert.equal(page('note'), 'from the shared folder\n');
      assert.equal(
        (await scene.exec('web_server', ['od', '-An', '-tx1', '-N3', '/srv/www/blob'])).stdout.trim(),
        '00 01 02',
      );
      assert.equal(existsSync('/srv/www/note'), false);
      assert.equal(existsSync('/usr/local/bin/prepare'), false);
    });

    it('has the settings of a device, and the variables that its scripts get', async () => {
      const read = (key: string): string => on('r2', `cat /proc/sys/net/ipv4/${key}`).stdout.trim();
      assert.deepEqual(
        [
          'ip_forward',
          'conf/all/rp_filter',
          'icmp_ratelimit',
          'icmp_echo_ignore_broadcasts',
          'conf/all/arp_notify',
        ].map(read),
        ['1', '0', '0', '0', '1'],
      );
      assert.equal((await scene.exec('pc2', ['cat', '/root/greeting'])).stdout, 'hello\n');
      assert.equal(existsSync('/root/greeting'), false);
    });

    it('is as its file says', () => scene.assertNothingToDo());
  });

  describe('a packet filter', () => {
    it('is keys, and lets pass what it let pass there', async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'nftables', 'ping', 'curl');
      const { topology, yaml } = imported('firewall');
      assert.equal(topology.nodes?.['fw']?.setup, undefined);
      await using scene = new Scene(yaml);
      await scene.up();
      const on = (node: string, line: string) => inNode(scene.name, node, ['sh', '-c', line]);
      const page = (url: string) => on('stranger', `curl -so /dev/null -w '%{http_code}' --max-time 2 ${url}`).stdout;
      await until(() => page('http://192.0.2.1:8080/hostname') === '200', { what: 'the page', timeout: 20_000 });
      // Without the way back that translation gives, the stranger has no route to the LAN.
      assert.match(on('pc', 'ping -c1 -W2 192.0.2.9').stdout, /ttl=63/);
      assert.match(on('pc', 'ping -c1 -W2 10.0.2.2').stdout, /Packet filtered/);
      assert.equal(on('pc', 'curl -s --max-time 5 http://10.0.2.2/hostname').code, 0);
      on('stranger', 'ip route add 10.0.0.0/16 via 192.0.2.1');
      assert.match(on('stranger', 'ping -c1 -W1 10.0.1.2').stdout, / 0 received/);
      assert.match(on('web', 'ping -c1 -W1 10.0.1.2').stdout, / 0 received/);
      await scene.assertNothingToDo();
    }).timeout(60_000);
  });

  describe('two routers that speak RIP', () => {
    it('tell each other of their networks, and end with the lab', async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'pid namespaces');
      if (!existsSync('/usr/lib/frr/ripd')) skip(this, 'there is no /usr/lib/frr/ripd (frr)');
      await using scene = new Scene(imported('rip').yaml);
      await scene.up();
      const route = (): string => inNode(scene.name, 'r1', ['ip', 'route', 'show', '10.5.0.0/24']).stdout;
      await until(() => route().includes('via 10.0.0.2 dev eth0 proto rip'), {
        what: 'the route of ripd',
        timeout: 30_000,
      });
      const version = async (): Promise<string> => (await scene.exec('r2', ['cat', '/tmp/version'])).stdout;
      await until(async () => (await version()).includes('FRRouting'), {
        what: 'the line after the start',
        timeout: 20_000,
      });
      await scene.assertNothingToDo();
    }).timeout(90_000);
  });
});
