/**
 * Classic mistakes, each a small network of its own in one lab: `@` behind a name, and in an address, is the number of the mistake.
 * What a file cannot say is broken in the running lab.
 */
import type { CauseWord, Direction } from '../../../src/model/why.ts';
import type { WhyOptions } from '../../../src/why/why.ts';
import { edited } from '../../support/index.ts';

export interface Mistake {
  readonly name: string;
  readonly text: string;
  /** Commands in nodes, in order: `[node, …argv]`. */
  readonly breaks?: readonly (readonly string[])[];
  /** `a@ b@` unless said. */
  readonly ask?: readonly [from: string, to: string];
  readonly options?: WhyOptions;
  readonly cause: CauseWord;
  readonly node: string;
  /** There, unless said. */
  readonly direction?: Direction;
  /** What the line that is named must contain. */
  readonly look: string;
  /** What the sentence must say besides. */
  readonly says?: RegExp;
  /** The tools that the breakage needs. */
  readonly needs?: readonly ('nft' | 'python3')[];
  /** How ping(8) is asked, and that it succeeds although the wrong node answers. */
  readonly oracle?: { readonly options?: readonly string[]; readonly answers?: true };
}

type Edit = readonly [passage: string, replacement: string];

/** a — r — b. */
function routed(...edits: readonly Edit[]): string {
  return change(
    `
nodes:
  a@:
    interfaces:
      eth0: { addresses: [10.@.0.2/24] }
    routes: [{ to: default, via: 10.@.0.1 }]
  r@:
    forwarding: true
    interfaces:
      eth0: { addresses: [10.@.0.1/24] }
      eth1: { addresses: [10.@.1.1/24] }
  b@:
    interfaces:
      eth0: { addresses: [10.@.1.2/24] }
    routes: [{ to: default, via: 10.@.1.1 }]
links:
  - ["a@:eth0", "r@:eth0"]
  - ["r@:eth1", "b@:eth0"]
`,
    edits,
  );
}

/** The same over IPv6. */
function routed6(...edits: readonly Edit[]): string {
  return change(
    `
nodes:
  a@:
    interfaces:
      eth0: { addresses: ["fd@:0::2/64"] }
    routes: [{ to: default6, via: "fd@:0::1" }]
  r@:
    forwarding: { ipv6: true }
    interfaces:
      eth0: { addresses: ["fd@:0::1/64"] }
      eth1: { addresses: ["fd@:1::1/64"] }
  b@:
    interfaces:
      eth0: { addresses: ["fd@:1::2/64"] }
    routes: [{ to: default6, via: "fd@:1::1" }]
links:
  - ["a@:eth0", "r@:eth0"]
  - ["r@:eth1", "b@:eth0"]
`.replaceAll(/fd@:(\d)::/g, 'fd00:@:$1::'),
    edits,
  );
}

/** a, b and c on one LAN. */
function lan(...edits: readonly Edit[]): string {
  return change(
    `
nodes:
  a@:
    interfaces:
      eth0: { addresses: [10.@.0.2/24, "fd00:@::2/64"] }
  b@:
    interfaces:
      eth0: { addresses: [10.@.0.3/24, "fd00:@::3/64"], mac: "02:00:00:00:00:@" }
  c@:
    interfaces:
      eth0: { addresses: [10.@.0.4/24, "fd00:@::4/64"] }
bridges:
  lan@: { ports: ["a@:eth0", "b@:eth0", "c@:eth0"] }
`,
    edits,
  );
}

function change(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, [passage, replacement]) => edited(before, passage, replacement), text);
}

