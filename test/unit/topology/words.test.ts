import assert from 'node:assert/strict';
import { substitute } from '../../../src/topology/variables.ts';
import { endpoint, milliseconds } from '../../../src/topology/values.ts';
import { nearest, oneOf, shown } from '../../../src/topology/words.ts';

describe('the nearest word', () => {
  const words = ['mtu', 'mac', 'addresses', 'vlan_filtering', 'forwarding', 'eth0', 'eth1'];
  for (const [word, meant] of [
    ['mut', 'mtu'],
    ['adresses', 'addresses'],
    ['Addresses', 'addresses'],
    ['vlanFiltering', 'vlan_filtering'],
    ['vlan-filtering', 'vlan_filtering'],
    ['forwrding', 'forwarding'],
    ['eht0', 'eth0'],
    ['eth9', 'eth0'],
    ['xyz', undefined],
    ['firewall', undefined],
    ['', undefined],
  ] as const) {
    it(`${word} means ${meant ?? 'nothing'}`, () => assert.equal(nearest(word, words), meant));
  }
});

describe('found values', () => {
  it('are shown short, and harmless to a terminal', () => {
    assert.deepEqual(['a', 5, true, null, undefined, [], [1], {}, NaN].map(shown), [
      '"a"',
      '5',
      'true',
      'nothing',
      'nothing',
      'an empty list',
      'a list',
      'a mapping',
      '.nan',
    ]);
    assert.equal(shown('\u001b[31m'), '"\\u001b[31m"');
    assert.equal(shown('x'.repeat(500)).length, 63);
    assert.equal(oneOf(['a', 'b', 'c']), 'a, b or c');
  });
});

describe('variables', () => {
  const env = { A: 'x', EMPTY: '' };
  for (const [text, out] of [
    ['${A}', 'x'],
    ['-${A}-${A}-', '-x-x-'],
    ['${B:-y z}', 'y z'],
    ['${B:-}', ''],
    ['${EMPTY}', ''],
    ['${EMPTY:-y}', 'y'],
    ['$$', '$'],
    ['$${A}', '${A}'],
    ['$$${A}', '$x'],
    ['$A $1 $', '$A $1 $'],
  ] as const) {
    it(`${text} is ${out}`, () => assert.deepEqual(substitute(text, env), { text: out }));
  }
  for (const text of ['${B}', '${', '${A', '${}', '${1}', '${A-b}', '${toString}', '${__proto__}']) {
    it(`${text} is refused`, () => assert.ok('problem' in substitute(text, env)));
  }
});

describe('values', () => {
  it('time spans are milliseconds', () => {
    const spans = { '1s': 1000, '1.5m': 90_000, '250ms': 250, '1us': 1, '2h': 7_200_000, '1d': 86_400_000 };
    const ofDocker = { '1m30s': 90_000, '1h0m0s': 3_600_000 };
    const ofSystemd = {
      '2 min': 120_000,
      '1min 30s': 90_000,
      '5 seconds': 5000,
      '10 hrs': 36_000_000,
      '2days': 172_800_000,
    };
    const ofTc = { '10msecs': 10, '3secs': 3000, '500usecs': 1 };
    for (const [text, expected] of Object.entries({ ...spans, ...ofDocker, ...ofSystemd, ...ofTc }))
      assert.equal(milliseconds(text), expected, text);
    for (const text of ['5', 's', '-1s', '', '1x', '1s30', '1 month'])
      assert.equal(milliseconds(text), undefined, text);
  });

  it('endpoints are an address and perhaps a port', () => {
    assert.deepEqual(endpoint('10.0.0.1:80'), { address: '10.0.0.1', family: 4, port: 80 });
    assert.deepEqual(endpoint('[FD00::1]:80'), { address: 'fd00::1', family: 6, port: 80 });
    assert.deepEqual(endpoint('10.0.0.1'), { address: '10.0.0.1', family: 4, port: undefined });
    for (const wrong of ['fd00::1:80', '[10.0.0.1]:80', '10.0.0.1:0', '10.0.0.1:65536', ':80', '10.0.0.1:']) {
      assert.equal(endpoint(wrong), undefined, wrong);
    }
  });
});
