import assert from 'node:assert/strict';

import {
  NF,
  NF_INET,
  NF_IP_PRI,
  NF_NAT_RANGE,
  NFPROTO,
  NFT_CMP,
  NFT_META,
  NFT_NAT,
  NFT_PAYLOAD,
  NLM_F,
} from '../../../src/netlink/constants.ts';
import * as nft from '../../../src/netlink/spec/nftables.ts';
import { probe, requireRoot } from '../../support/index.ts';
import { openNamespace, type Namespace } from './namespace.ts';
import { partialDeepEqual } from './partial.ts';

const header = { family: NFPROTO.INET };
const table = 'netlab';
const ifname = (name: string): Uint8Array => Uint8Array.from(Buffer.from(name.padEnd(16, '\0')));
const equals = (value: Uint8Array): nft.Expression => ({
  name: 'cmp',
  data: { sreg: 1, op: NFT_CMP.EQ, data: { value } },
});

/** `oifname "eth0" masquerade` */
const masquerade: nft.Expression[] = [
  { name: 'meta', data: { dreg: 1, key: NFT_META.OIFNAME } },
  equals(ifname('eth0')),
  { name: 'masq', data: {} },
];
/** `iifname "eth0" tcp dport 8080 dnat ip to 10.0.0.5:80` */
const dnat: nft.Expression[] = [
  { name: 'meta', data: { dreg: 1, key: NFT_META.IIFNAME } },
  equals(ifname('eth0')),
  { name: 'meta', data: { dreg: 1, key: NFT_META.L4PROTO } },
  equals(Uint8Array.of(6)),
  { name: 'payload', data: { dreg: 1, base: NFT_PAYLOAD.TRANSPORT_HEADER, offset: 2, len: 2 } },
  equals(Uint8Array.of(0x1f, 0x90)),
  { name: 'immediate', data: { dreg: 1, data: { value: Uint8Array.of(10, 0, 0, 5) } } },
  { name: 'immediate', data: { dreg: 2, data: { value: Uint8Array.of(0, 80) } } },
  {
    name: 'nat',
    data: {
      type: NFT_NAT.DNAT,
      family: NFPROTO.IPV4,
      reg_addr_min: 1,
      reg_proto_min: 2,
      flags: NF_NAT_RANGE.PROTO_SPECIFIED,
    },
  },
];

