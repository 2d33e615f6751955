import assert from 'node:assert/strict';

import { topology, type TopologyDocument } from '../../../src/index.ts';
import type { TopologyDocument as Understood } from '../../../src/topology/document.ts';
import { expandObject } from '../../../src/topology/load.ts';

/** The compiler is the test: what the rest of netlab understands of a topology, the types that are made from the schema can say. */
const published = (understood: Understood): TopologyDocument => understood;

describe('a topology that is built', () => {
  const pair = topology('pair')
    .node('a', { forwarding: true })
    .node('b')
    .link('a:eth0', 'b:eth0', { subnet: '10.0.0.0/30' })
    .bridge('lan', ['a', 'b:lan0'], { subnet: '10.1.0.0/24' })
    .defaults({ link: { mtu: 1400 } })
    .check({ ping: { from: 'a', to: 'b' } });

  it('is the plain object that a file would hold', () => {
    const plain: TopologyDocument = {
      name: 'pair',
      nodes: { a: { forwarding: true }, b: {} },
      links: [{ endpoints: ['a:eth0', 'b:eth0'], subnet: '10.0.0.0/30' }],
      bridges: { lan: { ports: ['a', 'b:lan0'], subnet: '10.1.0.0/24' } },
      defaults: { link: { mtu: 1400 } },
      checks: [{ ping: { from: 'a', to: 'b' } }],
    };
    assert.deepEqual(pair.toJSON(), plain);
    assert.equal(JSON.stringify(pair), JSON.stringify(plain));
    assert.deepEqual(expandObject(pair, 'x').model.resources, expandObject(plain, 'x').model.resources);
    assert.deepEqual(published({ name: 'x' }), { name: 'x' });
  });

  it('leaves what it was begun with as it was', () => {
    const one = topology().node('a');
    const two = one.node('b').node('c');
    assert.deepEqual(Object.keys(one.toJSON().nodes ?? {}), ['a']);
    assert.deepEqual(Object.keys(two.toJSON().nodes ?? {}), ['a', 'b', 'c']);
  });

  it('takes ends of nodes that are there, and of no others', () => {
    // @ts-expect-error there is no node c
    pair.link('a:eth9', 'c:eth0');
    // @ts-expect-error a node is no end
    pair.link('a', 'b:eth9');
    pair.link('host:v0', 'b:eth9');
    // @ts-expect-error no node is called so
    pair.bridge('x', ['c']);
    // A program that makes names as it goes says that they are strings.
    let ring = topology('ring').node<string>('r0');
    for (let i = 1; i < 3; i++) ring = ring.node(`r${i}`).link(`r${i - 1}:right`, `r${i}:left`);
    assert.equal(ring.toJSON().links?.length, 2);
  });

  it('is checked like any other', () => {
    // @ts-expect-error an MTU is a number
    const wrong = topology('wrong').node('a', { interfaces: { lo: { mtu: 'x' } } });
    assert.throws(() => expandObject(wrong, 'x'), /nodes\.a\.interfaces\.lo\.mtu/);
  });
});
