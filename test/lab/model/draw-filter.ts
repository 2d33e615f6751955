/** Address translation and packet filters of a node that is being drawn. */
import type { FilterDocument, FirewallDocument, MatchDocument, NatDocument } from '../../../src/topology/document.ts';
import { has } from '../../support/index.ts';
import { byChance, type Interface } from './interface.ts';
import type { Dice, NodeSketch } from './sketch.ts';

export function natOf(list: readonly Dice[], interfaces: readonly Interface[]): NatDocument[] {
  if (!has('nftables NAT')) return [];
  const published = new Set<number>();
  return list.flatMap(([kind, a, b, c]): NatDocument[] => {
    const dev = interfaces[a % Math.max(1, interfaces.length)]?.name;
    const proto = byChance(['tcp', 'udp'] as const, b);
    const from = b % 3 === 0 ? {} : { from: `10.${180 + (b % 4)}.0.0/16` };
    switch (kind % 6) {
      case 0:
        return dev === undefined ? [] : [{ masquerade: { out: dev, ...from } }];
      case 1:
        return [{ snat: { ...(dev === undefined ? {} : { out: dev }), ...from, to: `192.0.2.${1 + (c % 5)}` } }];
      case 2: {
        const to = byChance(['10.9.0.2:80', ['10.9.0.2:80', '10.9.0.3:81'], '10.9.0.4:8080'], c);
        return [{ dnat: { ...(dev === undefined ? {} : { in: dev }), proto, port: 8000 + (c % 5), to } }];
      }
      case 3:
        return [{ dnat: { dest: `10.96.0.${1 + (a % 9)}`, ...(c % 2 === 0 ? {} : { proto }), to: '10.9.0.7' } }];
      case 4:
        return [{ redirect: { ...(dev === undefined ? {} : { in: dev }), proto, port: 53 + (c % 3), to: 5353 } }];
      default: {
        const port = 9000 + (c % 5);
        if (published.has(port)) return [];
        published.add(port);
        return [{ publish: { port, proto, to: byChance(['10.9.0.2:80', '10.9.0.3:81', '[fd09::2]:80'], a) } }];
      }
    }
  });
}

export function firewallOf(
  { input, forward }: NodeSketch['lists'],
  interfaces: readonly Interface[],
): FirewallDocument {
  if (!has('nftables')) return {};
  return {
    ...(input.length === 0 ? {} : { input: { rules: input.map((dice) => ruleOf(dice, interfaces)) } }),
    ...(forward.length === 0
      ? {}
      : {
          forward: {
            policy: byChance(['accept', 'drop'] as const, forward[0]![3]),
            rules: forward.map((dice) => ruleOf(dice, interfaces)),
          },
        }),
  };
}

function ruleOf([verdict, a, b, c]: Dice, interfaces: readonly Interface[]): FilterDocument {
  const dev = interfaces[a % Math.max(1, interfaces.length)]?.name;
  const match: MatchDocument = {
    ...(dev !== undefined && a % 3 === 0 ? { in: dev } : {}),
    ...byChance<MatchDocument>(
      [
        {},
        { proto: 'tcp', port: 80 + (c % 3) },
        { proto: 'udp', port: [53, '1000-2000'], source_port: 7 },
        { state: ['established', 'related'] },
        { proto: 'icmp', icmp_type: 'echo-request' },
        { from: [`10.${180 + (c % 3)}.0.0/16`, '10.190.0.0/17'] },
        { to: 'fd66::/64', proto: ['tcp', 'udp'] },
      ],
      b,
    ),
    ...(c % 4 === 0 ? { counter: true } : {}),
    ...(c % 5 === 0 ? { comment: `no ${c}` } : {}),
  };
  switch (verdict % 5) {
    case 0:
      return { accept: match };
    case 1:
      return { drop: match };
    case 2:
      return { reject: { ...match, ...(c % 2 === 0 ? { with: 'host-unreachable' } : {}) } };
    case 3:
      return { return: match };
    default:
      return { log: { ...match, prefix: `l${c % 3} ` } };
  }
}

const TEXTS = [
  '',
  'table inet extra {\n  chain c {\n    type filter hook forward priority 10;\n    tcp dport 7 drop\n  }\n}\n',
  `table inet extra {
  set s {
    type ipv4_addr
    elements = { 10.0.0.1 }
  }
}
table ip other {
  chain c {
    ip saddr 10.1.1.1 counter
  }
}
`,
  'table ip other {\n  chain c {\n    ip saddr 10.1.1.2 counter accept\n  }\n}\n',
];

export function nftablesOf(n: number): { nftables?: string } {
  return n === 0 || !has('nft') ? {} : { nftables: TEXTS[n]! };
}
