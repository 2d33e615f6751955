/** Every key of `nat` and `firewall`, as nft(8) prints what the kernel has of it. */
import assert from 'node:assert/strict';

import { probe, requireRoot, Scene, toolInNode } from '../../support/index.ts';

/** A rule of the file, and what nft calls it. */
type Lines = readonly (readonly [rule: string, nft: string])[];

const NAT: Readonly<Record<string, Lines>> = {
  postrouting: [
    ['masquerade: { out: wan, from: 10.0.0.0/24 }', 'oifname "wan" ip saddr 10.0.0.0/24 masquerade'],
    ['snat: { out: wan, from: 10.1.0.0/16, to: 192.0.2.7 }', 'oifname "wan" ip saddr 10.1.0.0/16 snat ip to 192.0.2.7'],
  ],
  prerouting: [
    [
      "dnat: { in: wan, proto: tcp, port: 8080, to: '10.0.0.2:80' }",
      'iifname "wan" tcp dport 8080 dnat ip to 10.0.0.2:80',
    ],
    [
      "dnat: { in: wan, dest: 192.0.2.8, proto: udp, port: 53, to: '10.0.0.2:5353' }",
      'iifname "wan" ip daddr 192.0.2.8 udp dport 53 dnat ip to 10.0.0.2:5353',
    ],
    ['redirect: { in: lan, proto: tcp, port: 80, to: 3128 }', 'iifname "lan" tcp dport 80 redirect to :3128'],
    ['redirect: { in: lan, proto: udp, to: 5353 }', 'iifname "lan" meta l4proto udp redirect to :5353'],
  ],
};

const INPUT: Lines = [
  ['accept: { state: [established, related] }', 'ct state established,related accept'],
  ['drop: { state: invalid, counter: true }', 'ct state invalid counter packets 0 bytes 0 drop'],
  ['accept: { state: [new, untracked] }', 'ct state new,untracked accept'],
  [
    'accept: { in: [lan, wan], proto: icmp, icmp_type: echo-request }',
    'iifname { "lan", "wan" } icmp type echo-request accept',
  ],
  [
    'accept: { proto: icmpv6, icmp_type: [nd-neighbor-solicit, 136] }',
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
  ],
  [
    'accept: { from: [10.0.0.0/24, 10.9.0.1], proto: tcp, port: [22, 8000-8010] }',
    'ip saddr { 10.0.0.0/24, 10.9.0.1 } tcp dport { 22, 8000-8010 } accept',
  ],
  ['accept: { proto: udp, source_port: 53, port: 1024-65535 }', 'udp sport 53 udp dport 1024-65535 accept'],
  ['accept: { proto: sctp, port: 9 }', 'sctp dport 9 accept'],
  ['accept: { proto: [gre, esp, ah] }', 'meta l4proto { gre, esp, ah } accept'],
  [
    "drop: { from: 'fd00:9::/64', to: 'fd00::1', log: 'no ' }",
    'ip6 saddr fd00:9::/64 ip6 daddr fd00::1 log prefix "no " drop',
  ],
  ['log: { proto: tcp, prefix: "seen " }', 'meta l4proto tcp log prefix "seen "'],
  ['log: {}', 'log'],
  ["return: { in: lan, comment: the clerk's desk }", 'iifname "lan" return'],
  ['reject: { proto: tcp, with: tcp-reset }', 'meta l4proto tcp reject with tcp reset'],
  ['reject: { proto: udp, with: port-unreachable }', 'meta l4proto udp reject'],
  ['reject: { from: 10.8.0.0/16, with: host-unreachable }', 'ip saddr 10.8.0.0/16 reject with icmpx host-unreachable'],
  ['reject: { from: 10.7.0.0/16, with: net-unreachable }', 'ip saddr 10.7.0.0/16 reject with icmpx no-route'],
  ['reject: { with: admin-prohibited }', 'reject with icmpx admin-prohibited'],
];
const FORWARD: Lines = [
  ['accept: { in: lan, out: wan, to: 198.51.100.0/24 }', 'iifname "lan" oifname "wan" ip daddr 198.51.100.0/24 accept'],
];
const OUTPUT: Lines = [['drop: { out: wan, proto: tcp, port: 25 }', 'oifname "wan" tcp dport 25 drop']];

const rules = (lines: Lines, indent: number): string =>
  lines.map(([rule]) => `${' '.repeat(indent)}- { ${rule} }`).join('\n');

const LAB = `
nodes:
  r:
    forwarding: true
    interfaces:
      lan: { addresses: [10.0.0.1/24, 'fd00::1/64'] }
      wan: { addresses: [192.0.2.1/24] }
    nat:
${rules(Object.values(NAT).flat(), 6)}
      - publish: { proto: udp, port: 514, to: '10.0.0.2:5514' }
    firewall:
      input:
        policy: drop
        rules:
${rules(INPUT, 10)}
      forward:
        policy: drop
        rules:
${rules(FORWARD, 10)}
      output:
        policy: accept
        rules:
${rules(OUTPUT, 10)}
  a: { interfaces: { lan: { addresses: [10.0.0.2/24] } } }
  b: { interfaces: { wan: { addresses: [192.0.2.2/24] } } }
links: [['r:lan', 'a:lan'], ['r:wan', 'b:wan']]
`;

describe('nat and firewall, key by key', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'nftables NAT', 'nft');
    scene = new Scene(LAB, 'nft');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const chain = (name: string): { head: string; rules: string[]; comments: string[] } => {
    const text = toolInNode(scene.name, 'r', ['nft', '-y', 'list', 'chain', 'inet', 'netlab', name]);
    const [head = '', ...lines] = text.split('\n').flatMap((line) => (line.startsWith('\t\t') ? line.trim() : []));
    return {
      head,
      rules: lines.map((line) => line.replace(/ comment "[^"]*"$/, '')),
      comments: lines.map((line) => / comment "([^"]*)"$/.exec(line)?.[1] ?? ''),
    };
  };

  for (const [name, lines] of Object.entries(NAT)) {
    it(`nat: ${name}`, () => {
      const found = chain(name);
      assert.match(found.head, new RegExp(`^type nat hook ${name} priority (?:-100|100); policy accept;$`));
      assert.deepEqual(
        found.rules.slice(0, lines.length),
        lines.map(([, nft]) => nft),
      );
    });
  }

  it('nat: publish, from outside and from the node itself', () => {
    for (const name of ['prerouting', 'nat-output']) {
      const own = chain(name).rules.filter((rule) => rule.includes('514'));
      assert.deepEqual(own, ['fib daddr type local udp dport 514 dnat ip to 10.0.0.2:5514'], name);
    }
  });

  for (const [name, policy, lines] of [
    ['input', 'drop', INPUT],
    ['forward', 'drop', FORWARD],
    ['output', 'accept', OUTPUT],
  ] as const) {
    it(`firewall: ${name}`, () => {
      const found = chain(name);
      assert.equal(found.head, `type filter hook ${name} priority 0; policy ${policy};`);
      assert.deepEqual(
        found.rules,
        lines.map(([, nft]) => nft),
      );
    });
  }

  it('firewall: what a rule is for stands beside it', () => {
    assert.ok(chain('input').comments.includes("return in lan # the clerk's desk"));
  });

  it('is not changed by a second up', () => scene.assertNothingToDo());
});
