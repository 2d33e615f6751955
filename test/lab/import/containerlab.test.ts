/** A lab of containerlab, imported and brought up: what its containers would have, its nodes have. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { importTopology } from '../../../src/import/import.ts';
import { inNode, ipJson, netlab, probe, requireRoot, Scene, skip, tempFolder, until } from '../../support/index.ts';

const LAB = fileURLToPath(new URL('../../../../test/fixtures/import/containerlab/office.clab.yml', import.meta.url));

describe('import of containerlab', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ipv6', 'pid namespaces', 'ping', 'curl');
    if (!existsSync('/usr/lib/frr/watchfrr')) skip(this, 'there is no /usr/lib/frr/watchfrr (frr)');
    scene = new Scene(importTopology(LAB, { home: tempFolder() }).yaml);
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const on = (node: string, line: string) => inNode(scene.name, node, ['sh', '-c', line]);

  it('says what it has not, at its line', () => {
    const left = importTopology(LAB).left.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    assert.deepEqual(
      left.map((each) => each.split(': ')[0]),
      [
        '3 mgmt',
        '13 topology.nodes.gw.image',
        '21 topology.nodes.pc1.mgmt-ipv4',
        '32 node core',
        '42 topology.links[4]',
      ],
    );
  });

  it('reaches across the switch and the router, and gets the page', async () => {
    await until(() => on('pc1', 'ping -c1 -W1 10.2.0.2').code === 0, {
      what: 'the way to the server',
      timeout: 20_000,
    });
    assert.match(on('pc1', 'ping -c1 -W1 10.2.0.2').stdout, /ttl=63/);
    assert.match(on('pc1', 'ping -c1 -W1 10.1.0.12').stdout, /ttl=64/);
    const page = (): string => on('pc2', 'curl -sf http://10.2.0.2/').stdout;
    await until(() => page() === 'hello from srv\n', { what: 'the page', timeout: 20_000 });
  });

  it('has the settings of a container', () => {
    assert.equal(on('pc1', 'cat /proc/sys/net/ipv4/ip_forward').stdout, '1\n');
    assert.equal(on('gw', 'cat /proc/sys/net/ipv4/conf/all/rp_filter').stdout, '0\n');
    const [eth2] = ipJson<{ address: string; mtu: number }>(scene.name, 'gw', 'link', 'show', 'eth2');
    assert.deepEqual([eth2?.address, eth2?.mtu], ['02:00:00:00:02:01', 1400]);
    const [eth1] = ipJson<{ mtu: number }>(scene.name, 'pc1', 'link', 'show', 'eth1');
    assert.equal(eth1?.mtu, 9500);
  });

  it('has the files of the lab that are no text, wherever the topology stands', async () => {
    const { stdout } = await netlab(['exec', '-l', scene.name, 'srv', '--', 'od', '-An', '-tx1', '/srv/blob']);
    assert.equal(stdout.trim(), '00 01 02');
  });

  it('has link-local addresses, which BGP and router advertisements need', async () => {
    await until(() => /inet6 fe80:/.test(on('pc1', 'ip -6 address show dev eth1').stdout), { what: 'the address' });
  });

  it('routes by FRR, also out of an interface whose other end is not there', async () => {
    const route = (): string => on('gw', 'ip route show 10.9.0.0/16').stdout;
    await until(() => /via 10\.3\.0\.2/.test(route()), { what: 'the route of staticd', timeout: 20_000 });
    const version = async () => (await netlab(['exec', '-l', scene.name, 'gw', '--', 'cat', '/tmp/version'])).stdout;
    await until(async () => /FRR/.test(await version()), { what: 'what was asked after it', timeout: 20_000 });
  });

  it('is as its file says', () => scene.assertNothingToDo());
});
