import assert from 'node:assert/strict';

import { decodeAnswer, encodeQuery } from '../../../src/probe/dns-message.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('DNS messages', () => {
  it('ask as others do', () => {
    // A UDP server of the test's, asked by node:dns (c-ares): `new Resolver().resolve4('web.example')`; its number was another.
    const asked = 'abcd0100000100000000000003776562076578616d706c650000010001';
    assert.equal(hex(encodeQuery(0xabcd, 'web.example', 'A')), asked);
    assert.equal(hex(encodeQuery(0xabcd, 'web.example.', 'A')), asked);
    assert.equal(hex(encodeQuery(1, '.', 'NS')), '0001010000010000000000000000020001');
    for (const name of ['a..b', '.a', 'a'.repeat(64), `${'a'.repeat(60)}.`.repeat(5)])
      assert.throws(() => encodeQuery(1, name, 'A'), TypeError, name);
  });

  // RFC 1035 §4.1.4, its own example of names that lead to others: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root.
  const answer = (records: string, count: number): Uint8Array => {
    const header = `000185800001000${count}00000000`;
    return Buffer.from(`${header}01460349534904415250410000010001${records}`, 'hex');
  };

  it('have names that lead to others', () => {
    const read = decodeAnswer(
      answer('c00c00010001000000050004c000020103464f4fc00c00050001000000050002c0120000020001000000050002c00c', 3),
    );
    assert.deepEqual(read, {
      id: 1,
      rcode: 'NOERROR',
      truncated: false,
      authoritative: true,
      answers: [
        { name: 'F.ISI.ARPA', type: 'A', ttl: 5, data: '192.0.2.1' },
        { name: 'FOO.F.ISI.ARPA', type: 'CNAME', ttl: 5, data: 'ARPA' },
        { name: '', type: 'NS', ttl: 5, data: 'F.ISI.ARPA' },
      ],
    });
  });

  it('that lead nowhere, in circles or beyond the end are none', () => {
    for (const name of ['c01d', 'c0ff', 'c020', '80', '41'])
      assert.equal(decodeAnswer(answer(`${name}00010001000000050004c0000201`, 1)), undefined, name);
    // An address of another length.
    assert.equal(decodeAnswer(answer('c00c00010001000000050003c00002', 1)), undefined);
  });

  it('show what no name has as its number, and types without a name in hexadecimal', () => {
    const read = decodeAnswer(answer('c00c0010000100000005000504411b5b6dc00cff00000100000005000201ff', 2));
    assert.deepEqual(
      read?.answers.map(({ type, data }) => [type, data]),
      [
        ['TXT', 'A\\027[m'],
        ['TYPE65280', '01ff'],
      ],
    );
  });

  it('are read to their end and no further, wherever they are cut off or damaged', () => {
    const whole = answer('c00c00010001000000050004c000020103464f4fc00c00050001000000050002c012', 2);
    assert.equal(decodeAnswer(whole)?.answers.length, 2);
    for (let length = 0; length < whole.length; length++)
      assert.equal(decodeAnswer(whole.subarray(0, length)), undefined);
    let read = 0;
    for (let at = 0; at < whole.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Uint8Array.from(whole);
        damaged[at]! ^= 1 << bit;
        if (decodeAnswer(damaged) !== undefined) read++;
      }
    assert.ok(read > 100, `${read}`);
  });
});
