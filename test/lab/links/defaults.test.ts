/** `defaults`: merged under every node, link and process, key by key; what each says itself comes first. */
import assert from 'node:assert/strict';

import { addresses, ipJson, probe, processNamed, requireRoot, Scene, sysctl, until } from '../../support/index.ts';

const LAB = `
defaults:
  node:
    sysctls: { net.ipv4.ip_default_ttl: 33, net.ipv4.tcp_syncookies: 0 }
    interfaces: { lo: { addresses: [10.255.0.1/32] } }
  link: { mtu: 1400, subnet: 10.0.0.0/30 }
  process: { restart: no, env: { COLOUR: red, SHAPE: round } }
nodes:
  a:
    sysctls: { net.ipv4.ip_default_ttl: 44 }
    processes:
      once: { command: 'exit 3' }
      again: { command: 'sleep 0.05; exit 3', restart: on-failure }
      stays: { command: 'echo $$COLOUR $$SHAPE; exec sleep 7200', env: { COLOUR: blue }, ready: { log: '^blue round$' } }
  b: {}
links:
  - ['a:eth0', 'b:eth0']
  - { endpoints: ['a:eth1', 'b:eth1'], mtu: 1300, subnet: 10.0.1.0/30 }
`;

describe('defaults', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
    scene = new Scene(LAB, 'defaults');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  it('of nodes', () => {
    const ttl = (node: string): string => sysctl(scene.name, node, 'net.ipv4.ip_default_ttl');
    assert.deepEqual([ttl('a'), ttl('b')], ['44', '33']);
    assert.equal(sysctl(scene.name, 'a', 'net.ipv4.tcp_syncookies'), '0');
    assert.ok(addresses(scene.name, 'b')['lo']?.includes('10.255.0.1/32'));
  });

  it('of links', () => {
    const mtu = (node: string, name: string): unknown => ipJson(scene.name, node, 'link', 'show', name)[0]?.['mtu'];
    assert.deepEqual([mtu('a', 'eth0'), mtu('b', 'eth0'), mtu('a', 'eth1')], [1400, 1400, 1300]);
    assert.deepEqual(addresses(scene.name, 'b')['eth0'], ['10.0.0.2/30']);
    assert.deepEqual(addresses(scene.name, 'b')['eth1'], ['10.0.1.2/30']);
  });

  it('of processes', async () => {
    assert.notEqual(processNamed(scene.name, 'sleep 7200'), undefined);
    const restarts = async (): Promise<Record<string, number>> => {
      const { members } = await scene.status();
      const all = members.flatMap(({ processes }) => processes);
      return Object.fromEntries(all.map(({ name, restarts: count }) => [name, count]));
    };
    await until(async () => (await restarts())['again']! > 0);
    assert.equal((await restarts())['once'], 0, 'restart: no');
  });
});
