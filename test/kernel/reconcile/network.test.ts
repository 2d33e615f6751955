import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import type { Link, Resource } from '../../../src/model/resource.ts';
import { applyNetwork } from '../../../src/reconcile/apply.ts';
import { complete } from '../../../src/reconcile/complete.ts';
import { type Change, diff } from '../../../src/reconcile/diff.ts';
import { Namespaces } from '../../../src/reconcile/namespaces.ts';
import { type Network, observeNetwork } from '../../../src/reconcile/observe.ts';
import { order } from '../../../src/reconcile/order.ts';
import { RunSurroundings } from '../../../src/reconcile/surroundings.ts';
import { keyOf } from '../../../src/resource/index.ts';
import { OwnNamespaces } from '../../support/own-namespaces.ts';

//  a ── eth0 ─── eth0 ── r ── eth1 ─┐
//                        │          lan (bridge of its own) ── eth0 ── c
//                       vx0, br0

const member = (node: string, role: 'node' | 'bridge' = 'node'): Resource => ({
  kind: 'namespace',
  node,
  role,
  hostname: node,
  isolation: ['net'],
});
const lo = (node: string): Resource => ({ kind: 'link', node, name: 'lo', type: 'loopback', up: true });
const veth = (node: string, name: string, to: string, at: string, more: Partial<Link> = {}): Link => ({
  kind: 'link',
  node,
  name,
  type: 'veth',
  up: true,
  peer: { node: to, link: at },
  ...more,
});
const address = (node: string, link: string, prefix: string): Resource => ({
  kind: 'address',
  node,
  link,
  prefix,
  scope: 'global',
});
const route = (node: string, to: string, via: string, dev: string, metric = 0): Resource => ({
  kind: 'route',
  node,
  to,
  type: 'unicast',
  table: 254,
  metric,
  nexthops: [{ via, dev, weight: 1 }],
});

const topology: Resource[] = [
  ...['a', 'r', 'c'].map((node) => member(node)),
  member('lan', 'bridge'),
  ...['a', 'r', 'c', 'lan'].map(lo),
  { kind: 'link', node: 'lan', name: 'lan', type: 'bridge', up: true },
  veth('a', 'eth0', 'r', 'eth0'),
  veth('r', 'eth0', 'a', 'eth0'),
  veth('r', 'eth1', 'lan', 'r'),
  veth('lan', 'r', 'r', 'eth1', { master: 'lan' }),
  veth('c', 'eth0', 'lan', 'c'),
  veth('lan', 'c', 'c', 'eth0', { master: 'lan' }),
  { kind: 'link', node: 'r', name: 'br0', type: 'bridge', up: true, bridge: { stp: true } },
  {
    kind: 'link',
    node: 'r',
    name: 'vx0',
    type: 'vxlan',
    up: true,
    master: 'br0',
    vxlan: { id: 7, link: 'eth0', local: '10.0.1.1', port: 8472, learning: false },
  },
  { kind: 'sysctl', node: 'r', key: 'net.ipv4.ip_forward', value: '1' },
  { kind: 'sysctl', node: 'r', key: 'net.ipv4.conf.eth0.rp_filter', value: '2' },
  address('a', 'eth0', '10.0.1.2/24'),
  address('r', 'eth0', '10.0.1.1/24'),
  address('r', 'eth1', '10.0.2.1/24'),
  address('c', 'eth0', '10.0.2.2/24'),
  address('a', 'eth0', '2001:db8:1::2/64'),
  address('r', 'eth0', '2001:db8:1::1/64'),
  route('a', '0.0.0.0/0', '10.0.1.1', 'eth0'),
  route('c', '0.0.0.0/0', '10.0.2.1', 'eth0'),
  route('a', '::/0', '2001:db8:1::1', 'eth0', 1024),
  { kind: 'route', node: 'r', to: '10.9.0.0/16', type: 'blackhole', table: 254, metric: 0, nexthops: [] },
  { kind: 'route', node: 'r', to: '2001:db8:9::/48', type: 'unreachable', table: 254, metric: 1024, nexthops: [] },
  {
    kind: 'route',
    node: 'r',
    to: '10.8.0.0/16',
    type: 'unicast',
    table: 100,
    metric: 5,
    nexthops: [
      { via: '10.0.1.2', dev: 'eth0', weight: 1 },
      { via: '10.0.2.2', dev: 'eth1', weight: 2 },
    ],
  },
  {
    kind: 'route',
    node: 'r',
    to: '10.244.2.0/24',
    type: 'unicast',
    table: 254,
    metric: 0,
    nexthops: [{ via: '10.244.2.0', dev: 'vx0', onlink: true, weight: 1 }],
  },
  { kind: 'rule', node: 'r', family: 'inet', priority: 1000, from: '10.1.0.0/16', table: 100 },
  { kind: 'neighbour', node: 'r', dev: 'vx0', to: '10.244.2.0', mac: '02:00:00:00:02:00' },
  { kind: 'fdb', node: 'r', dev: 'vx0', mac: '02:00:00:00:02:00', dst: '10.0.1.2' },
  {
    kind: 'netfilter',
    node: 'r',
    firewall: [],
    nat: [
      { type: 'masquerade', out: 'eth0', from: '10.0.2.0/24' },
      { type: 'snat', out: 'eth1', from: '10.1.0.0/20', to: '192.0.2.7' },
      { type: 'dnat', in: 'eth0', proto: 'tcp', port: 8080, to: [{ address: '10.0.2.2', port: 80 }] },
      { type: 'publish', proto: 'tcp', port: 8081, to: '10.0.2.2', toPort: 80, hairpin: '10.0.2.0/24' },
    ],
  },
];

