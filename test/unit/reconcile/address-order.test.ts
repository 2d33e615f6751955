import assert from 'node:assert/strict';

import type { Address } from '../../../src/model/resource.ts';
import { diff } from '../../../src/reconcile/diff.ts';
import { keyOf } from '../../../src/resource/index.ts';

const address = (prefix: string, scope: Address['scope'] = 'global'): Address => ({
  kind: 'address',
  node: 'a',
  link: 'eth0',
  prefix,
  scope,
});
const addresses = (text: string): Address[] => text.split(' ').map((prefix) => address(prefix));

/** What is done to come from one list to another, in short: `+` created, `-` removed, `~` added again. */
function steps(from: string, to: string, foreign = ''): string {
  const found = addresses(from);
  const ours = new Set(found.filter(({ prefix }) => !foreign.split(' ').includes(prefix)).map(keyOf));
  const { changes } = diff(addresses(to), { resources: found, ours });
  const sign = { create: '+', remove: '-', replace: '~', update: '=', none: '' } as const;
  return changes
    .map(({ action, wanted, found: present }) => `${sign[action]}${((wanted ?? present) as Address).prefix}`)
    .join(' ');
}

describe('the order of addresses', () => {
  it('costs nothing where it is right', () => {
    assert.equal(
      steps('10.0.0.1/24 10.0.0.2/24 fd00::1/64 fd01::1/64', '10.0.0.1/24 10.0.0.2/24 fd00::1/64 fd01::1/64'),
      '',
    );
    assert.equal(steps('10.0.0.1/24', '10.0.0.1/24 10.1.0.1/24'), '+10.1.0.1/24');
  });

  it('is made by adding again what comes later', () => {
    assert.equal(steps('10.0.0.1/24', '10.1.0.1/24 10.0.0.1/24'), '+10.1.0.1/24 ~10.0.0.1/24');
    assert.equal(steps('10.0.0.1/24 10.1.0.1/24', '10.1.0.1/24 10.0.0.1/24'), '~10.0.0.1/24');
    assert.equal(steps('fd00::1/64 fd01::1/64', 'fd01::1/64 fd00::1/64'), '~fd00::1/64');
  });

  it('takes the other addresses of a network along with its first', () => {
    assert.equal(steps('10.0.0.1/24 10.0.0.2/24', '10.0.0.2/24'), '-10.0.0.1/24 ~10.0.0.2/24');
    assert.equal(steps('10.0.0.1/24 10.0.0.2/24', '10.0.0.2/24 10.0.0.1/24'), '~10.0.0.2/24 ~10.0.0.1/24');
    assert.equal(steps('10.1.0.1/24 10.0.0.1/24 10.0.0.2/24', '10.0.0.1/24 10.1.0.1/24 10.0.0.2/24'), '~10.1.0.1/24');
  });

  it('leaves alone a network in which somebody else has an address', () => {
    assert.equal(steps('10.0.0.9/24 10.0.0.2/24 10.0.0.1/24', '10.0.0.1/24 10.0.0.2/24', '10.0.0.9/24'), '');
  });
});
