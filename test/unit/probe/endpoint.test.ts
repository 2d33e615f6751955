import assert from 'node:assert/strict';

import { parseIp } from '../../../src/model/ip.ts';
import { decodeSockaddr, encodeSockaddr, endpoint } from '../../../src/probe/endpoint.ts';

describe('endpoints', () => {
  it('go to a struct sockaddr and back', () => {
    for (const [address, port, scope] of [
      ['10.0.0.1', 80, 0],
      ['2001:db8::1', 65535, 0],
      ['fe80::1', 0, 7],
    ] as const) {
      const bytes = encodeSockaddr(parseIp(address)!, port, scope);
      assert.deepEqual(decodeSockaddr(bytes), { address, port, scope });
      for (let length = 0; length < bytes.length; length++)
        assert.equal(decodeSockaddr(bytes.subarray(0, length)), undefined);
    }
    assert.equal(decodeSockaddr(new Uint8Array(28)), undefined);
  });

  it('are what C lays out', () => {
    // python3 -c 'import socket; …' of the same: family in the order of this machine, port in that of the network.
    const bytes = Buffer.from(encodeSockaddr(parseIp('192.0.2.9')!, 8080));
    assert.equal(bytes.subarray(2, 8).toString('hex'), '1f90c0000209');
  });

  it('take a zone by its index, and no name for an address', () => {
    assert.equal(decodeSockaddr(endpoint(-1, 'fe80::1%3').bytes)?.scope, 3);
    for (const text of ['web', '10.0.0.1%eth0', '10.0.0', '', '%eth0', 'fe80::1%'])
      assert.throws(() => endpoint(-1, text), /is no IP address/, text);
  });
});
