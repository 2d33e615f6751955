import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import * as codec from '../../../src/netlink/codec.ts';
import { Reader, Writer } from '../../../src/netlink/wire.ts';
import { FAMILIES, messagesOf } from './fixtures.ts';

const { attrs, body, bytes, chars, encode, flag, frames, ip, list, mac, message, select, string, struct, via } = codec;

function write<V>(c: codec.Codec<V>, value: V): Uint8Array {
  const w = new Writer(1);
  c.write(w, value);
  return w.copy();
}

function read<V>(c: codec.Codec<V>, from: Uint8Array): V {
  return c.read(new Reader(from), 0, from.length);
}

function returns<V>(c: codec.Codec<V>, value: V): void {
  assert.deepEqual(read(c, write(c, value)), value);
}

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const header = struct('h', 'h_', { a: codec.u8, b: codec.u32, c: codec.be16 });
const inner = attrs('IN_', { x: [1, codec.u32], on: [2, flag] });
const table = attrs('T_', {
  name: [1, string],
  kind: [2, string],
  data: [3, select('kind', { in: inner, deep: attrs('DEEP_', { in: [7, inner] }) })],
  many: [4, list('T_ELEM', 1, inner)],
  peer: [5, body(header, inner)],
});

describe('netlink codec', () => {
  it('writes integers in the byte order that they have', () => {
    assert.equal(hex(write(codec.be16, 0x1234)), '1234');
    assert.equal(hex(write(codec.be32, 0x12345678)), '12345678');
    assert.equal(hex(write(codec.be64, 0x1122334455667788n)), '1122334455667788');
    for (const c of [codec.u8, codec.u16, codec.u32, codec.be16, codec.be32]) {
      for (const value of [0, 1, 2 ** (8 * c.size) - 1]) returns(c, value);
    }
    for (const c of [codec.s32, codec.beS32]) for (const value of [-(2 ** 31), -1, 2 ** 31 - 1]) returns(c, value);
  });

  it('refuses numbers that do not fit, instead of cutting them', () => {
    for (const value of [-1, 256, 1.5, NaN]) assert.throws(() => write(codec.u8, value), RangeError);
    assert.throws(() => write(codec.u32, 2 ** 32), RangeError);
    assert.throws(() => write(codec.be64, -1n), RangeError);
  });

  it('writes text with and without its NUL', () => {
    assert.equal(hex(write(string, 'eth0')), '6574683000');
    assert.equal(hex(write(chars, 'eth0')), '65746830');
    for (const text of ['', 'a', 'grün', '日本']) {
      returns(string, text);
      returns(chars, text);
    }
    assert.equal(read(string, Uint8Array.of(97, 0, 98)), 'a');
    assert.throws(() => write(string, 'a\0b'), RangeError);
  });

  it('writes addresses', () => {
    for (const address of ['10.0.0.1', '255.255.255.255', '::', '2001:db8::1', 'fe80::1:2:3:4']) returns(ip, address);
    for (const address of ['10.0.0.1', '2001:db8::1']) returns(via, address);
    assert.equal(hex(write(ip, '10.0.0.1')), '0a000001');
    for (const wrong of ['', '10.0.0', '10.0.0.256', 'x::', '10.0.0.1/24'])
      assert.throws(() => write(ip, wrong), RangeError);
    assert.throws(() => read(ip, new Uint8Array(5)), RangeError);
    for (const address of ['02:00:00:00:00:01', '0a:00:00:01']) returns(mac, address);
    assert.equal(read(mac, new Uint8Array()), '');
    for (const wrong of ['', '02', '1:2:3:4:5:6', '02:00:00:00:00:0g'].filter((text) => text !== '02')) {
      assert.throws(() => write(mac, wrong), RangeError);
    }
  });

  it('lays structs out as C does', () => {
    assert.equal(header.size, 12);
    assert.equal(hex(write(header, { a: 1, b: 0, c: 2 })), '010000000000000000020000');
    returns(header, { a: 1, b: 2, c: 3 });
    const w = new Writer();
    header.write(w, { c: 1 });
    assert.equal(hex(w.copy()), '000000000000000000010000');
    assert.throws(() => read(header, new Uint8Array(11)), /struct h has 12/);
  });

  it('writes attributes in the order of the value, padded, nests flagged', () => {
    const value = { many: [{ x: 1 }], name: 'ab' };
    assert.equal(hex(write(table, value)), '100004800c00018008000100010000000700010061620000');
    returns(table, value);
  });

  it('reads what a sibling chooses, and of unknown kinds the kind alone', () => {
    returns(table, { kind: 'in', data: { x: 7, on: true } });
    returns(table, { kind: 'deep', data: { in: { x: 7 } } });
    const bits = write(attrs('', { kind: [2, string], data: [3, inner] }), { kind: 'other', data: { x: 1 } });
    assert.deepEqual(read(table, bits), { kind: 'other' });
    const backwards = write(attrs('', { kind: [2, string], data: [3, inner] }), { data: { x: 1 }, kind: 'in' });
    assert.deepEqual(read(table, backwards), { kind: 'in' });
  });

  it('skips attributes that the table does not have', () => {
    const more = attrs('', { a: [99, codec.u32], name: [1, string], b: [0x3fff, bytes] });
    assert.deepEqual(read(table, write(more, { a: 1, name: 'x', b: new Uint8Array(3) })), { name: 'x' });
  });

  it('writes no attribute that is undefined, and refuses one that there is not', () => {
    const misspelt: object = { nme: 'x' };
    assert.equal(write(table, { name: undefined }).length, 0);
    assert.throws(() => write(table, misspelt), /there is no attribute T_NME/);
    assert.throws(() => write(table, { kind: 'other', data: {} } as never), /no format for kind other/);
  });

  it('names the attribute that can not be written or read', () => {
    assert.throws(
      () => write(table, { kind: 'deep', data: { in: { x: -1 } } }),
      /^RangeError: T_DATA: DEEP_IN: IN_X: -1 is/,
    );
    const short = write(attrs('', { kind: [2, string], data: [3, bytes] }), {
      kind: 'in',
      data: Uint8Array.of(6, 0, 1, 0, 1, 2, 0, 0),
    });
    assert.throws(() => read(table, short), /T_DATA: IN_X: 2 bytes where 4 are needed/);
  });

  it('reads frames of any length', () => {
    const hop = struct('hop', '', { len: codec.u16, flags: codec.u8, hops: codec.u8 });
    const hops = frames(hop, inner);
    const value = [
      { header: { len: 12, flags: 1, hops: 2 }, attrs: { x: 5 } },
      { header: { len: 4, flags: 0, hops: 0 }, attrs: {} },
    ];
    returns(hops, value);
    assert.equal(hex(write(hops, [{ header: { hops: 2 } }])), '04000002');
    for (const length of [0, 3, 200]) {
      assert.throws(() => read(hops, Uint8Array.of(length, 0, 0, 0, 0, 0, 0, 0)), /claims/);
    }
  });

  it('survives lengths that lie', () => {
    for (const length of [0, 1, 3, 9, 0xffff]) {
      const lie = Uint8Array.of(length & 0xff, length >> 8, 1, 0, 0, 0, 0, 0);
      assert.throws(() => read(table, lie), RangeError);
      assert.throws(() => read(list('', 1, inner), lie), RangeError);
    }
  });

  it('finds what an offset points at', () => {
    const m = message('M', 1, header, table);
    const sent = encode(m, {
      attrs: { name: 'ab', kind: 'deep', data: { in: { x: 1, on: true } }, many: [{}, { x: 1 }] },
    });
    const r = new Reader(sent);
    const find = (offset: number, missing?: number): string => m.trace(r, 0, sent.length, offset, missing).join('.');
    // nlmsghdr 16, header 12, then attributes: name 8, kind 12, data 4 + in 4 + x 8 + on 4, many …
    assert.equal(find(28), 'T_NAME');
    assert.equal(find(36), 'T_KIND');
    assert.equal(find(48), 'T_DATA');
    assert.equal(find(52), 'T_DATA.DEEP_IN');
    assert.equal(find(56), 'T_DATA.DEEP_IN.IN_X');
    assert.equal(find(64), 'T_DATA.DEEP_IN.IN_ON');
    assert.equal(find(76), 'T_MANY.[1]');
    assert.equal(find(80), 'T_MANY.[1].IN_X');
    assert.equal(find(4000), '');
    assert.equal(find(0, 5), 'T_PEER');
    assert.equal(find(52, 1), 'T_DATA.DEEP_IN.IN_X');
    assert.equal(find(0, 77), 'T_77');
  });

  it('takes back half a message', () => {
    const m = message('M', 1, header, table);
    const w = new Writer(1);
    codec.encodeInto(w, m, { attrs: { name: 'x' } }, 0, 0);
    const before = w.at;
    assert.throws(() => codec.encodeInto(w, m, { header: { a: 999 }, attrs: {} }, 0, 0), RangeError);
    assert.equal(w.at, before);
  });

  it('refuses attributes longer than 65535 bytes', () => {
    assert.throws(() => write(table, { name: 'x'.repeat(70000) }), /do not fit into one attribute/);
  });

  it('throws RangeError or nothing on random bytes, and ends', () => {
    for (const m of Object.keys(FAMILIES).flatMap(messagesOf)) {
      for (let i = 0; i < 200; i++) {
        const noise = randomBytes(1 + ((i * 7) % 300));
        try {
          m.read(new Reader(noise), 0, noise.length);
        } catch (error) {
          assert.ok(error instanceof RangeError, `${m.name} ${noise.toString('hex')}: ${String(error)}`);
        }
      }
    }
  });
});
