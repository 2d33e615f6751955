import assert from 'node:assert/strict';

import { AF, FR_ACT, IFA_F, NLM_F, NTF, NUD } from '../../../src/netlink/constants.ts';
import { getaddr, newaddr } from '../../../src/netlink/spec/rt-addr.ts';
import { newlink } from '../../../src/netlink/spec/rt-link.ts';
import { delneigh, getneigh, newneigh } from '../../../src/netlink/spec/rt-neigh.ts';
import { getnsid, newnsid } from '../../../src/netlink/spec/rt-netns.ts';
import { delrule, getrule, newrule } from '../../../src/netlink/spec/rt-rule.ts';
import { probe, requireRoot } from '../../support/index.ts';
import { openNamespace, type Namespace } from './namespace.ts';
import { CREATE, openPair, PROTO } from './pair.ts';
import { partialDeepEqual } from './partial.ts';

describe('netlink: addresses, rules, neighbours', () => {
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
