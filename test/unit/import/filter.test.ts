/** Lines of iptables in a startup, and the keys `nat` and `firewall` that they become, or stay commands for. */
import assert from 'node:assert/strict';

import { Draft, type NodeDraft } from '../../../src/import/draft.ts';
import { Network } from '../../../src/import/network/network.ts';
import { filesOf } from '../../../src/import/services/node-files.ts';
import { addStartup } from '../../../src/import/shell/startup.ts';
import { expandObject } from '../../../src/topology/load.ts';

/** What a node with eth0 and eth1 becomes by a script; the language takes it. */
function node(script: string, ipv6 = false): NodeDraft {
  const draft = new Draft();
  const made: NodeDraft = {};
  draft.topology.nodes['a'] = made;
  const network = new Network(draft, 'a', ['eth0', 'eth1'], ipv6);
  addStartup(network, [{ text: script, origin: { file: 'a.startup', line: 1, column: 1 } }], {
    files: filesOf(made, () => undefined),
  });
  const bridges = Object.fromEntries(['eth0', 'eth1'].map((dev) => [`lan-${dev}`, { ports: [`a:${dev}`] }]));
  expandObject({ name: 'x', nodes: { a: made }, bridges }, 'x');
  return made;
}

const forward = (policy: 'accept' | 'drop', ...rules: object[]): object => ({
  firewall: { forward: { ...(policy === 'drop' ? { policy } : {}), ...(rules.length > 0 ? { rules } : {}) } },
});

