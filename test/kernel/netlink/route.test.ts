import assert from 'node:assert/strict';

import { AF, RT_SCOPE, RT_TABLE, RTN, RTNH_F } from '../../../src/netlink/constants.ts';
import type { RequestOf } from '../../../src/netlink/codec.ts';
import { NetlinkSocket } from '../../../src/netlink/socket.ts';
import { getaddr, newaddr } from '../../../src/netlink/spec/rt-addr.ts';
import { delroute, getroute, newroute } from '../../../src/netlink/spec/rt-route.ts';
import { probe, requireRoot } from '../../support/index.ts';
import { type Namespace } from './namespace.ts';
import { CREATE, openPair, PROTO } from './pair.ts';
import { partialDeepEqual } from './partial.ts';

describe('netlink: routes, batches and dumps', () => {
  let a: Namespace;
  let b: Namespace;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ipv6');
  });
  beforeEach(() => {
    ({ a, b } = openPair());
  });
  afterEach(() => {
    a.close();
    b.close();
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

  it('begins a dump anew when the table changes under it', () => {
    const add = (socket: NetlinkSocket, from: number, to: number): void => {
      const batch = socket.batch<number>();
      const header = { family: AF.INET, prefixlen: 32, index: 2 };
      for (let i = from; i < to; i++) {
        batch.add(newaddr, { header, attrs: { local: `10.1.${i >> 8}.${i & 255}` } }, CREATE, i);
      }
      assert.deepEqual(batch.send(), []);
    };
    add(a.route, 0, 1500);
    // A buffer of its own: the other socket is used in the middle of this one's dump.
    using socket = NetlinkSocket.open('route', { netns: a.fd, receiveSize: 32768 });
    let seen = 0;
    const replies = socket.dump(getaddr, { header: { family: AF.INET } }, () => {
      if (seen++ === 0) add(a.route, 1500, 1501);
      return true;
    });
    assert.equal(replies.length, 1502, 'eth0 had one, and the one that came meanwhile is there');
    assert.ok(seen > 1502, 'it was read more than once');
  });
});

function openSmall({ fd }: Namespace): NetlinkSocket {
  return NetlinkSocket.open('route', { netns: fd, receiveSize: 64 });
}
