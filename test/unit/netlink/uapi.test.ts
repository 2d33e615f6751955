/**
 * Asks the C compiler whether our numbers are those of the kernel's headers: every attribute, message type, struct size,
 * member offset and constant, as one _Static_assert each, made from the tables themselves.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { ackAttrs } from '../../../src/netlink/ack.ts';
import { attrs, be32, type Codec, type Fact, s32, struct, u16, u32 } from '../../../src/netlink/codec.ts';
import * as constants from '../../../src/netlink/constants.ts';
import { refuted } from '../../support/c-facts.ts';
import { FAMILIES, messagesOf } from './fixtures.ts';

const HEADERS = [
  'sys/socket.h',
  'linux/if.h',
  'linux/if_arp.h',
  'linux/if_bridge.h',
  'linux/rtnetlink.h',
  'linux/if_link.h',
  'linux/if_addr.h',
  'linux/if_tunnel.h',
  'linux/if_bonding.h',
  'linux/neighbour.h',
  'linux/fib_rules.h',
  'linux/netconf.h',
  'linux/net_namespace.h',
  'linux/veth.h',
  'limits.h',
  'linux/netfilter.h',
  'linux/netfilter_ipv4.h',
  'linux/netfilter/nfnetlink.h',
  'linux/netfilter/nf_tables.h',
  'linux/netfilter/nf_nat.h',
  'linux/netfilter/nf_conntrack_common.h',
  'linux/netfilter/nfnetlink_conntrack.h',
];

/** Names younger than the headers of Debian 12 (Linux 6.1): where they are missing, they are printed and left out. */
const YOUNG = ['NFT_MSG_DESTROYTABLE'];

/** Groups whose members C calls otherwise. */
const C_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  ['SADDR', 'DADDR', 'MARK', 'IIF', 'OIF', 'PRESENT'].map((name) => [`NFT_FIB_F_${name}`, `NFTA_FIB_F_${name}`]),
);

function* factsOfTables(): Generator<Fact> {
  const seen = new Set<unknown>();
  function* walk(codec: Pick<Codec<unknown>, 'facts' | 'parts'>): Generator<Fact> {
    if (seen.has(codec)) return;
    seen.add(codec);
    yield* codec.facts?.() ?? [];
    for (const part of codec.parts?.() ?? []) yield* walk(part);
  }
  for (const message of Object.keys(FAMILIES).flatMap(messagesOf)) yield* walk(message);
  yield* walk(ackAttrs);
  yield* walk(struct('nlmsghdr', 'nlmsg_', { len: u32, type: u16, flags: u16, seq: u32, pid: u32 }));
  yield* walk(struct('nlattr', 'nla_', { len: u16, type: u16 }));
  yield ['__builtin_offsetof(struct nlmsgerr, msg)', s32.size];
  yield ['NLA_F_NESTED', 0x8000];
}

function* factsOfConstants(): Generator<Fact> {
  for (const [group, members] of Object.entries(constants)) {
    for (const [name, value] of Object.entries(members)) {
      const c = `${group}_${name}`;
      yield [C_NAMES[c] ?? c, value];
    }
  }
}

const compile = (facts: Iterable<Fact>): string => refuted(HEADERS, facts);

describe('netlink tables and the headers of the kernel', function () {
  before(function () {
    if (spawnSync('cc', ['--version']).status !== 0) {
      console.log('      skipped: no C compiler');
      this.skip();
    }
  });

  it('agree', () => {
    const facts = [...factsOfTables(), ...factsOfConstants()];
    assert.ok(facts.length > 600, `only ${facts.length} facts: does the walk reach all tables?`);
    let errors = compile(facts);
    const missing = YOUNG.filter(
      (name) => errors.includes(`‘${name}’ undeclared`) || errors.includes(`'${name}' undeclared`),
    );
    if (missing.length > 0) {
      console.log(`      not in the headers of this machine, so not checked: ${missing.join(', ')}`);
      errors = compile(facts.filter(([expression]) => !missing.some((name) => expression.includes(name))));
    }
    assert.equal(errors, '');
  });

  it('are found out when they do not', () => {
    const wrong = attrs('IFLA_', { mtu: [5, be32], mtuu: [4, be32] });
    const errors = compile([...wrong.facts!(), ...struct('rtmsg', 'rtm_', { family: u16 }).facts!()]);
    assert.match(errors, /IFLA_MTU is not 5/);
    assert.match(errors, /IFLA_MTUU.*undeclared/);
    assert.match(errors, /sizeof\(struct rtmsg\) is not 2/);
    assert.match(errors, /rtm_family\) is not 2/);
  });
});