describe('netlink: nftables', () => {
  let a: Namespace;
  before(function () {
    requireRoot(this);
    probe(this, 'nftables NAT');
  });
  beforeEach(() => {
    a = openNamespace();
  });
  afterEach(() => a.close());

  function makeTable(): void {
    const batch = a.netfilter.nftBatch<string>();
    batch.add(nft.newtable, { header, attrs: { name: table } }, NLM_F.CREATE, 'table');
    for (const [name, hooknum, priority] of [
      ['postrouting', NF_INET.POST_ROUTING, NF_IP_PRI.NAT_SRC],
      ['prerouting', NF_INET.PRE_ROUTING, NF_IP_PRI.NAT_DST],
    ] as const) {
      const attrs = { table, name, type: 'nat', policy: NF.ACCEPT, hook: { hooknum, priority } };
      batch.add(nft.newchain, { header, attrs }, NLM_F.CREATE, name);
    }
    const rule = (chain: string, expressions: nft.Expression[]): void => {
      // The comment, as nft keeps it: type 0, length, text with NUL.
      const userdata = Uint8Array.from(Buffer.from('\0\x03hi\0', 'latin1'));
      batch.add(
        nft.newrule,
        { header, attrs: { table, chain, expressions, userdata } },
        NLM_F.CREATE | NLM_F.APPEND,
        'rule',
      );
    };
    rule('postrouting', masquerade);
    rule('prerouting', dnat);
    assert.deepEqual(batch.send(), []);
  }

  it('makes a table with masquerade and dnat', () => {
    makeTable();
    assert.equal(
      a.tool('nft', 'list', 'ruleset').replaceAll(/\s+/g, ' ').trim(),
      'table inet netlab { chain postrouting { type nat hook postrouting priority srcnat; policy accept; ' +
        'oifname "eth0" masquerade comment "hi" } chain prerouting { type nat hook prerouting priority dstnat; ' +
        'policy accept; iifname "eth0" tcp dport 8080 dnat ip to 10.0.0.5:80 comment "hi" } }',
    );
    const rules = a.netfilter.dump(nft.getrule, { header, attrs: { table } });
    assert.deepEqual(
      rules.map(({ attrs }) => attrs.chain),
      ['postrouting', 'prerouting'],
    );
    // The kernel adds MAP_IPS when there is an address register.
    const nat = { name: 'nat', data: { flags: NF_NAT_RANGE.PROTO_SPECIFIED | NF_NAT_RANGE.MAP_IPS } };
    partialDeepEqual(rules[1]?.attrs.expressions, [...dnat.slice(0, -1), nat]);
    const chains = a.netfilter.dump(nft.getchain, { header });
    assert.deepEqual(
      chains.map(({ attrs }) => attrs.hook?.priority),
      [100, -100],
    );
    partialDeepEqual(a.netfilter.dump(nft.gettable, { header }), [{ attrs: { name: table } }]);
  });

  it('does all of a transaction or nothing', () => {
    makeTable();
    const before = a.tool('nft', 'list', 'ruleset');
    const [generation] = a.netfilter.request(nft.getgen, {});
    const batch = a.netfilter.nftBatch<string>();
    batch.add(nft.deltable, { header, attrs: { name: table } }, 0, 'delete');
    batch.add(nft.newtable, { header, attrs: { name: 'other' } }, NLM_F.CREATE, 'create');
    batch.add(nft.newrule, { header, attrs: { table: 'none', chain: 'x' } }, NLM_F.CREATE, 'wrong');
    batch.add(nft.newtable, { header, attrs: { name: 'third' } }, NLM_F.CREATE, 'after');
    partialDeepEqual(batch.send(), [
      { tag: 'wrong', error: { request: 'NFT_MSG_NEWRULE', errno: 'ENOENT', attribute: 'NFTA_RULE_TABLE' } },
    ]);
    assert.equal(a.tool('nft', 'list', 'ruleset'), before);
    assert.deepEqual(a.netfilter.request(nft.getgen, {})[0]?.attrs.id, generation?.attrs.id);
    // Replaced in one go: no packet ever sees the table missing.
    batch.add(nft.deltable, { header, attrs: { name: table } }, 0, 'delete');
    batch.add(nft.newtable, { header, attrs: { name: table } }, NLM_F.CREATE, 'create');
    assert.deepEqual(batch.send(), []);
    assert.equal(a.tool('nft', 'list', 'ruleset').replaceAll(/\s+/g, ' ').trim(), 'table inet netlab { }');
  });

  it('keeps a set', () => {
    makeTable();
    const batch = a.netfilter.nftBatch<string>();
    // 7 is ipv4_addr in nft's own numbering of types.
    batch.add(
      nft.newset,
      { header, attrs: { table, name: 's', flags: 0, key_type: 7, key_len: 4, id: 1 } },
      NLM_F.CREATE,
      's',
    );
    const elements = [{ key: { value: Uint8Array.of(10, 0, 0, 7) } }];
    batch.add(nft.newsetelem, { header, attrs: { table, set: 's', set_id: 1, elements } }, NLM_F.CREATE, 'element');
    assert.deepEqual(batch.send(), []);
    assert.match(a.tool('nft', 'list', 'set', 'inet', table, 's'), /elements = \{ 10\.0\.0\.7 \}/);
    // The elements of one set may come in several messages, the last of them empty.
    const found = a.netfilter.dump(nft.getsetelem, { header, attrs: { table, set: 's' } });
    partialDeepEqual(
      found.flatMap(({ attrs }) => attrs.elements ?? []),
      elements,
    );
  });

  it('sends a transaction that is longer than the socket’s queue', () => {
    makeTable();
    const batch = a.netfilter.nftBatch<number>();
    for (let i = 0; i < 3000; i++) {
      batch.add(
        nft.newrule,
        { header, attrs: { table, chain: 'prerouting', expressions: dnat } },
        NLM_F.CREATE | NLM_F.APPEND,
        i,
      );
    }
    assert.deepEqual(batch.send(), []);
    assert.equal(a.netfilter.dump(nft.getrule, { header, attrs: { table } }).length, 3002);
  });
});