/** One `up` without a keeper: observe, diff, apply, observe again. Returns the changes that were made. */
async function reconcile(
  namespaces: Namespaces,
  own: OwnNamespaces,
  resources: readonly Resource[],
): Promise<{ changes: Change[]; left: readonly Change[] }> {
  const wanted = complete('test', resources);
  const before = observe(namespaces, wanted);
  const changes = order(diff(wanted, before).changes);
  await applyNetwork(changes, {
    around: new RunSurroundings('test', namespaces, wanted, before, changes),
    namespaces,
    keeping: own,
    journal: new Set(),
  });
  return { changes, left: diff(wanted, observe(namespaces, wanted)).changes };
}

function observe(namespaces: Namespaces, wanted: readonly Resource[]): Network {
  const sysctls = new Map<string, Set<string>>();
  for (const resource of wanted) {
    if (resource.kind !== 'sysctl') continue;
    sysctls.set(resource.node, (sysctls.get(resource.node) ?? new Set()).add(resource.key));
  }
  const network = observeNetwork(namespaces, { nodes: namespaces.names() }, sysctls, new Set(wanted.map(keyOf)));
  const members = wanted.filter(({ kind, node }) => kind === 'namespace' && namespaces.has(node));
  return { ...network, resources: [...members, ...network.resources] };
}

describe('reconcile: the network', () => {
  const namespaces = new Namespaces();
  const own = new OwnNamespaces(namespaces);
  after(() => {
    own[Symbol.dispose]();
    namespaces[Symbol.dispose]();
  });
  const run = (node: string, ...argv: string[]): string => {
    const { stdout, stderr, status } = spawnSync('nsenter', [`--net=${own.path(node)}`, ...argv], { encoding: 'utf8' });
    assert.equal(status, 0, `${argv.join(' ')}: ${stderr}`);
    return stdout;
  };

  it('makes a lab of every kind, and then has nothing left to change', async () => {
    const { left } = await reconcile(namespaces, own, topology);
    assert.deepEqual(left, []);
    assert.match(run('a', 'ping', '-c1', '-W2', '10.0.2.2'), / 0% packet loss/);
    assert.match(run('a', 'ping', '-c1', '-W2', '2001:db8:1::1'), / 0% packet loss/);
  });

  it('changes nothing the second time', async () => {
    const { changes } = await reconcile(namespaces, own, topology);
    assert.deepEqual(changes, []);
  });

  it('stands in the kernel as ip and nft see it', () => {
    const rules = run('r', 'nft', 'list', 'table', 'inet', 'netlab');
    assert.match(
      rules,
      /oifname "eth0" ip saddr 10\.0\.2\.0\/24 masquerade comment "masquerade out eth0 from 10\.0\.2\.0\/24"/,
    );
    assert.match(rules, /ip saddr 10\.1\.0\.0\/20 snat ip to 192\.0\.2\.7/);
    assert.match(rules, /fib daddr type local tcp dport 8081 dnat ip to 10\.0\.2\.2:80/);
    assert.match(run('r', 'ip', 'route', 'show', 'table', '100'), /nexthop via 10\.0\.2\.2 dev eth1 weight 2/);
    assert.match(
      run('r', 'ip', '-d', 'link', 'show', 'vx0'),
      /vxlan id 7 local 10\.0\.1\.1 dev eth0 .*dstport 8472 nolearning/,
    );
  });
});
