import assert from 'node:assert/strict';

import type { Nat, NatRule } from '../../../src/model/resource.ts';
import { nat } from '../../../src/resource/nat.ts';
import { compile, parseRule, ruleWords } from '../../../src/resource/nat-rules.ts';
import { commentBytes, readComment } from '../../../src/resource/nft-comment.ts';

const rules: readonly NatRule[] = [
  { type: 'masquerade' },
  { type: 'masquerade', out: 'eth0', from: '10.244.0.0/16' },
  { type: 'snat', out: 'eth0', from: '10.1.0.0/16', to: '192.0.2.7' },
  { type: 'snat', to: '2001:db8::7' },
  { type: 'dnat', in: 'eth0', proto: 'tcp', port: 8080, to: '10.244.1.2', toPort: 80 },
  { type: 'dnat', dest: '10.96.0.10', proto: 'udp', port: 53, to: '10.244.1.2', toPort: 53 },
  { type: 'dnat', dest: '2001:db8::10', to: '2001:db8::2', proto: 'tcp', port: 80, toPort: 8080 },
  { type: 'publish', proto: 'tcp', port: 8080, to: '10.0.0.2', toPort: 80, hairpin: '10.0.0.0/24' },
];
const table = (...list: NatRule[]): Nat => ({ kind: 'nat', node: 'r1', rules: list });

describe('nat', () => {
  for (const rule of rules) {
    it(`says "${ruleWords(rule)}" and understands it`, () => {
      assert.deepEqual(parseRule(ruleWords(rule)), rule);
      const bytes = commentBytes(ruleWords(rule));
      assert.equal(readComment(bytes), ruleWords(rule));
    });
  }

  it('does not take a comment of somebody else for one of ours', () => {
    assert.equal(parseRule('allow the web server'), undefined);
    assert.equal(parseRule(''), undefined);
    assert.equal(readComment(new Uint8Array()), undefined);
    assert.equal(readComment(Uint8Array.of(7, 200, 1)), undefined);
  });

  it('publishes a port from outside, from the node itself, and for whoever stands beside the target', () => {
    const lines = compile(rules.slice(-1)).map(({ chain, nft }) => `${chain}: ${nft}`);
    assert.deepEqual(lines, [
      'prerouting: fib daddr type local tcp dport 8080 dnat ip to 10.0.0.2:80',
      'output: fib daddr type local tcp dport 8080 dnat ip to 10.0.0.2:80',
      'postrouting: ip saddr 10.0.0.0/24 ip daddr 10.0.0.2 tcp dport 80 masquerade',
      'postrouting: ip saddr 127.0.0.0/8 ip daddr 10.0.0.2 tcp dport 80 masquerade',
    ]);
  });

  it('translates for the node itself only where a service address is named', () => {
    const chains = (rule: NatRule): string[] => compile([rule]).map(({ chain }) => chain);
    assert.deepEqual(chains(rules[4]!), ['prerouting']);
    assert.deepEqual(chains(rules[5]!), ['prerouting', 'output']);
  });

  it('compares line by line, in the words of the file', () => {
    const [, from, to] = rules;
    assert.deepEqual(nat.differences(table(from!), table(from!)), []);
    assert.deepEqual(nat.differences(table(to!), table(from!)), [
      {
        field: 'rule',
        from: 'masquerade out eth0 from 10.244.0.0/16',
        to: 'snat out eth0 from 10.1.0.0/16 to 192.0.2.7',
      },
    ]);
    assert.deepEqual(
      nat.differences(table(from!, to!), table(to!, from!)).map(({ field }) => field),
      ['order of rules'],
    );
    const altered: Nat = { ...table(from!), altered: ['postrouting: a rule without our comment (altered)'] };
    assert.equal(nat.differences(table(from!), altered)[0]?.field, 'table');
  });
});
