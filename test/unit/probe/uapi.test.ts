import assert from 'node:assert/strict';

import * as constants from '../../../src/probe/constants.ts';
import { encodeSockaddr } from '../../../src/probe/endpoint.ts';
import { BLOCK, FRAME, FRAME_ADDRESS } from '../../../src/probe/packet-ring.ts';
import { SOCKADDR_LL } from '../../../src/probe/packet-socket.ts';
import { type CFact, refuted } from '../../support/c-facts.ts';
import { has, skip } from '../../support/probe.ts';

const HEADERS = [
  'sys/socket.h',
  'netinet/in.h',
  'linux/icmp.h',
  'linux/icmpv6.h',
  'linux/errqueue.h',
  'linux/if_packet.h',
  'linux/if_ether.h',
  'linux/if_arp.h',
  'linux/filter.h',
];

/** Groups whose members C calls otherwise. */
const PREFIXES: Readonly<Record<string, string>> = {
  ICMP_CODE: 'ICMP_',
  ICMPV6_CODE: 'ICMPV6_',
  ND_NEIGHBOR: 'ND_NEIGHBOR_',
  PACKET_TYPE: 'PACKET_',
};
function* facts(): Generator<CFact> {
  for (const [group, members] of Object.entries(constants)) {
    if (typeof members === 'number') yield [group, members];
    else
      for (const [name, value] of Object.entries(members)) {
        yield [`${PREFIXES[group] ?? `${group}_`}${name}`, value];
      }
  }
  yield ['sizeof(struct sockaddr_in)', encodeSockaddr(new Uint8Array(4), 0).length];
  yield ['sizeof(struct sockaddr_in6)', encodeSockaddr(new Uint8Array(16), 0).length];
  yield ['__builtin_offsetof(struct sock_extended_err, ee_origin)', 4];
  yield ['__builtin_offsetof(struct sock_extended_err, ee_info)', 8];
  yield ['sizeof(struct sock_extended_err)', 16];
  yield ['__builtin_offsetof(struct sockaddr_in6, sin6_scope_id)', 24];
  yield ['sizeof(struct sockaddr_ll)', SOCKADDR_LL];
  yield ['__builtin_offsetof(struct sockaddr_ll, sll_pkttype)', SOCKADDR_LL - 10];
  yield ['sizeof(struct tpacket_req3)', 28];
  for (const [name, at] of Object.entries(BLOCK))
    yield [`__builtin_offsetof(struct tpacket_block_desc, hdr.bh1.${name})`, at];
  for (const [name, at] of Object.entries(FRAME)) yield [`__builtin_offsetof(struct tpacket3_hdr, ${name})`, at];
  yield ['TPACKET_ALIGN(sizeof(struct tpacket3_hdr))', FRAME_ADDRESS];
}

describe('the numbers of probes and the headers of the kernel', () => {
  before(function () {
    if (!has('cc')) skip(this, 'this machine has no cc');
  });

  it('agree', () => {
    const all = [...facts()];
    assert.ok(all.length > 70, `only ${all.length} facts`);
    const isDiscovery = ([name]: CFact): boolean => name.startsWith('ND_');
    assert.equal(
      refuted(
        HEADERS,
        all.filter((fact) => !isDiscovery(fact)),
      ),
      '',
    );
    // The C library's header, which does not go with the kernel's.
    assert.equal(refuted(['netinet/icmp6.h'], all.filter(isDiscovery)), '');
  });

  it('are found out when they do not', () => {
    assert.match(refuted(HEADERS, [['IP_RECVERR', 12]]), /IP_RECVERR is not 12/);
  });
});
