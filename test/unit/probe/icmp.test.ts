import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { checksum } from '../../../src/probe/checksum.ts';
import { decodeIcmp, decodeIpv4, type EchoMessage, echoOf, encodeEcho } from '../../../src/probe/icmp.ts';
import { errnoWords, isExpired, isTooBig, refusalWords } from '../../../src/probe/reason.ts';

interface Echo {
  readonly id: number;
  readonly seq: number;
  readonly payload: string;
}

interface Fixture {
  /** What made the packet; hex is what a packet socket saw of it. */
  readonly command: string;
  readonly family: 4 | 6;
  readonly hex: string;
  readonly says: {
    readonly from?: string;
    readonly ttl?: number;
    readonly to?: string;
    readonly words?: string;
    readonly request?: Echo;
    readonly reply?: Echo;
  };
}

const FIXTURES = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/probe/icmp.json', import.meta.url), 'utf8'),
) as Fixture[];
const IPV6_HEADER = 40;

const plain = ({ id, seq, payload }: EchoMessage): Echo => ({ id, seq, payload: Buffer.from(payload).toString('hex') });
const bytesOf = ({ hex }: Fixture): Buffer => Buffer.from(hex, 'hex');
/** What a raw socket of the family gets: of IPv4 with its header, which is read here as well. */
const icmpOf = (fixture: Fixture): Buffer => {
  const bytes = bytesOf(fixture);
  return bytes.subarray(fixture.family === 6 ? IPV6_HEADER : decodeIpv4(bytes)!.length);
};

describe('ICMP packets', () => {
  for (const fixture of FIXTURES) {
    const { command, family, says } = fixture;
    const { request, reply, words, to, ttl } = says;
    const what = words ?? (reply === undefined ? 'the request' : 'the reply');
    it(`${command}: ${what}`, () => {
      const icmp = icmpOf(fixture);
      const from = family === 4 ? decodeIpv4(bytesOf(fixture))!.from : (words?.replace(/^.* /, '') ?? '');
      if (ttl !== undefined) assert.equal(decodeIpv4(bytesOf(fixture))!.ttl, ttl);
      if (says.from !== undefined) assert.equal(from, says.from);
      const message = decodeIcmp(family, icmp);
      if (words === undefined && request !== undefined) {
        assert.equal(message, undefined, 'a request is nobody’s answer');
        const sent = encodeEcho(family, { ...request, payload: Buffer.from(request.payload, 'hex') });
        const expected = Buffer.from(icmp);
        // Of ICMPv6 the kernel writes the checksum.
        if (family === 6) expected.fill(0, 2, 4);
        assert.deepEqual(Buffer.from(sent), expected);
        return;
      }
      if (reply !== undefined) {
        assert.ok(message?.kind === 'reply');
        assert.deepEqual(plain(message.echo), reply);
        return;
      }
      assert.ok(message?.kind === 'refusal');
      assert.equal(refusalWords({ ...message.refusal, from }), words);
      assert.equal(message.original.to, to);
      const quoted = echoOf(family, message.original);
      assert.ok(quoted !== undefined);
      assert.deepEqual(plain(quoted), request);
      assert.equal(isTooBig(message.refusal), words?.startsWith('packet too big'));
      assert.equal(isExpired(message.refusal), words?.startsWith('time to live exceeded'));
    });
  }

  it('have a checksum over which the checksum is zero', () => {
    const whole = FIXTURES.filter(({ family, command }) => family === 4 && !command.includes('cut off'));
    assert.ok(whole.length > 3);
    for (const fixture of whole) assert.equal(checksum(icmpOf(fixture)), 0, fixture.command);
    // RFC 1071 §3, its example and an odd byte more.
    assert.equal(checksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)), 0x220d);
    assert.equal(checksum(Uint8Array.of(0xff, 0xff, 0x01)), 0xfeff);
    assert.equal(checksum(new Uint8Array(65535).fill(0xff)), 0x00ff);
  });

  it('are read to their end and no further, wherever they are cut off', () => {
    for (const fixture of FIXTURES) {
      const icmp = icmpOf(fixture);
      for (let length = 0; length < icmp.length; length++) {
        const message = decodeIcmp(fixture.family, icmp.subarray(0, length));
        if (length < 8) assert.equal(message, undefined);
        if (message?.kind === 'refusal') echoOf(fixture.family, message.original);
      }
      for (let length = 0; length < 20; length++)
        assert.equal(
          fixture.family === 4 && decodeIpv4(bytesOf(fixture).subarray(0, length)),
          fixture.family === 4 ? undefined : false,
        );
    }
  });

  it('of IPv6 may quote a packet that was sent in fragments', () => {
    const refusal = FIXTURES.find(({ family, says }) => family === 6 && says.words?.startsWith('prohibited') === true)!;
    const icmp = icmpOf(refusal);
    const fragment = Buffer.from('3a000001deadbeef', 'hex');
    const quoted = Buffer.concat([icmp.subarray(0, 8 + IPV6_HEADER), fragment, icmp.subarray(8 + IPV6_HEADER)]);
    quoted[8 + 6] = 44;
    const message = decodeIcmp(6, quoted);
    assert.ok(message?.kind === 'refusal');
    assert.deepEqual(plain(echoOf(6, message.original)!), refusal.says.request);
  });
});

describe('reasons', () => {
  const words = (family: 4 | 6, type: number, code: number): string =>
    refusalWords({ family, type, code, mtu: 0, from: '10.0.0.1' });

  it('are the same for both families where they mean the same', () => {
    assert.equal(words(4, 3, 1), 'host unreachable, says 10.0.0.1');
    assert.equal(words(6, 1, 3), 'host unreachable, says 10.0.0.1');
    assert.equal(words(4, 3, 3), 'port unreachable, says 10.0.0.1');
    assert.equal(words(6, 1, 4), 'port unreachable, says 10.0.0.1');
    for (const code of [9, 10, 13]) assert.equal(words(4, 3, code), 'prohibited by 10.0.0.1');
    for (const code of [1, 5]) assert.equal(words(6, 1, code), 'prohibited by 10.0.0.1');
    assert.equal(words(4, 11, 1), 'fragments did not come together, says 10.0.0.1');
    assert.equal(words(6, 3, 1), 'fragments did not come together, says 10.0.0.1');
    assert.equal(words(4, 12, 0), 'parameter problem, says 10.0.0.1');
    assert.equal(words(4, 3, 99), 'unreachable (code 99), says 10.0.0.1');
    assert.equal(words(4, 42, 1), 'ICMP type 42 code 1, says 10.0.0.1');
  });

  it('tell what the own kernel says', () => {
    assert.equal(errnoWords('ENETUNREACH'), 'network unreachable');
    assert.equal(errnoWords('EXFULL'), 'EXFULL');
  });
});
