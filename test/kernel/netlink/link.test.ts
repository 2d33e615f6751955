import assert from 'node:assert/strict';

import type { RequestOf } from '../../../src/netlink/codec.ts';
import { BR_STATE, IFF, IN6_ADDR_GEN_MODE, NLM_F, RTEXT_FILTER } from '../../../src/netlink/constants.ts';
import { dellink, getlink, newlink, newlinkprop, setlink } from '../../../src/netlink/spec/rt-link.ts';
import { requireRoot, probe } from '../../support/index.ts';
import { openNamespace, type Namespace } from './namespace.ts';
import { partialDeepEqual } from './partial.ts';

const CREATE = NLM_F.CREATE | NLM_F.EXCL;

describe('netlink: devices', () => {
  let a: Namespace;
  let b: Namespace;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge');
  });
  beforeEach(() => {
    a = openNamespace();
    b = openNamespace();
  });
  afterEach(() => {
    a.close();
    b.close();
  });

  it('makes a veth with both ends in place by one message, from a third namespace', () => {
    const third = openNamespace();
    const common = { mtu: 1400, num_tx_queues: 1, num_rx_queues: 1, group: 110 };
    third.route.request(
      newlink,
      {
        header: { index: 101 },
        attrs: {
          ...common,
          ifname: 'eth0',
          address: '02:00:00:00:00:01',
          net_ns_fd: a.fd,
          linkinfo: {
            kind: 'veth',
            data: {
              peer: {
                header: { index: 102 },
                attrs: { ...common, ifname: 'eth0', address: '02:00:00:00:00:02', net_ns_fd: b.fd },
              },
            },
          },
        },
      },
      CREATE,
    );
    assert.equal(third.json('ip', 'link').length, 1, 'nothing but lo');
    third.close();
    for (const [namespace, index, address] of [
      [a, 101, '02:00:00:00:00:01'],
      [b, 102, '02:00:00:00:00:02'],
    ] as const) {
      partialDeepEqual(namespace.json('ip', '-d', 'link', 'show', 'eth0'), [
        {
          ifindex: index,
          ifname: 'eth0',
          address,
          mtu: 1400,
          group: '110',
          num_tx_queues: 1,
          num_rx_queues: 1,
          linkinfo: { info_kind: 'veth' },
        },
      ]);
      const replies = namespace.route.dump(getlink, { attrs: { ext_mask: RTEXT_FILTER.SKIP_STATS } });
      partialDeepEqual(
        replies.filter(({ header }) => header.index === index),
        [{ attrs: { ifname: 'eth0', address, mtu: 1400, group: 110, link: 203 - index, linkinfo: { kind: 'veth' } } }],
      );
    }
  });

  it('makes a bridge and its port', () => {
    a.route.request(
      newlink,
      {
        header: { index: 10 },
        attrs: {
          ifname: 'br0',
          linkinfo: { kind: 'bridge', data: { stp_state: 0, forward_delay: 0, mcast_snooping: 0, ageing_time: 1234 } },
        },
      },
      CREATE,
    );
    const peer = { header: { index: 21 }, attrs: { ifname: 'eth0', net_ns_fd: b.fd } };
    a.route.request(
      newlink,
      { header: { index: 20 }, attrs: { ifname: 'p1', master: 10, linkinfo: { kind: 'veth', data: { peer } } } },
      CREATE,
    );
    const slave_data = { mode: 1, cost: 7, learning: 0, unicast_flood: 1, state: BR_STATE.DISABLED };
    a.route.request(newlink, {
      header: { index: 20 },
      attrs: { linkinfo: { kind: 'veth', slave_kind: 'bridge', slave_data: { mode: 1, cost: 7, learning: 0 } } },
    });
    partialDeepEqual(a.json('ip', '-d', 'link', 'show', 'br0'), [
      {
        linkinfo: {
          info_kind: 'bridge',
          info_data: { stp_state: 0, forward_delay: 0, mcast_snooping: 0, ageing_time: 1234 },
        },
      },
    ]);
    partialDeepEqual(a.json('bridge', '-d', 'link'), [
      { ifname: 'p1', master: 'br0', cost: 7, hairpin: true, learning: false },
    ]);
    const [port] = a.route.request(getlink, { header: { index: 20 } });
    partialDeepEqual(port, { attrs: { master: 10, linkinfo: { kind: 'veth', slave_kind: 'bridge', slave_data } } });
  });

  it('makes vxlans of both families', function () {
    probe(this, 'vxlan');
    const add = (ifname: string, data: object): void =>
      void a.route.request(newlink, { attrs: { ifname, linkinfo: { kind: 'vxlan', data } } }, CREATE);
    add('vx4', { id: 10, local: '10.9.0.1', group: '10.9.0.2', port: 4789, learning: 0 });
    add('vx6', { id: 11, local6: 'fd00::1', group6: 'fd00::2', port: 4790, ttl: 9 });
    partialDeepEqual(
      a
        .json('ip', '-d', 'link', 'show', 'type', 'vxlan')
        .toSorted((x, y) => (String(x['ifname']) < String(y['ifname']) ? -1 : 1)),
      [
        {
          ifname: 'vx4',
          linkinfo: { info_data: { id: 10, local: '10.9.0.1', remote: '10.9.0.2', port: 4789, learning: false } },
        },
        {
          ifname: 'vx6',
          linkinfo: {
            info_data: { id: 11, local6: 'fd00::1', remote6: 'fd00::2', port: 4790, learning: true, ttl: 9 },
          },
        },
      ],
    );
    const found = a.route.dump(getlink, { attrs: { linkinfo: { kind: 'vxlan' } } });
    // The kernel filters by kind.
    assert.deepEqual(new Set(found.map(({ attrs }) => attrs.ifname)), new Set(['vx4', 'vx6']));
  });

  it('sets a device up, names it, and removes it', () => {
    a.route.request(newlink, { header: { index: 5 }, attrs: { ifname: 'br0', linkinfo: { kind: 'bridge' } } }, CREATE);
    a.route.request(setlink, {
      header: { index: 5, flags: IFF.UP, change: IFF.UP },
      attrs: { ifalias: 'lab:r1', af_spec: { inet6: { addr_gen_mode: IN6_ADDR_GEN_MODE.NONE } } },
    });
    const altname = 'a-name-of-more-than-15-characters';
    a.route.request(newlinkprop, { header: { index: 5 }, attrs: { prop_list: [altname] } }, CREATE | NLM_F.APPEND);
    partialDeepEqual(a.json('ip', '-d', 'link', 'show', 'br0'), [
      { ifalias: 'lab:r1', altnames: [altname], inet6_addr_gen_mode: 'none' },
    ]);
    const [reply] = a.route.request(getlink, { attrs: { alt_ifname: altname } });
    partialDeepEqual(reply, {
      attrs: { ifname: 'br0', prop_list: [altname], af_spec: { inet6: { addr_gen_mode: 1 } } },
    });
    a.route.request(dellink, { header: { index: 5 } });
    assert.throws(() => a.route.request(getlink, { header: { index: 5 } }), { errno: 'ENODEV' });
  });

  it('names the attribute that the kernel refuses', () => {
    const peer = { attrs: { ifname: 'much-too-long-for-it' } };
    const wrong = (attrs: RequestOf<typeof newlink>['attrs']): unknown => {
      try {
        return a.route.request(newlink, { attrs }, CREATE);
      } catch (error) {
        return error;
      }
    };
    partialDeepEqual(wrong({ ifname: 'much-too-long-for-it', linkinfo: { kind: 'veth' } }), {
      errno: 'ERANGE',
      attribute: 'IFLA_IFNAME',
    });
    partialDeepEqual(wrong({ ifname: 'v', linkinfo: { kind: 'veth', data: { peer } } }), {
      attribute: 'IFLA_LINKINFO.IFLA_INFO_DATA.VETH_INFO_PEER.IFLA_IFNAME',
    });
    partialDeepEqual(wrong({ ifname: 'lo', linkinfo: { kind: 'bridge' } }), { errno: 'EEXIST' });
  });
});