describe('a line of iptables', () => {
  const forms: readonly (readonly [string, object])[] = [
    ['iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE', { nat: [{ masquerade: { out: 'eth0' } }] }],
    [
      'iptables -w -t nat -A POSTROUTING -s 10.0.1.7/24 -o eth0 -j MASQUERADE -m comment --comment "a way out"',
      { nat: [{ masquerade: { out: 'eth0', from: '10.0.1.0/24' } }] },
    ],
    [
      '/usr/sbin/iptables --table nat --append POSTROUTING --jump SNAT --to-source 192.0.2.1',
      { nat: [{ snat: { to: '192.0.2.1' } }] },
    ],
    [
      'iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 8080 -j DNAT --to-destination 10.0.1.2:80',
      { nat: [{ dnat: { in: 'eth0', proto: 'tcp', port: 8080, to: '10.0.1.2:80' } }] },
    ],
    [
      'iptables -t nat -A PREROUTING -d 192.0.2.1 -j DNAT --to-destination 10.0.1.2',
      {
        nat: [
          { dnat: { in: 'eth0', dest: '192.0.2.1', to: '10.0.1.2' } },
          { dnat: { in: 'eth1', dest: '192.0.2.1', to: '10.0.1.2' } },
        ],
      },
    ],
    [
      [
        'iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 80 -m statistic --mode random --probability 0.33 -j DNAT --to-destination 10.0.1.2:80',
        'iptables -t nat -A PREROUTING -i eth0 -p tcp --dport http -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.0.1.3:80',
        'iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 10.0.1.4:80',
      ].join('\n'),
      {
        nat: [{ dnat: { in: 'eth0', proto: 'tcp', port: 80, to: ['10.0.1.2:80', '10.0.1.3:80', '10.0.1.4:80'] } }],
      },
    ],
    [
      'iptables -t nat -A PREROUTING -i eth1 -p tcp --dport 80 -j REDIRECT --to-port 3128',
      { nat: [{ redirect: { in: 'eth1', proto: 'tcp', port: 80, to: 3128 } }] },
    ],
    ['iptables -P FORWARD DROP', forward('drop')],
    [
      'LAN=10.0.1.0/24\nfor dev in eth0 eth1; do iptables -A FORWARD -i $dev -s ${LAN} -j DROP; done',
      forward('accept', { drop: { in: 'eth0', from: '10.0.1.0/24' } }, { drop: { in: 'eth1', from: '10.0.1.0/24' } }),
    ],
    [
      'iptables -P INPUT ACCEPT\niptables -F\niptables -t nat -F\niptables -X\niptables -A FORWARD -j ACCEPT\niptables -F FORWARD\niptables -L -n -v',
      {},
    ],
    [
      'iptables -P FORWARD DROP\niptables -A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT\niptables -A FORWARD \\\n  -i eth0 -o eth1 -s 10.0.1.0/24,10.0.2.0/24 -p tcp -m multiport --dports 80,443,8000:8999 -j ACCEPT',
      forward(
        'drop',
        { accept: { state: ['related', 'established'] } },
        {
          accept: {
            in: 'eth0',
            out: 'eth1',
            from: ['10.0.1.0/24', '10.0.2.0/24'],
            proto: 'tcp',
            port: [80, 443, '8000-8999'],
          },
        },
      ),
    ],
    [
      'iptables -A FORWARD -p icmp --icmp-type echo-request -j DROP\niptables -I FORWARD -s 10.0.1.2 -j ACCEPT\niptables -I FORWARD 2 -p udp --sport 53 -j REJECT --reject-with icmp-host-unreachable',
      forward(
        'accept',
        { accept: { from: '10.0.1.2/32' } },
        { reject: { proto: 'udp', source_port: 53, with: 'host-unreachable' } },
        { drop: { proto: 'icmp', icmp_type: 'echo-request' } },
      ),
    ],
    [
      'iptables -A FORWARD -p tcp -j DROP\niptables -A FORWARD -j LOG --log-prefix "no: "\niptables -A FORWARD -p udp -j REJECT\niptables -D FORWARD -p tcp -j DROP\niptables -D FORWARD 2',
      forward('accept', { log: { prefix: 'no: ' } }),
    ],
  ];
  for (const [script, expected] of forms) {
    it(`${JSON.stringify(script)} is a key`, () => assert.deepEqual(node(script), expected));
  }

  for (const line of [
    'iptables -t nat -A POSTROUTING -j MASQUERADE',
    'iptables -t nat -A POSTROUTING -o wlan0 -j MASQUERADE',
    'iptables -t nat -A POSTROUTING -o eth0 ! -s 10.0.1.0/24 -j MASQUERADE',
    'iptables -t nat -A OUTPUT -d 192.0.2.1 -j DNAT --to-destination 10.0.1.2',
    'iptables -t nat -A PREROUTING -i eth0 -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.0.1.2',
    'iptables -t mangle -A FORWARD -j MARK --set-mark 1',
    'iptables -N student',
    'iptables -A INTPUT -j DROP',
    'iptables -A INPUT -i eth+ -j DROP',
    'iptables -A INPUT -p tcp --syn -j DROP',
    'iptables -A INPUT -m limit --limit 5/min -j ACCEPT',
    'iptables -A INPUT -s example.org -j DROP',
    'iptables -A INPUT -p tcp --dport nosuch -j DROP',
    'iptables -A INPUT --dport 80 -j DROP',
    'ip6tables -P FORWARD DROP',
    'nft add table ip x',
    'iptables-restore < /etc/iptables',
    'for i in $(cat /list); do iptables -A INPUT -s 10.0.$i.1 -j DROP; done',
    'sh /shared/firewall.sh',
  ]) {
    it(`${JSON.stringify(line)} is none, and keeps all others as commands, in their order`, () => {
      const first = 'iptables -A FORWARD -p tcp -j DROP';
      const last = 'iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE';
      assert.deepEqual(node(`${first}\n${line}\n${last}`), { setup: [`${first}\n${line}\n${last}\ntrue\n`] });
    });
  }

  it('says nothing about IPv6, where a node has that', () => {
    assert.deepEqual(
      node('iptables -P FORWARD DROP\niptables -A FORWARD -p tcp -j ACCEPT', true),
      forward('drop', { accept: { from: '::/0' } }, { accept: { proto: 'tcp' } }),
    );
    assert.deepEqual(node('iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE', true), {
      nat: [{ masquerade: { out: 'eth0', from: '0.0.0.0/0' } }],
    });
    const redirect = 'iptables -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 3128';
    assert.deepEqual(node(redirect, true), { setup: [`${redirect} || true`] });
  });
});
