import { strict as assert } from 'node:assert';

import {
  AF,
  FR_ACT,
  IFA_F,
  IFF,
  NLM_F,
  NTF,
  NUD,
  RT_SCOPE,
  RT_TABLE,
  RTN,
  RTNH_F,
} from '../../../src/netlink/constants.ts';
import type { RequestOf } from '../../../src/netlink/codec.ts';
import { NetlinkSocket } from '../../../src/netlink/socket.ts';
import { getaddr, newaddr } from '../../../src/netlink/spec/rt-addr.ts';
import { newlink } from '../../../src/netlink/spec/rt-link.ts';
import { delneigh, getneigh, newneigh } from '../../../src/netlink/spec/rt-neigh.ts';
import { getnsid, newnsid } from '../../../src/netlink/spec/rt-netns.ts';
import { delroute, getroute, newroute } from '../../../src/netlink/spec/rt-route.ts';
import { delrule, getrule, newrule } from '../../../src/netlink/spec/rt-rule.ts';
import { probe, requireRoot } from '../../support/index.ts';
import { openNamespace, type Namespace } from './namespace.ts';
import { partialDeepEqual } from './partial.ts';

const CREATE = NLM_F.CREATE | NLM_F.EXCL;
const PROTO = 110;

describe('netlink: addresses, routes, rules, neighbours', () => {
  let a: Namespace;
  let b: Namespace;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ipv6');
  });
  // eth0 (index 2) of a to eth0 of b, both up, 10.0.0.1/24 and 2001:db8::1/64 on a's.
  beforeEach(() => {
    a = openNamespace();
    b = openNamespace();
    const peer = { attrs: { ifname: 'eth0', net_ns_fd: b.fd } };
    a.route.request(
      newlink,
      { header: { index: 2 }, attrs: { ifname: 'eth0', linkinfo: { kind: 'veth', data: { peer } } } },
      CREATE,
    );
    for (const { route } of [a, b]) {
      route.request(newlink, { header: { flags: IFF.UP, change: IFF.UP }, attrs: { ifname: 'eth0' } });
    }
    a.route.request(
      newaddr,
      {
        header: { family: AF.INET, prefixlen: 24, index: 2 },
        attrs: { local: '10.0.0.1', address: '10.0.0.1', proto: PROTO },
      },
      CREATE,
    );
    a.route.request(
      newaddr,
      {
        header: { family: AF.INET6, prefixlen: 64, index: 2 },
        attrs: { local: '2001:db8::1', flags: IFA_F.NODAD, proto: PROTO },
      },
      CREATE,
    );
  });
  afterEach(() => {
    a.close();
    b.close();
  });

  it('adds addresses', () => {
    const [{ addr_info }] = a.json('ip', '-d', 'addr', 'show', 'dev', 'eth0') as [{ addr_info: unknown }];
    partialDeepEqual(
      (addr_info as { local: string }[]).find(({ local }) => local === '10.0.0.1'),
      { prefixlen: 24, scope: 'global' },
    );
    const ours = a.route.dump(getaddr, {}).filter(({ attrs }) => attrs.proto === PROTO);
    partialDeepEqual(ours, [
      { header: { family: AF.INET, prefixlen: 24, index: 2 }, attrs: { local: '10.0.0.1', address: '10.0.0.1' } },
      {
        header: { family: AF.INET6, prefixlen: 64, index: 2 },
        attrs: { address: '2001:db8::1', flags: IFA_F.NODAD | IFA_F.PERMANENT },
      },
    ]);
  });

  it('says why an address is refused', () => {
    const header = { family: AF.INET, prefixlen: 24, index: 2 };
    assert.throws(
      () => a.route.request(newaddr, { header, attrs: { local: '10.0.0.1', address: '10.0.0.1' } }, CREATE),
      {
        errno: 'EEXIST',
        detail: 'ipv4: Address already assigned',
      },
    );
    assert.throws(() => a.route.request(newaddr, { header, attrs: {} }, CREATE), { errno: 'EINVAL' });
    assert.throws(
      () => a.route.request(newaddr, { header: { ...header, prefixlen: 33 }, attrs: { local: '1.2.3.4' } }),
      {
        detail: 'ipv4: Invalid prefix length',
      },
    );
  });

  it('adds routes of every kind', () => {
    const plain = { family: AF.INET, dst_len: 24, table: RT_TABLE.MAIN, protocol: PROTO, type: RTN.UNICAST };
    const batch = a.route.batch<string>();
    const add = (header: object, attrs: RequestOf<typeof newroute>['attrs']): void =>
      batch.add(newroute, { header: { ...plain, ...header }, attrs }, CREATE, JSON.stringify(attrs));
    add({}, { dst: '10.2.0.0', gateway: '10.0.0.2', oif: 2, priority: 50, metrics: { mtu: 1300 } });
    add(
      {},
      {
        dst: '10.4.0.0',
        multipath: [
          { header: { ifindex: 2 }, attrs: { gateway: '10.0.0.2' } },
          { header: { ifindex: 2, hops: 4 }, attrs: { gateway: '10.0.0.3' } },
        ],
      },
    );
    add({ flags: RTNH_F.ONLINK }, { dst: '10.5.0.0', gateway: '192.0.2.1', oif: 2 });
    add({ type: RTN.BLACKHOLE, dst_len: 16 }, { dst: '10.6.0.0' });
    add({ table: RT_TABLE.UNSPEC }, { dst: '10.7.0.0', gateway: '10.0.0.2', table: 1000, prefsrc: '10.0.0.1' });
    add({}, { dst: '10.8.0.0', via: '2001:db8::2', oif: 2 });
    add({ family: AF.INET6, dst_len: 48 }, { dst: '2001:db8:2::', gateway: '2001:db8::2' });
    add(
      { family: AF.INET6, dst_len: 0 },
      {
        multipath: [
          { header: { ifindex: 2 }, attrs: { gateway: '2001:db8::2' } },
          { header: { ifindex: 2, hops: 1 }, attrs: { gateway: '2001:db8::3' } },
        ],
      },
    );
    add({ dst_len: 32, scope: RT_SCOPE.LINK }, { dst: '10.99.0.1', oif: 2 });
    assert.deepEqual(batch.send(), []);

    const byDst = (x: { dst?: unknown }, y: { dst?: unknown }): number => (String(x.dst) < String(y.dst) ? -1 : 1);
    partialDeepEqual(a.json('ip', '-4', '-d', 'route', 'show', 'table', 'all', 'proto', '110').toSorted(byDst), [
      { dst: '10.2.0.0/24', gateway: '10.0.0.2', dev: 'eth0', metric: 50, metrics: [{ mtu: 1300 }] },
      {
        dst: '10.4.0.0/24',
        nexthops: [
          { gateway: '10.0.0.2', weight: 1 },
          { gateway: '10.0.0.3', weight: 5 },
        ],
      },
      { dst: '10.5.0.0/24', gateway: '192.0.2.1', flags: ['onlink'] },
      { dst: '10.6.0.0/16', type: 'blackhole' },
      { dst: '10.7.0.0/24', table: '1000', prefsrc: '10.0.0.1' },
      { dst: '10.8.0.0/24', via: { family: 'inet6', host: '2001:db8::2' } },
      { dst: '10.99.0.1', scope: 'link' },
    ]);
    partialDeepEqual(a.json('ip', '-6', 'route', 'show', 'proto', '110').toSorted(byDst), [
      { dst: '2001:db8:2::/48', gateway: '2001:db8::2' },
      {
        dst: 'default',
        nexthops: [
          { gateway: '2001:db8::2', weight: 1 },
          { gateway: '2001:db8::3', weight: 2 },
        ],
      },
    ]);
    const ours = a.route.dump(getroute, {}, ({ protocol }) => protocol === PROTO);
    assert.equal(ours.length, 9);
    const of = (dst: string | undefined): unknown => ours.find(({ attrs }) => attrs.dst === dst);
    partialDeepEqual(of('10.2.0.0'), {
      attrs: { gateway: '10.0.0.2', oif: 2, priority: 50, metrics: { mtu: 1300 }, table: 254 },
    });
    partialDeepEqual(of('10.4.0.0'), {
      attrs: {
        multipath: [
          { header: { ifindex: 2, hops: 0 }, attrs: { gateway: '10.0.0.2' } },
          { header: { ifindex: 2, hops: 4 }, attrs: { gateway: '10.0.0.3' } },
        ],
      },
    });
    partialDeepEqual(of('10.5.0.0'), { header: { flags: RTNH_F.ONLINK } });
    partialDeepEqual(of('10.7.0.0'), { header: { table: RT_TABLE.COMPAT }, attrs: { table: 1000 } });
    partialDeepEqual(of('10.8.0.0'), { attrs: { via: '2001:db8::2' } });
    // STRICT_CHK lets the kernel filter: by table, and by protocol in the header.
    const table = a.route.dump(getroute, { header: { family: AF.INET }, attrs: { table: 1000 } });
    assert.deepEqual(
      table.map(({ attrs }) => attrs.dst),
      ['10.7.0.0'],
    );
    const protocol = a.route.dump(getroute, { header: { family: AF.INET, protocol: PROTO } });
    assert.equal(protocol.length, 7);
    a.route.request(delroute, { header: plain, attrs: { dst: '10.2.0.0' } });
    assert.throws(() => a.route.request(delroute, { header: plain, attrs: { dst: '10.2.0.0' } }), { errno: 'ESRCH' });
  });

  it('goes on behind a refused message of a batch, and says which it was and why', () => {
    const batch = a.route.batch<string>();
    const header = { family: AF.INET, dst_len: 24, table: RT_TABLE.MAIN, protocol: PROTO, type: RTN.UNICAST };
    batch.add(newroute, { header, attrs: { dst: '10.2.0.0', gateway: '10.0.0.2' } }, CREATE, 'first');
    batch.add(newroute, { header, attrs: { dst: '10.3.0.0', gateway: '172.16.0.1' } }, CREATE, 'unreachable');
    batch.add(newroute, { header, attrs: { dst: '10.2.0.0', gateway: '10.0.0.2' } }, CREATE, 'again');
    batch.add(newroute, { header, attrs: { dst: '10.4.0.0', gateway: '10.0.0.2' } }, CREATE, 'last');
    partialDeepEqual(batch.send(), [
      {
        tag: 'unreachable',
        error: { request: 'RTM_NEWROUTE', errno: 'ENETUNREACH', detail: 'Nexthop has invalid gateway' },
      },
      { tag: 'again', error: { errno: 'EEXIST' } },
    ]);
    const routes = a.json('ip', 'route', 'show', 'proto', '110').map(({ dst }) => dst);
    assert.deepEqual(routes, ['10.2.0.0/24', '10.4.0.0/24']);
  });

  it('sends thousands of messages and reads them back, with a buffer that is too small', () => {
    const batch = a.route.batch<number>();
    const header = { family: AF.INET, dst_len: 32, table: RT_TABLE.MAIN, protocol: PROTO, type: RTN.BLACKHOLE };
    const dst = (i: number): string => `10.77.${i >> 8}.${i & 255}`;
    const COUNT = 12_000;
    for (let i = 0; i < COUNT; i++) batch.add(newroute, { header, attrs: { dst: dst(i) } }, CREATE, i);
    for (let i = 0; i < 6000; i++) batch.add(newroute, { header, attrs: { dst: dst(i) } }, CREATE, COUNT + i);
    const refused = batch.send();
    assert.equal(refused.length, 6000);
    assert.ok(refused.every(({ tag, error }, i) => tag === COUNT + i && error.errno === 'EEXIST'));
    const keep = ({ protocol }: { protocol: number }): boolean => protocol === PROTO;
    assert.equal(a.route.dump(getroute, {}, keep).length, COUNT);
    using small = openSmall(a);
    assert.equal(small.dump(getroute, {}, keep).length, COUNT);
  });

  it('adds rules', () => {
    a.route.request(
      newrule,
      {
        header: { family: AF.INET, src_len: 16, dst_len: 8, action: FR_ACT.TO_TBL },
        attrs: {
          src: '10.1.0.0',
          dst: '11.0.0.0',
          iifname: 'eth0',
          fwmark: 16,
          table: 1000,
          priority: 1000,
          protocol: PROTO,
        },
      },
      CREATE,
    );
    partialDeepEqual(a.json('ip', '-d', 'rule', 'show', 'priority', '1000'), [
      {
        priority: 1000,
        src: '10.1.0.0',
        srclen: 16,
        dst: '11.0.0.0',
        dstlen: 8,
        iif: 'eth0',
        fwmark: '0x10',
        table: '1000',
        protocol: '110',
      },
    ]);
    const ours = a.route.dump(getrule, { header: { family: AF.INET } }).filter(({ attrs }) => attrs.protocol === PROTO);
    partialDeepEqual(ours, [
      { header: { src_len: 16 }, attrs: { src: '10.1.0.0', iifname: 'eth0', table: 1000, priority: 1000 } },
    ]);
    a.route.request(delrule, { header: { family: AF.INET }, attrs: { priority: 1000 } });
    assert.throws(() => a.route.request(delrule, { header: { family: AF.INET }, attrs: { priority: 1000 } }), {
      errno: 'ENOENT',
    });
  });

  it('adds neighbours and forwarding entries', function () {
    probe(this, 'vxlan');
    const lladdr = '02:00:00:00:00:09';
    for (const [family, dst] of [
      [AF.INET, '10.0.0.9'],
      [AF.INET6, '2001:db8::9'],
    ] as const) {
      const value = { header: { family, ifindex: 2, state: NUD.PERMANENT }, attrs: { dst, lladdr, protocol: PROTO } };
      a.route.request(newneigh, value, CREATE);
    }
    partialDeepEqual(a.json('ip', '-d', 'neigh', 'show', 'nud', 'permanent'), [
      { dst: '10.0.0.9', dev: 'eth0', lladdr, state: ['PERMANENT'] },
      { dst: '2001:db8::9', dev: 'eth0', lladdr, state: ['PERMANENT'] },
    ]);
    const found = a.route.dump(getneigh, {}, ({ state }) => state === NUD.PERMANENT);
    assert.deepEqual(
      found.map(({ attrs }) => attrs.protocol),
      [PROTO, PROTO],
    );

    a.route.request(
      newlink,
      { header: { index: 9 }, attrs: { ifname: 'vx', linkinfo: { kind: 'vxlan', data: { id: 1, port: 4789 } } } },
      CREATE,
    );
    const entry = { header: { family: AF.BRIDGE, ifindex: 9, state: NUD.NOARP | NUD.PERMANENT, flags: NTF.SELF } };
    for (const dst of ['10.0.0.2', '10.0.0.3']) {
      a.route.request(newneigh, { ...entry, attrs: { lladdr: '00:00:00:00:00:00', dst } }, NLM_F.CREATE | NLM_F.APPEND);
    }
    partialDeepEqual(a.json('bridge', 'fdb', 'show', 'dev', 'vx'), [
      { mac: '00:00:00:00:00:00', dst: '10.0.0.2', state: 'permanent' },
      { mac: '00:00:00:00:00:00', dst: '10.0.0.3', state: 'permanent' },
    ]);
    const fdb = a.route.dump(getneigh, { header: { family: AF.BRIDGE, ifindex: 9 } });
    assert.deepEqual(
      fdb.map(({ attrs }) => attrs.dst),
      ['10.0.0.2', '10.0.0.3'],
    );
    a.route.request(delneigh, { ...entry, attrs: { lladdr: '00:00:00:00:00:00', dst: '10.0.0.2' } });
    assert.equal(a.route.dump(getneigh, { header: { family: AF.BRIDGE, ifindex: 9 } }).length, 1);
  });

  it('numbers namespaces', () => {
    const other = openNamespace();
    a.route.request(newnsid, { attrs: { nsid: 42, fd: other.fd } });
    partialDeepEqual(a.route.request(getnsid, { attrs: { fd: other.fd } }), [{ attrs: { nsid: 42 } }]);
    assert.throws(() => a.route.request(newnsid, { attrs: { nsid: 43, fd: other.fd } }), {
      errno: 'EEXIST',
      attribute: 'NETNSA_FD',
    });
    other.close();
  });
});

function openSmall({ fd }: Namespace): NetlinkSocket {
  return NetlinkSocket.open('route', { netns: fd, receiveSize: 64 });
}
