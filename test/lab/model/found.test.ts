/** Edits that random drawing has found to come to something else than a fresh lab, each as small as it got: they do no longer. */
import type { NodeDocument, TopologyDocument } from '../../../src/topology/document.ts';
import { type Feature, probe, requireRoot, uniqueLabName } from '../../support/index.ts';
import { run } from './sequence.ts';

type Topology = Omit<TopologyDocument, 'name'>;

/** Two nodes with a link, `a:eth0 ─── eth0:b`. */
const pair = (a: NodeDocument, b: NodeDocument = {}): Topology => ({
  nodes: { a, b },
  links: [['a:eth0', 'b:eth0']],
});
const eth0 = (...addresses: string[]): NodeDocument => ({ interfaces: { eth0: { addresses } } });

interface Case {
  readonly needs?: readonly Feature[];
  /** From each to the next, and back. */
  readonly files: readonly [Topology, Topology, ...Topology[]];
}

const CASES: Readonly<Record<string, Case>> = {
  'an address more, before the others': {
    files: [pair(eth0('10.0.0.1/24')), pair(eth0('10.1.0.1/24', '10.0.0.1/24', '10.0.0.2/24'))],
  },
  'addresses in another order': {
    files: [
      pair(eth0('10.0.0.1/24', '10.0.0.2/24', '10.1.0.1/24', 'fd00::1/64', 'fd01::1/64')),
      pair(eth0('fd01::1/64', 'fd00::1/64', '10.1.0.1/24', '10.0.0.2/24', '10.0.0.1/24')),
    ],
  },
  'the first address of a network, gone, with routes from the second': {
    files: [
      pair({
        ...eth0('10.0.0.1/24', '10.0.0.2/24'),
        routes: [{ to: '10.9.0.0/16', via: '10.0.0.3', src: '10.0.0.2' }],
      }),
      pair({ ...eth0('10.0.0.2/24'), routes: [{ to: '10.9.0.0/16', via: '10.0.0.3', src: '10.0.0.2' }] }),
    ],
  },
  'a device that is not up any more': {
    needs: ['ifb'],
    files: [
      { nodes: { a: { interfaces: { if0: { type: 'ifb' } } } } },
      { nodes: { a: { interfaces: { if0: { type: 'ifb', up: false } } } } },
    ],
  },
  'a rule more, before another one of its priority': {
    files: [
      pair({ ...eth0('10.0.0.1/24'), rules: [{ table: 100, priority: 2002 }] }),
      pair({
        ...eth0('10.0.0.1/24'),
        rules: [
          { iif: 'eth0', fwmark: 2, table: 200, priority: 2002 },
          { table: 100, priority: 2002 },
        ],
      }),
      pair({
        ...eth0('10.0.0.1/24'),
        rules: [
          { table: 100, priority: 2002 },
          { iif: 'eth0', table: 100, priority: 2002 },
        ],
      }),
      pair({ ...eth0('10.0.0.1/24'), rules: [{ iif: 'eth0', table: 100, priority: 2002 }] }),
    ],
  },
  'a file of the machine, no longer covered': {
    files: [pair({ files: { '/etc/passwd': '' } }), pair({})],
  },
  'a file of a node whose namespaces change': {
    files: [pair({ files: { '/etc/passwd': '' } }), pair({ files: { '/etc/passwd': '' }, isolation: ['net', 'mnt'] })],
  },
  'a setting of `default`, which devices take over': {
    files: [
      pair(eth0('10.0.0.1/24')),
      pair({ ...eth0('10.0.0.1/24'), sysctls: { 'net.ipv4.conf.default.rp_filter': 1 } }),
      pair({ ...eth0('10.0.0.1/24'), sysctls: { 'net.ipv6.conf.default.accept_ra': 1 } }),
    ],
  },
  'a setting of a device, gone, where `default` says something': {
    files: [
      pair({ forwarding: true, sysctls: { 'net.ipv4.conf.eth0.forwarding': 0 } }),
      pair({ forwarding: true, sysctls: { 'net.ipv4.neigh.eth0.gc_stale_time': 30 } }),
      pair({ forwarding: true }),
    ],
  },
  'a setting of a device, gone together with the one of all devices': {
    files: [
      pair({ forwarding: true, sysctls: { 'net.ipv4.conf.eth0.forwarding': 0, 'net.ipv6.conf.eth0.forwarding': 0 } }),
      pair({}),
    ],
  },
  'a vxlan that moves to a wider interface': {
    needs: ['vxlan'],
    files: [
      {
        nodes: { a: { interfaces: { vx0: { type: 'vxlan', id: 7, link: 'eth0' } } }, b: {} },
        links: [['a:eth0', 'b:eth0'], { endpoints: ['a:eth1', 'b:eth1'], mtu: 2000 }],
      },
      {
        nodes: { a: { interfaces: { vx0: { type: 'vxlan', id: 7, link: 'eth1' } } }, b: {} },
        links: [['a:eth0', 'b:eth0'], { endpoints: ['a:eth1', 'b:eth1'], mtu: 2000 }],
      },
    ],
  },
  'a vxlan that leaves an interface which goes': {
    needs: ['vxlan'],
    files: [
      {
        ...pair({ interfaces: { vx0: { type: 'vxlan', id: 7, link: 'eth0' } } }),
        bridges: { lan: { ports: ['a:lan0'] } },
      },
      {
        nodes: { a: { interfaces: { vx0: { type: 'vxlan', id: 7, link: 'lan0' } } }, b: {} },
        bridges: { lan: { ports: ['a:lan0'] } },
      },
    ],
  },
  'a macvlan on what was the port of a bridge': {
    needs: ['macvlan'],
    files: [
      pair({ interfaces: { br0: { type: 'bridge', ports: ['eth0'] } } }),
      pair({ interfaces: { br0: { type: 'bridge', ports: [] }, mv0: { type: 'macvlan', link: 'eth0' } } }),
    ],
  },
};

describe('edits that random drawing has found', function () {
  this.timeout(60_000);
  for (const [name, { needs = [], files }] of Object.entries(CASES)) {
    it(name, async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'ipv6', 'pid namespaces', ...needs);
      const lab = uniqueLabName('f');
      await run(files.map((file) => ({ ...file, name: lab })));
    });
  }
});
