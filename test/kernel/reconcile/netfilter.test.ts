/** The table `inet netlab`: what netlab writes over netlink is what `nft` makes of the same lines, and reads back as it was written. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import type { FilterChain, FilterRule, NatRule } from '../../../src/model/netfilter.ts';
import type { Netfilter } from '../../../src/model/resource.ts';
import { readTables } from '../../../src/reconcile/read/netfilter.ts';
import { getgen } from '../../../src/netlink/spec/nftables.ts';
import type { NetlinkRequest } from '../../../src/resource/kind.ts';
import { netfilter } from '../../../src/resource/netfilter.ts';
import { Namespaces } from '../../../src/reconcile/namespaces.ts';
import { OwnNamespaces } from '../../support/own-namespaces.ts';
import { probe } from '../../support/index.ts';

const NAT: NatRule[] = [
  { type: 'masquerade', out: 'eth0' },
  { type: 'masquerade', out: 'eth0', from: '10.0.2.0/24' },
  { type: 'masquerade', out: 'eth1', from: 'fd00:2::/64' },
  { type: 'snat', out: 'eth1', from: '10.1.0.0/20', to: '192.0.2.7' },
  { type: 'snat', from: 'fd00:1::/65', to: '2001:db8::7' },
  { type: 'dnat', in: 'eth0', proto: 'tcp', port: 8080, to: [{ address: '10.0.2.2', port: 80 }] },
  { type: 'dnat', dest: '10.96.0.9', to: [{ address: '10.0.2.2' }] },
  { type: 'dnat', dest: 'fd00:96::9', proto: 'tcp', to: [{ address: 'fd00:2::2', port: 80 }] },
  {
    type: 'dnat',
    dest: '10.96.0.10',
    proto: 'udp',
    port: 53,
    to: [2, 3].map((n) => ({ address: `10.0.2.${n}`, port: 53 })),
  },
  { type: 'dnat', dest: '10.96.0.11', to: [2, 3, 4].map((n) => ({ address: `10.0.2.${n}` })) },
  {
    type: 'dnat',
    dest: 'fd00:96::10',
    proto: 'tcp',
    port: 80,
    to: [2, 3].map((n) => ({ address: `fd00:2::${n}`, port: 8080 })),
  },
  { type: 'dnat', dest: 'fd00:96::11', to: [2, 3].map((n) => ({ address: `fd00:2::${n}` })) },
  { type: 'redirect', in: 'eth0', proto: 'tcp', port: 80, to: 3128 },
  { type: 'redirect', proto: 'udp', to: 5353 },
  { type: 'publish', proto: 'tcp', port: 8081, to: '10.0.2.2', toPort: 80, hairpin: '10.0.2.0/24' },
  { type: 'publish', proto: 'udp', port: 53, to: 'fd00:2::2', toPort: 5353, hairpin: 'fd00:2::/64' },
];

const RULES: FilterRule[] = [
  { verdict: 'accept', state: ['established', 'related'] },
  { verdict: 'drop', state: ['invalid'] },
  { verdict: 'accept', state: ['new', 'untracked'], counter: true },
  { verdict: 'accept', in: ['lan'], out: ['wan'] },
  { verdict: 'accept', in: ['lan', 'dmz'], out: ['wan', 'wan2'] },
  { verdict: 'accept', from: ['10.0.0.0/24'], to: ['10.0.2.1/32'] },
  { verdict: 'accept', from: ['10.0.0.1/32'], to: ['10.0.2.1/32'], proto: ['tcp'], sourcePort: ['1'], port: ['2'] },
  { verdict: 'accept', from: ['10.0.0.0/23', '10.9.0.0/16', '192.0.2.1/32'] },
  { verdict: 'accept', from: ['10.0.0.0/25', '10.0.0.128/25', '10.0.0.7/32', '0.0.0.0/8', '255.0.0.0/8'] },
  { verdict: 'accept', to: ['10.0.0.1/32', '10.0.0.2/32', '10.0.0.2/32'] },
  { verdict: 'accept', from: ['10.0.0.0/24', 'fd00::/64'], to: ['fd00:1::1/128', 'fd00:2::/63', '10.0.1.0/24'] },
  { verdict: 'accept', from: ['fd00::/61'], to: ['fd00:1::1/128'] },
  { verdict: 'accept', from: ['0.0.0.0/0'] },
  { verdict: 'accept', from: ['::/0'], to: ['::/0'] },
  { verdict: 'accept', proto: ['tcp'] },
  { verdict: 'accept', proto: ['tcp', 'udp'], port: ['53'] },
  { verdict: 'accept', proto: ['tcp'], port: ['22'] },
  { verdict: 'accept', proto: ['tcp'], port: ['1000-2000'] },
  { verdict: 'accept', proto: ['tcp'], port: ['80', '443'] },
  { verdict: 'accept', proto: ['sctp'], port: ['80', '1000-2000', '65000-65535'] },
  { verdict: 'accept', proto: ['udp'], sourcePort: ['53'], port: ['1024-65535'] },
  {
    verdict: 'accept',
    in: ['lan'],
    from: ['10.0.0.0/8'],
    proto: ['tcp'],
    sourcePort: ['1024-65535'],
    port: ['80', '443'],
  },
  { verdict: 'accept', proto: ['icmp'] },
  { verdict: 'accept', proto: ['icmpv6', 'icmp', 'gre', 'esp', 'ah'] },
  { verdict: 'accept', proto: ['icmp'], icmpType: ['echo-request'] },
  { verdict: 'accept', proto: ['icmp'], icmpType: ['echo-request', 'time-exceeded', '44'] },
  {
    verdict: 'accept',
    from: ['fe80::/10'],
    proto: ['icmpv6'],
    icmpType: ['nd-neighbor-solicit', 'nd-neighbor-advert'],
  },
  { verdict: 'reject' },
  { verdict: 'reject', proto: ['tcp'], with: 'tcp-reset' },
  { verdict: 'reject', proto: ['udp'], with: 'port-unreachable' },
  { verdict: 'reject', in: ['wan'], with: 'host-unreachable' },
  { verdict: 'reject', with: 'net-unreachable' },
  { verdict: 'reject', with: 'admin-prohibited', log: 'no: ', counter: true },
  { verdict: 'return', in: ['lan'], comment: "the clerk's desk" },
  { verdict: 'log', log: '' },
  { verdict: 'log', log: 'new: ', state: ['new'] },
  { verdict: 'drop', from: Array.from({ length: 40 }, (_, n) => `10.200.${n}.0/24`) },
  { verdict: 'drop', log: 'dropped', counter: true },
];

const chain = (
  hook: FilterChain['hook'],
  policy: FilterChain['policy'],
  rules: readonly FilterRule[],
): FilterChain => ({
  hook,
  policy,
  rules: rules.filter((rule) => !(hook === 'input' && rule.out) && !(hook === 'output' && rule.in)),
});
const table = (nat: NatRule[], firewall: FilterChain[]): Netfilter => ({ kind: 'netfilter', node: 'r', nat, firewall });
const FULL = table(NAT, [
  chain('input', 'drop', RULES),
  chain('forward', 'drop', RULES),
  chain('output', 'accept', RULES),
]);

describe('nftables: the table of a node', () => {
  const namespaces = new Namespaces();
  const own = new OwnNamespaces(namespaces);
  before(function () {
    probe(this, 'nftables NAT');
    for (const name of ['r', 'oracle', 'steps'])
      own.create(
        () => [{ name, sysctls: [] }],
        () => {},
      );
  });
  after(() => {
    own[Symbol.dispose]();
    namespaces[Symbol.dispose]();
  });

  const run = (node: string, argv: readonly string[]): string => {
    const { stdout, stderr, status } = spawnSync('nsenter', [`--net=${own.path(node)}`, ...argv], { encoding: 'utf8' });
    assert.equal(status, 0, `${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  const read = (node: string): Netfilter | undefined =>
    readTables('r', namespaces.netfilter(node), () => -1).find((each): each is Netfilter => each.kind === 'netfilter');
  const send = (node: string, requests: readonly unknown[]): void => {
    const batch = namespaces.netfilter(node).nftBatch<string>();
    for (const request of requests as NetlinkRequest[]) request.add(batch, 'r');
    assert.deepEqual(batch.send(), []);
  };
  const around = { isDropped: () => false } as never;
  /** The file's table, from whatever stands in the kernel, as one `up` does it. */
  const become = (node: string, wanted: Netfilter): void => {
    const found = read(node);
    send(node, found === undefined ? netfilter.create(wanted, around) : netfilter.update(wanted, found, [], around));
  };
  const differences = (wanted: Netfilter): string[] =>
    netfilter
      .differences(wanted, read('r')!)
      .map(({ field, from, to }) => `${field}: ${from ?? 'unset'} → ${to ?? 'unset'}`);

  it('reads back every kind of rule as it was written', () => {
    become('r', FULL);
    assert.deepEqual(differences(FULL), []);
  });

  it('is what nft makes of the commands', () => {
    run('oracle', ['sh', '-ec', netfilter.commands(FULL, around).map(String).join('\n')]);
    assert.deepEqual(
      listing(run('r', ['nft', '-j', 'list', 'ruleset'])),
      listing(run('oracle', ['nft', '-j', 'list', 'ruleset'])),
    );
    // What nft made is read as ours too.
    assert.deepEqual(netfilter.differences(FULL, read('oracle')!), []);
    assert.equal(run('r', ['nft', 'list', 'ruleset']), run('oracle', ['nft', 'list', 'ruleset']));
  });

  it('tells what was changed by hand, rule by rule, and mends it', () => {
    const wanted = table(NAT.slice(5, 6), [chain('forward', 'drop', RULES.slice(0, 2)), chain('input', 'accept', [])]);
    become('r', wanted);
    const by = (...commands: string[]): string[] => {
      become('r', wanted);
      assert.deepEqual(differences(wanted), []);
      for (const command of commands) run('r', ['nft', ...command.split(' ')]);
      return differences(wanted);
    };
    const established = 'accept state established,related';
    assert.deepEqual(by('add rule inet netlab forward accept'), [
      'table: forward: a rule without our comment (altered) → as the file has it',
    ]);
    assert.deepEqual(by('flush chain inet netlab forward'), [
      `rule: unset → ${established}`,
      'rule: unset → drop state invalid',
    ]);
    assert.deepEqual(
      by(
        'flush chain inet netlab forward',
        `add rule inet netlab forward ct state new accept comment "${established}"`,
      ),
      ['rule: unset → drop state invalid', `table: forward: ${established} (altered) → as the file has it`],
    );
    assert.deepEqual(by('add chain inet netlab forward { policy accept ; }'), ['policy of forward: accept → drop']);
    assert.deepEqual(by('delete chain inet netlab input'), ['policy of input: unset → accept']);
    assert.deepEqual(by('add chain inet netlab extra'), ['chain extra: not hooked in → unset']);
  });

  it('changes from any of these to any other in one transaction', () => {
    const states = [
      FULL,
      table([], [chain('forward', 'drop', RULES)]),
      table(NAT, []),
      table(NAT.toReversed(), [chain('input', 'accept', RULES.toReversed())]),
      table([], [chain('output', 'drop', [])]),
    ];
    for (const from of states) {
      for (const to of states) {
        become('r', from);
        become('r', to);
        assert.deepEqual(differences(to), []);
      }
    }
  });

  it('brings back what was there before, also what somebody had changed', () => {
    become('r', FULL);
    run('r', ['nft', 'insert', 'rule', 'inet', 'netlab', 'forward', 'tcp', 'dport', '{ 1, 2, 5-9 }', 'drop']);
    const before = read('r')!;
    const text = run('r', ['nft', '-s', 'list', 'ruleset']);
    become('r', table([], [chain('output', 'drop', [])]));
    become('r', before);
    assert.equal(run('r', ['nft', '-s', 'list', 'ruleset']), text);
    assert.deepEqual(netfilter.differences(before, read('r')!), []);
  });

  it('changes in one transaction: the ruleset has one number before, and the next one after', () => {
    const generation = (): number => namespaces.netfilter('r').request(getgen, {})[0]?.attrs.id ?? 0;
    become('r', table([], [chain('forward', 'drop', RULES.slice(0, 1))]));
    const before = generation();
    become('r', FULL);
    assert.equal(generation(), before + 1);
  });

  it('is gone when the file has neither nat nor firewall', () => {
    send('r', netfilter.remove(read('r')!, around));
    assert.equal(run('r', ['nft', 'list', 'ruleset']), '');
  });
});

/** Without handles, and without the order in which sets keep their elements. */
function listing(json: string): unknown {
  const { nftables } = JSON.parse(json) as { nftables: object[] };
  return JSON.parse(JSON.stringify(nftables.slice(1), (key, value: unknown) => (key === 'handle' ? undefined : value)));
}
