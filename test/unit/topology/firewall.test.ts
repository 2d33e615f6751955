import assert from 'node:assert/strict';

import { loadTopologyText } from '../../../src/topology/load.ts';
import type { Netfilter } from '../../../src/model/resource.ts';
import { netfilter } from '../../../src/resource/netfilter.ts';
import { compile } from '../../../src/resource/nft-table.ts';

function tableOf(lines: string): Netfilter {
  const text = `nodes:\n  r:\n${lines}\n  s: {}\nlinks: [['r:eth0', 's:eth0'], ['r:eth1', 's:eth1']]\n`;
  const { model } = loadTopologyText(text, 'test.yaml', { env: {} });
  return model.resources.find((each): each is Netfilter => each.kind === 'netfilter')!;
}
const nft = (lines: string): string[] =>
  compile(tableOf(lines)).flatMap(({ name, rules }) => rules.map((rule) => `${name}: ${rule.nft}`));
const one = (rule: string): string[] =>
  nft(`    firewall: { forward: { rules: [${rule}] } }`).map((line) => line.slice(9));

describe('firewall in the language of nft', () => {
  for (const [rule, ...lines] of [
    ['accept: {}', 'accept'],
    ['drop:', 'drop'],
    ['accept: { state: established }', 'ct state established accept'],
    ['accept: { in: eth0, out: [eth0, eth1] }', 'iifname "eth0" oifname { "eth0", "eth1" } accept'],
    [
      'accept: { from: [10.0.0.0/8, "FD00::/64"], to: [10.0.0.1, "fd01::1"] }',
      'ip saddr 10.0.0.0/8 ip daddr 10.0.0.1 accept',
      'ip6 saddr fd00::/64 ip6 daddr fd01::1 accept',
    ],
    ['accept: { proto: tcp, port: 80-80 }', 'tcp dport 80 accept'],
    [
      'accept: { proto: [udp, tcp], port: [53, 1000-2000] }',
      'meta l4proto { udp, tcp } th dport { 53, 1000-2000 } accept',
    ],
    ['accept: { proto: icmp, icmp_type: [8, time-exceeded] }', 'icmp type { 8, time-exceeded } accept'],
    ['reject: { proto: tcp, with: tcp-reset }', 'meta l4proto tcp reject with tcp reset'],
    ['reject: { log: "no ", counter: true }', 'log prefix "no " counter reject with icmpx port-unreachable'],
    ['log: { prefix: "new ", state: new }', 'ct state new log prefix "new "'],
    ['log: {}', 'log'],
    ['return: { in: eth0 }', 'iifname "eth0" return'],
  ] as const) {
    it(rule, () => assert.deepEqual(one(`{ ${rule} }`), lines));
  }

  it('stands in one table with the translation', () => {
    const table = tableOf(`    nat: [{ masquerade: { out: eth0 } }]
    firewall: { output: { policy: drop }, input: { rules: [{ accept: {} }] } }`);
    assert.equal(netfilter.describe(table), 'nat and firewall on r (2 rules)');
    assert.deepEqual(
      compile(table).map(({ name, type, policy }) => [name, type, policy]),
      [
        ['postrouting', 'nat', 1],
        ['input', 'filter', 1],
        ['output', 'filter', 0],
      ],
    );
  });

  it('has the words of the file as comments, cut where they are too long', () => {
    const networks = Array.from({ length: 30 }, (_, n) => `10.${n}.0.0/16`);
    const comments = (list: string[]): string[] =>
      compile(
        tableOf(`    firewall: { forward: { rules: [{ drop: { from: [${list.join(', ')}], comment: ü } }] } }`),
      ).flatMap(({ rules }) => rules.map(({ comment }) => comment));
    assert.deepEqual(comments(networks.slice(0, 2)), ['drop from 10.0.0.0/16,10.1.0.0/16 # ü']);
    const [long] = comments(networks);
    assert.equal(Buffer.byteLength(long!), 127);
    assert.match(long!, /^drop from 10\.0\.0\.0\/16,.*… #[0-9a-f]{8}$/);
    assert.notEqual(long, comments([...networks, '10.99.0.0/16'])[0]);
  });

  it('quotes for the shell', () => {
    const commands = netfilter.commands(
      tableOf(`    firewall: { input: { rules: [{ drop: { comment: "it's" } }] } }`),
      {} as never,
    );
    assert.equal(commands.at(-1), String.raw`nft 'add rule inet netlab input drop comment "drop # it'\''s"'`);
  });
});
