import assert from 'node:assert/strict';

import type { Resource } from '../../../src/model/resource.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';
import { uplinkNetwork } from '../../../src/topology/uplinks.ts';

function load(text: string): ReturnType<typeof loadTopologyText>['model'] {
  return loadTopologyText(text, 'lab.yaml', { env: {} }).model;
}

const onHost = (resources: readonly Resource[]): Resource[] => resources.filter(({ node }) => node === 'host');

describe('host in a topology', () => {
  it('is no node: no namespace, no loopback, and no defaults', () => {
    const { resources, hosts } = load(`
defaults: { node: { sysctls: { net.ipv4.conf.all.rp_filter: 0 }, forwarding: true } }
nodes: { a: {} }
links: [{ endpoints: ["a:eth0", "host:va"], subnet: 10.0.0.0/30 }]
`);
    assert.deepEqual(
      onHost(resources).map(({ kind }) => kind),
      ['link', 'address'],
    );
    assert.deepEqual(hosts, [
      { address: '10.0.0.1', names: ['a'] },
      { address: '10.0.0.2', names: ['host'] },
    ]);
  });

  it('can be the far end of a port of a bridge of the file', () => {
    const { resources } = load('nodes: { a: {} }\nbridges: { lan: { ports: [a, "host:lab0"], subnet: 10.0.0.0/24 } }');
    const link = onHost(resources).find(({ kind }) => kind === 'link');
    assert.ok(link?.kind === 'link');
    assert.deepEqual(link.peer, { node: 'lan', link: 'host' });
  });

  it('has a table of the lab, opens 127.0.0.1 toward the target alone, and guards it', () => {
    const { resources } = load(`
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
  host:
    forwarding: { ipv4: true }
    interfaces: { va.1: { addresses: [10.0.0.1/24] } }
    nat: [{ publish: { port: 80, to: "10.0.0.2:80" } }, { masquerade: { out: eth0 } }]
links: [["a:eth0", "host:va.1"]]
`);
    const table = resources.find(({ kind }) => kind === 'netfilter');
    assert.ok(table?.kind === 'netfilter');
    assert.equal(table.table, 'netlab-lab');
    assert.deepEqual(
      table.nat.map(({ type }) => type),
      ['publish', 'masquerade', 'guard'],
    );
    assert.deepEqual(
      onHost(resources).flatMap((each) => (each.kind === 'sysctl' ? [`${each.key} ${each.value}`] : [])),
      ['net.ipv4.ip_forward 1', 'net.ipv4.conf.va/1.route_localnet 1'],
    );
  });

  it('makes the ports of a bridge send back when a port is published to it', () => {
    const { resources } = load(`
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
  r:
    forwarding: true
    interfaces: { br0: { type: bridge, ports: [va], addresses: [10.0.0.1/24] }, x: {} }
    nat: [{ publish: { port: 80, to: "10.0.0.2:80" } }]
  b: {}
links: [["a:eth0", "r:va"], ["r:x", "b:x"]]
`);
    const back = resources.flatMap((each) => (each.kind === 'link' && each.hairpin === true ? [each.name] : []));
    assert.deepEqual(back, ['va']);
  });
});

describe('internet: true', () => {
  it('is a link to the host, a default route, masquerading and forwarding, each at its line', () => {
    const { resources, uplinks, locate, hosts } = load('nodes:\n  a:\n    internet: true\n  b: {}\n');
    assert.equal(uplinks.length, 1);
    const [{ node, link, subnet } = { node: '', link: '', subnet: '' }] = uplinks;
    assert.equal(node, 'a');
    assert.match(link, /^nl-[0-9a-z]{7}$/);
    assert.match(subnet, /^198\.1[89]\.\d+\.\d+\/30$/);
    assert.deepEqual(
      onHost(resources).map(({ kind }) => kind),
      ['link', 'address', 'sysctl', 'netfilter'],
    );
    for (const { at } of onHost(resources)) assert.equal(locate(at ?? []).line, 3);
    const route = resources.find(({ kind }) => kind === 'route');
    assert.ok(route?.kind === 'route');
    assert.equal(route.to, '0.0.0.0/0');
    assert.deepEqual(hosts, [], 'it is no way in');
    assert.deepEqual(uplinks, load('nodes: { a: { internet: true } }').uplinks, 'the same every time');
  });

  it('counts through 198.18.0.0/15', () => {
    assert.deepEqual(uplinkNetwork(0), { subnet: '198.18.0.0/30', host: '198.18.0.1', node: '198.18.0.2' });
    assert.equal(uplinkNetwork(63).subnet, '198.18.0.252/30');
    assert.equal(uplinkNetwork(64).subnet, '198.18.1.0/30');
    assert.equal(uplinkNetwork((1 << 15) - 1).subnet, '198.19.255.252/30');
  });
});
