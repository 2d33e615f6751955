import assert from 'node:assert/strict';

import { encode } from '../../../src/netlink/codec.ts';
import { LE, NLMSG_HDRLEN, Reader } from '../../../src/netlink/wire.ts';
import { FAMILIES, fixtures, type Fixture } from './fixtures.ts';

// No command of iproute2 sends these as we do; the kernel tests and the check against the headers have them.
const CAPTURED_ELSEWHERE = new Set(['rt-netns', 'rt-netconf']);

describe('netlink: what ip, bridge, nft and conntrack say', function () {
  before(function () {
    // The bytes were captured on a little-endian machine.
    if (!LE) this.skip();
  });
  for (const family of Object.keys(FAMILIES).filter((name) => !CAPTURED_ELSEWHERE.has(name))) {
    for (const fixture of fixtures(family)) {
      describe(`${fixture.command} (${fixture.direction})`, () => {
        it('is read', () => assert.deepEqual(read(fixture, fixture.bytes), fixture.value));
        it('comes back from what we write', () => {
          assert.deepEqual(read(fixture, encode(fixture.message, fixture.value)), fixture.value);
        });
        if (fixture.direction === 'sent') it('is written as the tool writes it', () => sameBytes(fixture));
        it('throws RangeError or nothing when cut off anywhere', () => {
          for (let length = 0; length < fixture.bytes.length; length++)
            readable(fixture, fixture.bytes.slice(0, length));
        });
        it('throws RangeError or nothing with any byte changed', () => {
          for (let at = NLMSG_HDRLEN; at < fixture.bytes.length; at++) {
            for (const byte of [0, 1, 3, 0x7f, 0xff]) readable(fixture, fixture.bytes.with(at, byte));
          }
        });
      });
    }
  }
});

function read({ message }: Fixture, bytes: Uint8Array): unknown {
  return message.read(new Reader(bytes), NLMSG_HDRLEN, bytes.length);
}

function readable(fixture: Fixture, bytes: Uint8Array): void {
  try {
    read(fixture, bytes);
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
  }
}

/** We set NLA_F_NESTED on every nest; iproute2 leaves it out where the kernel is older than the flag. Nothing else differs. */
function sameBytes({ message, value, flags, bytes }: Fixture): void {
  const sequence = new DataView(bytes.buffer).getUint32(8, true);
  const ours = encode(message, value, flags, sequence);
  const unflagged = ours.map((byte, i) => (i % 4 === 3 && byte === (bytes[i]! | 0x80) ? bytes[i]! : byte));
  assert.equal(hex(unflagged), hex(bytes));
}

/** Four bytes a line, so that a difference shows where it is. */
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').replaceAll(/.{8}/g, '$&\n');
}
