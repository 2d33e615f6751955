import assert from 'node:assert/strict';

import type { FilterRule, NatRule } from '../../../src/model/netfilter.ts';
import type { Resource } from '../../../src/model/resource.ts';
import { ChangeFailure } from '../../../src/reconcile/apply.ts';
import { netfilter } from '../../../src/resource/netfilter.ts';
import { probe, requireRoot } from '../../support/index.ts';
import { Bench } from '../../support/reconcile.ts';

const NODE: Resource = {
  kind: 'namespace',
  node: 'a',
  role: 'node',
  hostname: 'a',
  isolation: ['net'],
};
/** No file gets as far as this: a name that the kernel has no room for. */
const TOO_LONG = 'x'.repeat(200);

const at = (where: string, i: number): readonly (string | number)[] => ['nodes', 'a', where, i];

async function refusedAt(nat: readonly NatRule[], rules: readonly FilterRule[]): Promise<unknown> {
  using bench = new Bench();
  const firewall = [{ hook: 'input' as const, policy: 'accept' as const, rules }];
  try {
    await bench.become([NODE, { kind: 'netfilter', node: 'a', nat, firewall, at: ['nodes', 'a', 'nat'] }]);
  } catch (error) {
    if (!(error instanceof ChangeFailure)) throw error;
    return error.at;
  }
  assert.fail('the kernel took it');
}

describe('nftables: the refusal of one rule', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'nftables NAT');
  });

  it('is told with the line of that rule, not with that of all', async () => {
    const nat = [0, 1].map((i): NatRule => ({ type: 'masquerade', out: `eth${i}`, at: at('nat', i) }));
    const rules = [0, 1, 2].map((i): FilterRule => ({
      verdict: 'log',
      log: i === 1 ? TOO_LONG : '',
      at: at('input', i),
    }));
    assert.deepEqual(await refusedAt(nat, rules), at('input', 1));
  });

  it('can be told of every message about a rule, its sets and its chain', () => {
    const nat: NatRule[] = [
      { type: 'dnat', dest: '10.96.0.1', to: [{ address: '10.0.0.1' }, { address: '10.0.0.2' }], at: at('nat', 0) },
      { type: 'publish', proto: 'tcp', port: 80, to: '10.0.0.1', toPort: 80, at: at('nat', 1) },
    ];
    const rules: FilterRule[] = [{ verdict: 'accept', proto: ['tcp'], port: ['80', '443'], at: at('input', 0) }];
    const firewall = [{ hook: 'input' as const, policy: 'accept' as const, rules, at: ['nodes', 'a', 'input'] }];
    const requests = netfilter.create({ kind: 'netfilter', node: 'a', nat, firewall }, {} as never);
    const places = requests.map((each) => ('at' in each ? (each.at?.join('.') ?? '') : ''));
    const times = (place: string): number => places.filter((each) => each === place).length;
    // A map for each of two hooks; two rules of translation and one of masquerade from 127.0.0.0/8; one set; the chain.
    assert.deepEqual(['nodes.a.nat.0', 'nodes.a.nat.1', 'nodes.a.input.0', 'nodes.a.input'].map(times), [
      2 * 3,
      3,
      3,
      1,
    ]);
  });
});
