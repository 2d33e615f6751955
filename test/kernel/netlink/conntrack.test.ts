import assert from 'node:assert/strict';

import { NetlinkError } from '../../../src/errors.ts';
import { AF, IPS } from '../../../src/netlink/constants.ts';
import { getconntrack } from '../../../src/netlink/spec/conntrack.ts';
import { probe, requireRoot } from '../../support/index.ts';
import { type Namespace, openNamespace } from './namespace.ts';
import { partialDeepEqual } from './partial.ts';

const DNAT = '-s 10.0.0.2 -d 10.0.0.1 -p tcp --sport 4000 --dport 8080 --dst-nat 10.0.1.2:80 --state ESTABLISHED';
const PING = '-s 10.0.0.2 -d 10.0.0.1 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77';
const SIX = '-s fd00::2 -d fd00::1 -p udp --sport 53 --dport 5353';

describe('netlink: conntrack', () => {
  let a: Namespace;
  before(function () {
    requireRoot(this);
    probe(this, 'conntrack');
    a = openNamespace();
    for (const words of [DNAT, PING, SIX]) a.tool('conntrack', '-I', '-t', '600', ...words.split(' '));
  });
  after(() => a?.close());

  it('reads the connections that conntrack lists, by family', () => {
    const four = a.netfilter.dump(getconntrack, { header: { family: AF.INET } });
    const listed = a.tool('conntrack', '-L', '-f', 'ipv4', '-o', 'id');
    assert.equal(four.length, 2);
    for (const { attrs } of four) {
      const { tuple_orig: original, tuple_reply: reply, id } = attrs;
      const line = listed.split('\n').find((each) => each.includes(`id=${id}`))!;
      const said = (key: string): string[] => [...line.matchAll(RegExp(` ${key}=(\\S+)`, 'g'))].map(([, one]) => one!);
      assert.deepEqual(said('src'), [original?.ip?.v4_src, reply?.ip?.v4_src]);
      assert.deepEqual(said('dst'), [original?.ip?.v4_dst, reply?.ip?.v4_dst]);
      if (original?.proto?.num !== 6) continue;
      assert.deepEqual(said('sport').map(Number), [original.proto.src_port, reply?.proto?.src_port]);
      assert.deepEqual(said('dport').map(Number), [original.proto.dst_port, reply?.proto?.dst_port]);
      assert.deepEqual([reply?.ip?.v4_src, reply?.proto?.src_port], ['10.0.1.2', 80]);
      assert.ok(((attrs.status ?? 0) & IPS.DST_NAT) !== 0);
    }
    partialDeepEqual(a.netfilter.dump(getconntrack, { header: { family: AF.INET6 } }), [
      {
        attrs: {
          tuple_orig: {
            ip: { v6_src: 'fd00::2', v6_dst: 'fd00::1' },
            proto: { num: 17, src_port: 53, dst_port: 5353 },
          },
        },
      },
    ]);
  });

  it('finds one by the tuple of either direction', () => {
    const header = { family: AF.INET };
    const there = { ip: { v4_src: '10.0.0.2', v4_dst: '10.0.0.1' }, proto: { num: 6, src_port: 4000, dst_port: 8080 } };
    const back = { ip: { v4_src: '10.0.1.2', v4_dst: '10.0.0.2' }, proto: { num: 6, src_port: 80, dst_port: 4000 } };
    for (const tuple of [there, back])
      partialDeepEqual(a.netfilter.request(getconntrack, { header, attrs: { tuple_orig: tuple } }), [
        { attrs: { tuple_orig: there, tuple_reply: back } },
      ]);
    const ping = { ip: there.ip, proto: { num: 1, icmp_id: 77, icmp_type: 8, icmp_code: 0 } };
    partialDeepEqual(a.netfilter.request(getconntrack, { header, attrs: { tuple_orig: ping } }), [
      { attrs: { tuple_reply: { proto: { icmp_id: 77, icmp_type: 0 } } } },
    ]);
  });

  it('says ENOENT of what there is not', () => {
    const tuple = { ip: { v4_src: '10.9.9.9', v4_dst: '10.0.0.1' }, proto: { num: 6, src_port: 1, dst_port: 2 } };
    assert.throws(
      () => a.netfilter.request(getconntrack, { header: { family: AF.INET }, attrs: { tuple_orig: tuple } }),
      (error: unknown) => error instanceof NetlinkError && error.errno === 'ENOENT',
    );
  });
});
