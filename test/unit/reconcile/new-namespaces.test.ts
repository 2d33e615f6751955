import assert from 'node:assert/strict';

import { newNamespaces } from '../../../src/reconcile/new-namespaces.ts';
import { expandObject } from '../../../src/topology/load.ts';

describe('a new namespace', () => {
  // A machine with Docker forwards, and hands that on to every namespace that is made on it.
  it('forwards IPv4 when its file says so, whatever the machine does', () => {
    const { model } = expandObject(
      { nodes: { silent: {}, off: { forwarding: false }, on: { forwarding: true } } },
      'lab',
    );
    const forwards = newNamespaces(model.resources).map(({ name, sysctls }) => [
      name,
      sysctls.filter(([path]) => path === 'net/ipv4/ip_forward').map(([, value]) => value),
    ]);
    assert.deepEqual(Object.fromEntries(forwards), { silent: ['0'], off: ['0'], on: ['1'] });
  });
});
