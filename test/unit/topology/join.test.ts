import assert from 'node:assert/strict';

import type { Resource } from '../../../src/model/resource.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';

function load(text: string): ReturnType<typeof loadTopologyText>['model'] {
  return loadTopologyText(text, 'lab.yaml', { env: {} }).model;
}

const of = (node: string, resources: readonly Resource[]): Resource[] => resources.filter((each) => each.node === node);

describe('join in a topology', () => {
  it('is a node without loopback and without defaults, which others know by its name', () => {
    const { resources, hosts } = load(`
defaults: { node: { sysctls: { net.ipv4.conf.all.rp_filter: 0 }, forwarding: true, hostname: x, setup: [[true]] } }
nodes: { a: {}, db: { join: { pid: 7 } } }
links: [{ endpoints: ["a:eth0", "db:lab0"], subnet: 10.0.0.0/30 }]
`);
    assert.deepEqual(
      of('db', resources).map(({ kind }) => kind),
      ['namespace', 'link', 'address'],
    );
    const [namespace] = of('db', resources);
    assert.ok(namespace?.kind === 'namespace');
    assert.deepEqual(namespace.join, { pid: 7 });
    assert.deepEqual(namespace.isolation, ['net']);
    assert.deepEqual(hosts.at(-1), { address: '10.0.0.2', names: ['db'] });
  });

  it('has one table of the lab, with its firewall, and opens 127.0.0.1 toward the target alone', () => {
    const { resources } = load(`
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
  db:
    join: { netns: /run/netns/x }
    interfaces: { lab0: { addresses: [10.0.0.1/24] } }
    nat: [{ publish: { port: 80, to: "10.0.0.2:80" } }, { masquerade: { out: eth7 } }]
    firewall: { input: { policy: drop } }
links: [["a:eth0", "db:lab0"]]
`);
    const [table] = of('db', resources).filter(({ kind }) => kind === 'netfilter');
    assert.ok(table?.kind === 'netfilter');
    assert.equal(table.table, 'netlab-lab');
    assert.deepEqual(
      table.nat.map(({ type }) => type),
      ['publish', 'masquerade', 'guard'],
    );
    assert.deepEqual(
      table.firewall.map(({ policy }) => policy),
      ['drop'],
    );
    const settings = of('db', resources).flatMap((each) =>
      each.kind === 'sysctl' ? [`${each.key} ${each.value}`] : [],
    );
    assert.deepEqual(settings, ['net.ipv4.conf.lab0.route_localnet 1']);
  });

  it('takes processes and a setup of the lab', () => {
    const { resources } = load(`
nodes: { db: { join: { pid: 7 }, setup: [[true]], processes: { tap: { command: [tcpdump] } } } }
`);
    assert.deepEqual(
      resources.map(({ kind }) => kind),
      ['namespace', 'setup', 'process'],
    );
  });
});