const ROUTER = '  r@:\n    forwarding: true\n';
const B = '  b@:\n';
const A = '  a@:\n';
const withSysctl = (node: string, setting: string): Edit => [node, `${node}    sysctls: { ${setting} }\n`];
const inRouter = (text: string): Edit => [ROUTER, `${ROUTER}${text}`];

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'no default route',
    text: routed(['    routes: [{ to: default, via: 10.@.0.1 }]\n', '']),
    cause: 'no-route',
    node: 'a@',
    look: 'a@:',
  },
  {
    name: 'a prefix that is too wide: the other network is taken for the own LAN',
    text: routed(['10.@.0.2/24', '10.@.0.2/16']),
    cause: 'wrong-prefix',
    node: 'a@',
    look: '10.@.0.2/16',
  },
  {
    name: 'a prefix that is too narrow: a neighbour is not taken for one',
    text: lan(['10.@.0.2/24', '10.@.0.2/25'], ['10.@.0.3/24', '10.@.0.203/24']),
    ask: ['a@', '10.@.0.203'],
    cause: 'wrong-prefix',
    node: 'a@',
    look: '10.@.0.2/25',
  },
  {
    name: 'a router that does not forward',
    text: routed([ROUTER, '  r@:\n']),
    cause: 'forwarding-off',
    node: 'r@',
    look: 'r@:',
  },
  {
    name: 'no way back',
    text: routed(['    routes: [{ to: default, via: 10.@.1.1 }]\n', '']),
    cause: 'no-return-route',
    direction: 'back',
    node: 'b@',
    look: 'b@:',
  },
  {
    name: 'an address that two nodes have',
    text: lan(withSysctl(B, 'net.ipv4.conf.all.arp_ignore: 8')),
    breaks: [['c@', 'ip', 'address', 'add', '10.@.0.3/24', 'dev', 'eth0']],
    cause: 'duplicate-address',
    node: 'c@',
    look: 'c@:',
    oracle: { answers: true },
  },
  {
    name: "a node that has the gateway's address",
    text: lan(
      [
        '10.@.0.2/24, "fd00:@::2/64"] }',
        '10.@.0.2/24, "fd00:@::2/64"] }\n    routes: [{ to: default, via: 10.@.0.3 }]',
      ],
      [B, `${B}    forwarding: true\n    sysctls: { net.ipv4.conf.all.arp_ignore: 8 }\n`],
      ['mac: "02:00:00:00:00:@" }', 'mac: "02:00:00:00:00:@" }\n      lo: { addresses: [10.@.5.1/32] }'],
    ),
    breaks: [['c@', 'ip', 'address', 'add', '10.@.0.3/24', 'dev', 'eth0']],
    ask: ['a@', '10.@.5.1'],
    cause: 'duplicate-address',
    node: 'c@',
    look: 'c@:',
  },
  {
    name: "a node that has the sender's address",
    text: lan([
      A,
      `${A}    sysctls: { net.ipv4.conf.all.arp_ignore: 8 }\n    neighbors: [{ to: 10.@.0.3, mac: "02:00:00:00:00:@", dev: eth0 }]\n`,
    ]),
    breaks: [['c@', 'ip', 'address', 'add', '10.@.0.2/24', 'dev', 'eth0']],
    cause: 'duplicate-address',
    direction: 'back',
    node: 'c@',
    look: 'c@:',
  },
  {
    name: 'an address that nobody has',
    text: lan(),
    ask: ['a@', '10.@.0.77'],
    cause: 'neighbour-unanswered',
    node: 'a@',
    look: '',
  },
  {
    name: 'rp_filter on the neighbour, which does not even answer ARP',
    text: routed(
      ['10.@.0.2/24] }', '10.@.0.2/24] }\n      lo: { addresses: [10.@.7.1/32] }'],
      ['via: 10.@.0.1 }', 'via: 10.@.0.1, src: 10.@.7.1 }'],
      inRouter('    sysctls: { net.ipv4.conf.all.rp_filter: 1 }\n    routes: [{ to: 10.@.7.0/24, via: 10.@.1.2 }]\n'),
    ),
    cause: 'rp-filter',
    node: 'r@',
    look: 'rp_filter',
  },
  {
    name: 'rp_filter at the end, which would answer by another interface',
    text: routed(withSysctl(B, 'net.ipv4.conf.all.rp_filter: 1'), [
      '[10.@.1.2/24] }\n',
      '[10.@.1.2/24] }\n      d0: { type: vxlan, id: 5@, remote: 10.@.1.1, port: 4789, addresses: [10.@.0.9/24] }\n',
    ]),
    cause: 'rp-filter',
    node: 'b@',
    look: 'rp_filter',
  },
  {
    name: 'a packet filter at the end (input)',
    text: routed([B, `${B}    firewall:\n      input:\n        rules:\n          - { drop: { proto: icmp } }\n`]),
    cause: 'filter-drop',
    node: 'b@',
    look: '{ drop: { proto: icmp } }',
  },
  {
    name: 'a packet filter on the way (forward), whose policy drops',
    text: routed(inRouter('    firewall:\n      forward:\n        policy: drop\n        rules: []\n')),
    cause: 'filter-drop',
    node: 'r@',
    look: 'forward:',
  },
  {
    name: 'a packet filter at the beginning (output)',
    text: routed([A, `${A}    firewall:\n      output:\n        rules:\n          - { drop: { to: 10.@.1.2 } }\n`]),
    cause: 'filter-drop',
    node: 'a@',
    look: '{ drop: { to: 10.@.1.2 } }',
  },
  {
    name: 'a rule that rejects',
    text: routed(inRouter('    firewall:\n      forward:\n        rules:\n          - { reject: { to: 10.@.1.2 } }\n')),
    cause: 'reject',
    node: 'r@',
    look: '{ reject: { to: 10.@.1.2 } }',
  },
  {
    name: 'a filter that lets the packet through and not the answer',
    text: routed(
      inRouter(
        '    firewall:\n      forward:\n        policy: drop\n        rules:\n          - { accept: { in: eth0 } }\n',
      ),
    ),
    cause: 'filter-drop',
    direction: 'back',
    node: 'r@',
    look: 'forward:',
  },
  {
    name: 'no translation of a private address',
    text: routed(
      ['eth1: { addresses: [10.@.1.1/24] }', 'eth1: { addresses: [100.@.1.1/24] }'],
      ['10.@.1.2/24', '100.@.1.2/24'],
      ['    routes: [{ to: default, via: 10.@.1.1 }]\n', ''],
    ),
    cause: 'nat-missing',
    direction: 'back',
    node: 'r@',
    look: 'r@:',
  },
  {
    name: 'translation on the wrong interface',
    text: routed(inRouter('    nat:\n      - masquerade: { out: eth0 }\n'), [
      '    routes: [{ to: default, via: 10.@.1.1 }]\n',
      '',
    ]),
    cause: 'nat-wrong-interface',
    direction: 'back',
    node: 'r@',
    look: 'masquerade: { out: eth0 }',
  },
  {
    name: 'a translation that somebody has flushed',
    text: routed(inRouter('    nat:\n      - masquerade: { out: eth1 }\n'), [
      '    routes: [{ to: default, via: 10.@.1.1 }]\n',
      '',
    ]),
    breaks: [['r@', 'nft', 'flush', 'ruleset']],
    needs: ['nft'],
    cause: 'nat-missing',
    direction: 'back',
    node: 'r@',
    look: 'masquerade: { out: eth1 }',
  },
  {
    name: 'a packet too large for the first interface',
    text: routed(),
    options: { size: 2000 },
    cause: 'mtu',
    node: 'a@',
    look: '[10.@.0.2/24]',
    oracle: { options: ['-M', 'do', '-s', '2000'] },
  },
  {
    name: 'an MTU that is too small, and told',
    text: routed(['[10.@.1.1/24] }', '[10.@.1.1/24], mtu: 1400 }'], ['[10.@.1.2/24] }', '[10.@.1.2/24], mtu: 1400 }']),
    options: { size: 1472 },
    cause: 'mtu',
    node: 'r@',
    look: 'mtu: 1400',
    oracle: { options: ['-M', 'do', '-s', '1472'] },
  },
  {
    name: 'an MTU that differs at the two ends of a link',
    text: routed(['[10.@.1.2/24] }', '[10.@.1.2/24], mtu: 1400 }']),
    options: { size: 1472 },
    cause: 'mtu',
    node: 'b@',
    look: 'mtu: 1400',
    oracle: { options: ['-M', 'do', '-s', '1472'] },
  },
  {
    name: 'a port of the bridge that is down',
    text: lan(),
    breaks: [['lan@', 'ip', 'link', 'set', 'b@', 'down']],
    cause: 'bridge-port-down',
    node: 'lan@',
    look: '"b@:eth0"',
  },
  {
    name: 'a port that spanning tree does not let forward yet',
    text: lan(),
    breaks: [
      ['lan@', 'ip', 'link', 'set', 'dev', 'lan@', 'type', 'bridge', 'stp_state', '1', 'forward_delay', '3000'],
      ['lan@', 'ip', 'link', 'set', 'dev', 'b@', 'down'],
      ['lan@', 'ip', 'link', 'set', 'dev', 'b@', 'up'],
    ],
    cause: 'stp-blocking',
    node: 'lan@',
    look: '"b@:eth0"',
  },
  {
    name: 'a gateway that nobody is',
    text: routed(['via: 10.@.0.1 }', 'via: 10.@.0.9 }']),
    cause: 'wrong-gateway',
    node: 'a@',
    look: 'via: 10.@.0.9',
  },
  {
    name: 'two routers that take each other for the right way',
    text: routed(inRouter('    routes: [{ to: 10.@.99.0/24, via: 10.@.1.2 }]\n'), [B, `${B}    forwarding: true\n`]),
    ask: ['a@', '10.@.99.1'],
    cause: 'routing-loop',
    node: 'r@',
    look: '10.@.99.0/24',
  },
  ...(['blackhole', 'unreachable', 'prohibit'] as const).map((type): Mistake => ({
    name: `a route of type ${type} on the way`,
    text: routed(inRouter(`    routes:\n      - { to: 10.@.1.2/32, type: ${type} }\n`)),
    cause: type,
    node: 'r@',
    look: `type: ${type}`,
  })),
  {
    name: 'a route of type blackhole on the node itself',
    text: routed([
      '    routes: [{ to: default, via: 10.@.0.1 }]\n',
      '    routes:\n      - { to: default, type: blackhole }\n',
    ]),
    cause: 'blackhole',
    node: 'a@',
    look: 'type: blackhole',
  },
  {
    name: 'an answer that takes another way, past a filter that knows nothing of the connection',
    text: routed(
      [
        '  b@:\n    interfaces:\n      eth0: { addresses: [10.@.1.2/24] }\n',
        '  b@:\n    interfaces:\n      eth0: { addresses: [10.@.1.2/24] }\n      eth1: { addresses: [10.@.2.2/24] }\n',
      ],
      ['via: 10.@.1.1 }', 'via: 10.@.2.1 }'],
      [
        '  b@:\n',
        `  s@:
    forwarding: true
    interfaces:
      eth0: { addresses: [10.@.2.1/24] }
      eth1: { addresses: [10.@.3.1/24] }
    routes: [{ to: 10.@.0.0/24, via: 10.@.3.2 }]
    firewall:
      forward:
        policy: drop
        rules:
          - { accept: { state: [established, related] } }
  b@:\n`,
      ],
      [
        '      eth0: { addresses: [10.@.0.2/24] }\n',
        '      eth0: { addresses: [10.@.0.2/24] }\n      eth1: { addresses: [10.@.3.2/24] }\n',
      ],
      [
        '  - ["r@:eth1", "b@:eth0"]\n',
        '  - ["r@:eth1", "b@:eth0"]\n  - ["s@:eth0", "b@:eth1"]\n  - ["s@:eth1", "a@:eth1"]\n',
      ],
    ),
    ask: ['a@', '10.@.1.2'],
    cause: 'filter-drop',
    direction: 'back',
    node: 's@',
    look: 'forward:',
    says: /did not come through s\d+, so to its connection tracking this is an answer to nothing/,
  },
  {
    name: 'an IPv6 address that failed duplicate address detection',
    text: lan(),
    breaks: [
      ['c@', 'ip', 'address', 'add', 'fd00:@::5/64', 'dev', 'eth0', 'nodad'],
      ['b@', 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=1', 'net.ipv6.conf.eth0.dad_transmits=1'],
      ['b@', 'ip', 'address', 'add', 'fd00:@::5/64', 'dev', 'eth0'],
      ['b@', 'until', 'ip', '-6', 'address', 'show', 'dadfailed'],
      ['c@', 'ip', 'address', 'delete', 'fd00:@::5/64', 'dev', 'eth0'],
    ],
    ask: ['a@', 'fd00:@::5'],
    cause: 'dad-failed',
    node: 'b@',
    look: '',
  },
  {
    name: 'nobody listens (TCP)',
    text: routed(),
    options: { proto: 'tcp', port: 8080 },
    cause: 'no-listener',
    node: 'b@',
    look: 'b@:',
    oracle: { answers: true },
  },
  {
    name: 'nobody listens (UDP)',
    text: routed(),
    options: { proto: 'udp', port: 8080 },
    cause: 'no-listener',
    node: 'b@',
    look: 'b@:',
    oracle: { answers: true },
  },
  {
    name: 'a link that is down at the near end',
    text: routed(),
    breaks: [['a@', 'ip', 'link', 'set', 'eth0', 'down']],
    cause: 'link-down',
    node: 'a@',
    look: '"a@:eth0"',
  },
  {
    name: 'a link that is down at the far end',
    text: routed(),
    breaks: [['b@', 'ip', 'link', 'set', 'eth0', 'down']],
    cause: 'link-down',
    node: 'b@',
    look: '"b@:eth0"',
  },
  {
    name: 'an interface without an address',
    text: routed([
      '    interfaces:\n      eth0: { addresses: [10.@.0.2/24] }\n    routes: [{ to: default, via: 10.@.0.1 }]\n',
      '    hostname: alone\n',
    ]),
    cause: 'no-address',
    node: 'a@',
    look: '"a@:eth0"',
  },
  {
    name: 'a gateway that is the address of another node, which is no router',
    text: routed(
      ['via: 10.@.0.1 }', 'via: 10.@.0.3 }'],
      [ROUTER, `  c@:\n    interfaces:\n      eth0: { addresses: [10.@.0.3/24] }\n${ROUTER}`],
      ['  - ["a@:eth0", "r@:eth0"]\n', ''],
      ['links:', 'bridges:\n  lan@: { ports: ["a@:eth0", "r@:eth0", "c@:eth0"] }\nlinks:'],
    ),
    cause: 'forwarding-off',
    node: 'c@',
    look: 'c@:',
  },
  {
    name: 'a policy rule that leads to an empty table',
    text: routed([
      '    routes: [{ to: default, via: 10.@.0.1 }]\n',
      '    routes: [{ to: default, via: 10.@.0.1, table: 100 }]\n    rules:\n      - { from: 10.@.0.0/24, table: 200, priority: 1000 }\n',
    ]),
    cause: 'empty-table',
    node: 'a@',
    look: 'table: 200',
  },
  {
    name: 'a static neighbour with a wrong MAC address',
    text: lan([A, `${A}    neighbors:\n      - { to: 10.@.0.3, mac: "02:00:00:00:ff:@", dev: eth0 }\n`]),
    cause: 'neighbour-wrong',
    node: 'a@',
    look: '02:00:00:00:ff:@',
  },
  {
    name: 'a static forwarding entry that leads to the wrong port',
    text: lan(),
    breaks: [['lan@', 'bridge', 'fdb', 'replace', '02:00:00:00:00:@', 'dev', 'c@', 'master', 'static', 'sticky']],
    cause: 'fdb-wrong',
    node: 'lan@',
    look: 'lan@:',
  },
  {
    name: 'a VXLAN whose far end is wrong',
    text: routed(
      [
        '[10.@.0.2/24] }\n',
        '[10.@.0.2/24] }\n      vx0: { type: vxlan, id: 4@, link: eth0, local: 10.@.0.2, remote: 10.@.1.99, port: 4789, addresses: [10.@.9.1/24] }\n',
      ],
      [
        '[10.@.1.2/24] }\n',
        '[10.@.1.2/24] }\n      vx0: { type: vxlan, id: 4@, link: eth0, local: 10.@.1.2, remote: 10.@.0.2, port: 4789, addresses: [10.@.9.2/24] }\n',
      ],
    ),
    ask: ['a@', '10.@.9.2'],
    cause: 'tunnel-remote',
    node: 'a@',
    look: 'remote: 10.@.1.99',
  },
  {
    name: 'a translation to an address that nobody has',
    text: routed(
      inRouter('    nat:\n      - dnat: { in: eth0, dest: 10.@.0.1, proto: tcp, port: 8080, to: "10.@.1.77:80" }\n'),
    ),
    ask: ['a@', '10.@.0.1'],
    options: { proto: 'tcp', port: 8080 },
    cause: 'dnat-to-nobody',
    node: 'r@',
    look: '10.@.1.77:80',
    oracle: { answers: true },
  },
  {
    name: 'arp_ignore, and the address on another interface',
    text: lan(
      [
        'eth0: { addresses: [10.@.0.3/24, "fd00:@::3/64"]',
        'lo: { addresses: [10.@.0.33/32] }\n      eth0: { addresses: [10.@.0.3/24, "fd00:@::3/64"]',
      ],
      withSysctl(B, 'net.ipv4.conf.all.arp_ignore: 1'),
    ),
    ask: ['a@', '10.@.0.33'],
    cause: 'arp-ignore',
    node: 'b@',
    look: 'arp_ignore',
  },
  {
    name: 'a default route by the wrong interface',
    text: routed(
      ['[10.@.0.2/24] }\n', '[10.@.0.2/24] }\n      eth1: { addresses: [10.@.5.1/24] }\n'],
      ['via: 10.@.0.1 }', 'dev: eth1 }'],
      [ROUTER, `  c@:\n    interfaces:\n      eth0: { addresses: [10.@.5.2/24] }\n${ROUTER}`],
      ['links:\n', 'links:\n  - ["a@:eth1", "c@:eth0"]\n'],
    ),
    cause: 'wrong-prefix',
    node: 'a@',
    look: 'dev: eth1',
  },
  {
    name: 'a router that does not forward IPv6',
    text: routed6(['{ ipv6: true }', '{ ipv4: true }']),
    cause: 'forwarding-off',
    node: 'r@',
    look: 'forwarding: { ipv4: true }',
  },
  {
    name: 'no IPv6 route',
    text: routed6(['    routes: [{ to: default6, via: "fd00:@:0::1" }]\n', '']),
    cause: 'no-route',
    node: 'a@',
    look: 'a@:',
  },
  {
    name: 'a time to live that is too short',
    text: routed(withSysctl(A, 'net.ipv4.ip_default_ttl: 1')),
    cause: 'ttl',
    node: 'r@',
    look: 'ip_default_ttl',
    // ping(8) takes the same setting.
  },
  {
    name: "a table of somebody else's",
    text: routed(),
    breaks: [
      [
        'b@',
        'nft',
        'add table ip other; add chain ip other in { type filter hook input priority 0; }; add rule ip other in icmp type echo-request drop',
      ],
    ],
    needs: ['nft'],
    cause: 'filter-drop',
    node: 'b@',
    look: 'b@:',
  },
  {
    name: 'more connections than a translation has ports for',
    text: routed(
      inRouter(
        '    nftables: |\n      table ip one { chain post { type nat hook postrouting priority 100; udp dport 53 masquerade to :5000; }; }\n',
      ),
    ),
    breaks: [
      ['r@', 'sysctl', '-qw', 'net.netfilter.nf_conntrack_udp_timeout=600'],
      [
        'a@',
        'python3',
        '-c',
        'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("10.@.1.2", 53))',
      ],
    ],
    needs: ['nft', 'python3'],
    options: { proto: 'udp', port: 53 },
    cause: 'nat-clash',
    node: 'r@',
    look: 'nftables: |',
    oracle: { answers: true },
  },
  {
    name: 'a broadcast address',
    text: lan(),
    ask: ['a@', '10.@.0.255'],
    cause: 'broadcast-address',
    node: 'a@',
    look: 'a@:',
  },
  {
    name: 'a node that ignores echo requests',
    text: routed(withSysctl(B, 'net.ipv4.icmp_echo_ignore_all: 1')),
    cause: 'ignored',
    node: 'b@',
    look: 'icmp_echo_ignore_all',
  },
];
