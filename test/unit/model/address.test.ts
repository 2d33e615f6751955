import assert from 'node:assert/strict';
import { formatIp, parseIp } from '../../../src/model/ip.ts';
import {
  broadcastOf,
  canonical,
  compareIp,
  contains,
  formatPrefix,
  hostsOf,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isNetwork,
  isUnspecified,
  networkOf,
  nthAddress,
  parsePrefix,
  scopeOf,
  type Prefix,
} from '../../../src/model/address.ts';

const ip = (text: string): Uint8Array => parseIp(text)!;
const prefix = (text: string): Prefix => parsePrefix(text)!;
const hosts = (text: string, most = 10): string[] => {
  const out: string[] = [];
  for (const host of hostsOf(prefix(text))) {
    if (out.length === most) break;
    out.push(formatIp(host));
  }
  return out;
};

describe('prefixes', () => {
  it('are read with their host bits, and written canonically', () => {
    for (const [text, out] of [
      ['10.0.0.1/24', '10.0.0.1/24'],
      ['0.0.0.0/0', '0.0.0.0/0'],
      ['2001:DB8:0:0::1/64', '2001:db8::1/64'],
      ['::/0', '::/0'],
    ] as const) {
      assert.equal(formatPrefix(prefix(text)), out);
      assert.equal(canonical(text), out);
    }
    assert.equal(canonical('FD00::1'), 'fd00::1');
  });

  it('are refused unless the length is there, in range and plain', () => {
    const wrong = [
      '10.0.0.1',
      '10.0.0.1/33',
      '10.0.0.1/-1',
      '10.0.0.1/',
      '10.0.0.1/08',
      '::/129',
      '10.0.0/24',
      'x/1',
      '10.0.0.1/24/2',
      '/24',
      '10.0.0.1/1e1',
    ];
    for (const text of wrong) assert.equal(parsePrefix(text), undefined, text);
  });

  it('know their network, its last address, and what is inside', () => {
    assert.equal(formatPrefix(networkOf(prefix('10.1.2.3/20'))), '10.1.0.0/20');
    assert.equal(formatIp(broadcastOf(prefix('10.1.2.3/20'))), '10.1.15.255');
    assert.equal(formatPrefix(networkOf(prefix('fd00::ffff/121'))), 'fd00::ff80/121');
    assert.ok(contains(prefix('10.1.2.3/20'), ip('10.1.15.255')));
    assert.ok(!contains(prefix('10.1.2.3/20'), ip('10.1.16.0')));
    assert.ok(contains(prefix('0.0.0.0/0'), ip('255.1.1.1')));
    assert.ok(!contains(prefix('0.0.0.0/0'), ip('::1')));
    assert.ok(isNetwork(prefix('10.0.0.0/8')) && !isNetwork(prefix('10.0.0.1/31')) && isNetwork(prefix('10.0.0.1/32')));
  });

  it('agree with plain arithmetic on random prefixes', () => {
    let state = 1;
    const next = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0);
    for (let i = 0; i < 2000; i++) {
      const address = next();
      const length = next() % 33;
      const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
      const bytes = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
      const one = { bytes: bytes(address), length };
      assert.deepEqual(networkOf(one).bytes, bytes((address & mask) >>> 0));
      assert.deepEqual(broadcastOf(one), bytes((address | ~mask) >>> 0));
      const other = next();
      assert.equal(contains(one, bytes(other)), (address & mask) >>> 0 === (other & mask) >>> 0);
    }
  });

  it('deal out hosts: the first usable first, both of a /31 and /127, never ::0', () => {
    assert.deepEqual(hosts('10.0.0.0/30'), ['10.0.0.1', '10.0.0.2']);
    assert.deepEqual(hosts('10.0.0.0/31'), ['10.0.0.0', '10.0.0.1']);
    assert.deepEqual(hosts('10.0.0.7/32'), ['10.0.0.7']);
    assert.deepEqual(hosts('fd00::/64', 2), ['fd00::1', 'fd00::2']);
    assert.deepEqual(hosts('fd00::/127'), ['fd00::', 'fd00::1']);
    assert.equal(hosts('fd00::/126').length, 3);
    assert.equal([...hostsOf(prefix('10.0.0.0/22'))].length, 1022);
    assert.equal(formatIp(nthAddress(prefix('10.0.0.0/8'), 70000)!), '10.1.17.112');
    assert.equal(nthAddress(prefix('10.0.0.0/24'), 256), undefined);
    assert.equal(nthAddress(prefix('255.255.255.0/24'), 256), undefined);
  });
});

describe('addresses', () => {
  it('are compared by value, IPv4 first', () => {
    const sorted = ['9.255.0.0', '10.0.0.1', '10.0.0.2', '::1', 'fd00::'];
    assert.deepEqual(sorted.toReversed().map(ip).toSorted(compareIp).map(formatIp), sorted);
  });

  it('have a kind and a scope', () => {
    assert.ok(isMulticast(ip('224.0.0.1')) && isMulticast(ip('ff02::1')) && !isMulticast(ip('240.0.0.1')));
    assert.ok(isUnspecified(ip('0.0.0.0')) && isUnspecified(ip('::')) && !isUnspecified(ip('::1')));
    assert.ok(isLoopback(ip('127.1.2.3')) && isLoopback(ip('::1')) && !isLoopback(ip('::2')));
    assert.ok(isLinkLocal(ip('fe80::1')) && isLinkLocal(ip('febf::1')) && !isLinkLocal(ip('fec0::1')));
    assert.deepEqual(
      ['fe80::1', '127.0.0.1', '::1', '10.0.0.1', '169.254.0.1'].map((text) => scopeOf(ip(text))),
      ['link', 'host', 'host', 'global', 'global'],
    );
  });
});
