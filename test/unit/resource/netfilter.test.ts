import assert from 'node:assert/strict';

import type { NatRule } from '../../../src/model/netfilter.ts';
import type { Netfilter } from '../../../src/model/resource.ts';
import { natWords } from '../../../src/resource/nat-rules.ts';
import { netfilter } from '../../../src/resource/netfilter.ts';
import { commentBytes, readComment } from '../../../src/resource/nft-comment.ts';
import { compile } from '../../../src/resource/nft-table.ts';

const rules = {
  'masquerade out eth0': { type: 'masquerade', out: 'eth0' },
  'masquerade out eth0 from 10.244.0.0/16': { type: 'masquerade', out: 'eth0', from: '10.244.0.0/16' },
  'snat out eth0 from 10.1.0.0/16 to 192.0.2.7': { type: 'snat', out: 'eth0', from: '10.1.0.0/16', to: '192.0.2.7' },
  'snat to 2001:db8::7': { type: 'snat', to: '2001:db8::7' },
  'dnat in eth0 proto tcp port 8080 to 10.244.1.2:80': {
    type: 'dnat',
    in: 'eth0',
    proto: 'tcp',
    port: 8080,
    to: [{ address: '10.244.1.2', port: 80 }],
  },
  'dnat dest 10.96.0.10 proto udp port 53 to 10.244.1.2:53,10.244.1.3:53': {
    type: 'dnat',
    dest: '10.96.0.10',
    proto: 'udp',
    port: 53,
    to: [2, 3].map((n) => ({ address: `10.244.1.${n}`, port: 53 })),
  },
  'dnat dest 2001:db8::10 to 2001:db8::2': { type: 'dnat', dest: '2001:db8::10', to: [{ address: '2001:db8::2' }] },
  'redirect in eth0 proto tcp port 80 to 3128': { type: 'redirect', in: 'eth0', proto: 'tcp', port: 80, to: 3128 },
  'publish proto tcp port 8080 to 10.0.0.2:80 hairpin 10.0.0.0/24': {
    type: 'publish',
    proto: 'tcp',
    port: 8080,
    to: '10.0.0.2',
    toPort: 80,
    hairpin: '10.0.0.0/24',
  },
} satisfies Record<string, NatRule>;
const table = (...nat: NatRule[]): Netfilter => ({ kind: 'netfilter', node: 'r1', nat, firewall: [] });
const nft = (rule: NatRule): string[] =>
  compile(table(rule)).flatMap(({ name, rules: lines }) => lines.map((line) => `${name}: ${line.nft}`));

describe('nat', () => {
  for (const [words, rule] of Object.entries(rules)) {
    it(`says "${words}", and the kernel keeps it`, () => {
      assert.equal(natWords(rule), words);
      assert.equal(readComment(commentBytes(words)), words);
    });
  }

  it('does not take other user data for a comment', () => {
    assert.equal(readComment(new Uint8Array()), undefined);
    assert.equal(readComment(Uint8Array.of(7, 200, 1)), undefined);
  });

  it('publishes a port from outside, from the node itself, and for whoever stands beside the target', () => {
    assert.deepEqual(nft(rules['publish proto tcp port 8080 to 10.0.0.2:80 hairpin 10.0.0.0/24']), [
      'prerouting: fib daddr type local tcp dport 8080 dnat ip to 10.0.0.2:80',
      'nat-output: fib daddr type local tcp dport 8080 dnat ip to 10.0.0.2:80',
      'postrouting: ip saddr 10.0.0.0/24 ip daddr 10.0.0.2 tcp dport 80 masquerade',
      'postrouting: ip saddr 127.0.0.0/8 ip daddr 10.0.0.2 tcp dport 80 masquerade',
    ]);
  });

  it('translates for the node itself only where a service address is named', () => {
    assert.deepEqual(nft(rules['dnat in eth0 proto tcp port 8080 to 10.244.1.2:80']), [
      'prerouting: iifname "eth0" tcp dport 8080 dnat ip to 10.244.1.2:80',
    ]);
    const balanced =
      'ip daddr 10.96.0.10 udp dport 53 dnat ip to numgen random mod 2 map { 0 : 10.244.1.2 . 53, 1 : 10.244.1.3 . 53 }';
    assert.deepEqual(nft(rules['dnat dest 10.96.0.10 proto udp port 53 to 10.244.1.2:53,10.244.1.3:53']), [
      `prerouting: ${balanced}`,
      `nat-output: ${balanced}`,
    ]);
  });

  it('compares line by line, in the words of the file', () => {
    const [, from, to] = Object.values(rules);
    const installed = (...nat: NatRule[]): Netfilter => ({ ...table(), installed: compile(table(...nat)) });
    assert.deepEqual(netfilter.differences(table(from!), installed(from!)), []);
    assert.deepEqual(netfilter.differences(table(to!), installed(from!)), [
      {
        field: 'rule',
        from: 'masquerade out eth0 from 10.244.0.0/16',
        to: 'snat out eth0 from 10.1.0.0/16 to 192.0.2.7',
      },
    ]);
    assert.deepEqual(
      netfilter.differences(table(from!, to!), installed(to!, from!)).map(({ field }) => field),
      ['order of rules in postrouting'],
    );
    assert.equal(netfilter.describe(installed(from!, to!)), 'nat on r1 (2 rules)');
  });
});
