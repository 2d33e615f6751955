import assert from 'node:assert/strict';

import { diff } from '../../../src/reconcile/diff.ts';
import { keyOf } from '../../../src/resource/index.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';
import { edited } from '../../support/index.ts';

const LAB = `
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.1/24] }, eth1: { addresses: [10.1.0.1/24, 'fd01::1/64'] } } }
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
  c: {}
links: [['a:eth0', 'b:eth0'], ['a:eth1', 'c:eth0']]
`;

/** The reasons of creations and removals when one text follows the other; the usual ones left out. */
function told(text: string, edit: string): string[] {
  const load = (each: string) => loadTopologyText(each, 'x.yaml').model.resources;
  const found = load(text);
  const { changes } = diff(load(edit), { resources: found, ours: new Set(found.map(keyOf)) });
  const usual = ['the file has it, the kernel does not', 'the file no longer has it', 'its link is made anew'];
  return changes.flatMap(({ action, reason }) => (action === 'create' && !usual.includes(reason) ? [reason] : []));
}

const replaced = (...pairs: readonly (readonly [string, string])[]): string =>
  pairs.reduce((text, [from, to]) => text.replaceAll(from, to), LAB);

describe('a renaming in the file', () => {
  it('of a node is told as a removal and an addition', () => {
    assert.deepEqual(told(LAB, replaced(['  b:', '  b2:'], ["'b:eth0'", "'b2:eth0'"])), [
      'node b is gone, node b2 is new (the same links and addresses: a renaming is a removal and an addition)',
    ]);
  });

  it('of a link, too', () => {
    assert.deepEqual(told(LAB, replaced(['eth1: {', 'up1: {'], ["'a:eth1'", "'a:up1'"])), [
      'link a:eth1 is gone, link a:up1 is new (the same end and addresses: a renaming is a removal and an addition)',
    ]);
  });

  it('is not what else goes and comes', () => {
    const other = replaced(['  b:', '  b2:'], ["'b:eth0'", "'b2:eth0'"], ['10.0.0.2/24', '10.0.0.3/24']);
    assert.deepEqual(told(LAB, other), []);
    assert.deepEqual(told(LAB, edited(LAB, '  c: {}\n', '  c: {}\n  d: {}\n')), []);
    // Two that look alike: which of them became which, nobody can say.
    const twins = `
nodes: { a: {}, b: {}, c: {} }
links: [['a:eth0', 'b:eth0'], ['a:eth1', 'b:eth1']]
`;
    assert.deepEqual(told(twins, twins.replace("'a:eth0'", "'a:x0'").replace("'a:eth1'", "'a:x1'")), []);
  });
});
