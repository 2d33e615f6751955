import { deepEqual, equal, throws } from 'node:assert/strict';

import { decodeLine, encodeRecords, encodeRequest } from '../../../src/process/records.ts';

describe('records: what is said to netlab-init', () => {
  it('counts the fields, ends each with NUL, and closes with end', () => {
    equal(encodeRecords([['netns', 'r1', '', 7]]).toString(), '4\0netns\0r1\0\x007\x001\0end\0');
  });

  it('refuses a NUL, which the notation cannot carry', () => {
    throws(() => encodeRecords([['write', '/x', 'a\0b']]), { code: 'ERR_USAGE' });
  });

  it('puts the length in front of a request, counted in bytes', () => {
    const request = encodeRequest([['start', 'ü']]);
    equal(request.readUInt32LE(), request.length - 4);
    equal(request.subarray(4).toString(), '2\0start\0ü\x001\0end\0');
  });
});

describe('lines: what netlab-init says', () => {
  it('splits at tabs', () => {
    deepEqual(decodeLine('netns\tr1\t12'), ['netns', 'r1', '12']);
    deepEqual(decodeLine('error\tmount\t\t2\tNo such file'), ['error', 'mount', '', '2', 'No such file']);
  });

  it('undoes the escapes of tab, newline and backslash', () => {
    deepEqual(decodeLine('a\\tb\tc\\nd\te\\\\n'), ['a\tb', 'c\nd', 'e\\n']);
  });
});
