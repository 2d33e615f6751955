import assert from 'node:assert/strict';

import { palette } from '../../../src/cli/color.ts';
import { familyOf, span, wholeNumber } from '../../../src/cli/numbers.ts';
import { pingHead, pingSummary, refusalLine, replyLine } from '../../../src/cli/ping.ts';
import { failingLines, matrix, pingallSummary } from '../../../src/cli/pingall.ts';
import { UsageError } from '../../../src/errors.ts';
import type { PingallReport, PingReport } from '../../../src/model/report.ts';

const plain = palette(false);

describe('what ping prints', () => {
  const reply = { seq: 3, ms: 0.04166, ttl: 63, from: '10.0.0.2', bytes: 64, duplicate: false };

  it('is a line for each answer, with as many digits as count', () => {
    assert.equal(pingHead('b', '10.0.0.2'), 'PING b (10.0.0.2) 56(84) bytes of data.');
    assert.equal(pingHead('b', '2001:db8::1', 8), 'PING b (2001:db8::1) 8(56) bytes of data.');
    const time = (ms: number): string => /time=(.*) ms/.exec(replyLine({ ...reply, ms }))![1]!;
    assert.equal(replyLine(reply), '64 bytes from 10.0.0.2: icmp_seq=3 ttl=63 time=0.042 ms');
    assert.deepEqual([0, 0.99949, 1.234, 12.34, 99.96, 1234.5].map(time), [
      '0.000',
      '0.999',
      '1.23',
      '12.3',
      '100',
      '1235',
    ]);
    assert.match(replyLine({ ...reply, duplicate: true }), / ms \(DUP!\)$/);
    assert.equal(
      refusalLine({ seq: 2, from: '10.0.0.1', what: 'prohibited by 10.0.0.1' }),
      'icmp_seq=2 prohibited by 10.0.0.1',
    );
  });

  it('ends with statistics', () => {
    const report: PingReport = {
      lab: 'l',
      from: 'a',
      to: 'b',
      address: '10.0.0.2',
      ok: true,
      why: '',
      sent: 3,
      received: 2,
      ms: 2003.4,
      replies: [reply, reply, { ...reply, duplicate: true }],
      refusals: [{ seq: 1, from: '', what: 'no route to host' }],
      rtt: { min: 0.0416, avg: 0.05, max: 1, mdev: 0 },
    };
    assert.equal(
      pingSummary(report),
      [
        '--- b ping statistics ---',
        '3 packets transmitted, 2 received, +1 duplicates, +1 errors, 33.3333% packet loss, time 2003ms',
        'rtt min/avg/max/mdev = 0.042/0.050/1.000/0.000 ms',
      ].join('\n'),
    );
    const none = { ...report, sent: 0, received: 0, replies: [], refusals: [], rtt: null };
    assert.match(pingSummary(none), /^0 packets transmitted, 0 received, 0% packet loss, time 2003ms$/m);
    assert.match(pingSummary({ ...none, why: 'no address to send from' }), /\na: no address to send from$/);
  });
});

describe('what pingall prints', () => {
  const report = (names: readonly string[], failing: (from: string, to: string) => boolean): PingallReport => {
    const pairs = names.flatMap((from) =>
      names
        .filter((to) => to !== from)
        .map((to) => ({
          from,
          to,
          address: '10.0.0.1',
          ok: !failing(from, to),
          ms: 1,
          why: failing(from, to) ? 'no answer' : '',
        })),
    );
    const failed = pairs.filter(({ ok }) => !ok).length;
    return { lab: 'l', nodes: names, silent: [], pairs, answered: pairs.length - failed, failed, ms: 120 };
  };

  it('is a matrix with names over the columns where they fit', () => {
    const found = report(['a', 'core', 'b'], (from, to) => from === 'b' && to === 'core');
    assert.equal(
      matrix(found, plain),
      ['      a  core  b', 'a     -  .     .', 'core  .  -     .', 'b     .  X     -'].join('\n'),
    );
    assert.deepEqual(failingLines(found), ['b → core (10.0.0.1): no answer']);
    assert.equal(pingallSummary(found), '5 of 6 pairs answered in 0.12 s');
    assert.match(pingallSummary({ ...found, silent: ['sw', 'hub'] }), /; without an address: sw, hub$/);
    assert.ok(matrix(found, palette(true)).includes('\x1b[31mX'));
  });

  it('has numbers where they do not, and fits on a line of a hundred and forty columns with a hundred nodes', () => {
    const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
    const lines = matrix(
      report(names, (from, to) => from === 'n11' && to === 'n99'),
      plain,
    ).split('\n');
    assert.equal(lines.length, 3 + 100);
    assert.ok(lines.every((line) => line.length <= 140));
    // Read downwards: the last column is 100.
    assert.deepEqual(
      lines.slice(0, 3).map((line) => line.at(-1)),
      ['1', '0', '0'],
    );
    assert.equal(lines[3 + 11]?.slice(0, 14), ' 12 n11 ..... ');
    assert.equal(lines[3 + 11]?.at(-1), 'X');
    assert.equal(lines[3 + 99]?.at(-1), '-');
  });
});

describe('numbers and times of options', () => {
  it('are read as ping(8) and the topology write them', () => {
    assert.deepEqual(
      ['1', '0.2', '.5', '200ms', '1m30s'].map((text) => span('-i', text)),
      [1000, 200, 500, 200, 90_000],
    );
    assert.equal(span('-i', undefined), undefined);
    assert.equal(wholeNumber('-c', '0', 0, 9), 0);
    assert.equal(wholeNumber('-c', undefined, 0, 9), undefined);
    assert.deepEqual([familyOf({ ipv4: true, ipv6: false }), familyOf({ ipv4: false, ipv6: true })], [4, 6]);
    assert.equal(familyOf({ ipv4: false, ipv6: false }), undefined);
  });

  it('are refused by the option’s name', () => {
    for (const text of ['soon', '0', '', '1x', '-1', '99999999', '1 2'])
      assert.throws(() => span('-i', text), { name: UsageError.name, message: /^option -i needs a time/ }, text);
    for (const text of ['10', '-1', '1.5', 'x', ''])
      assert.throws(
        () => wholeNumber('-c', text, 0, 9),
        /^UsageError: option -c needs a whole number from 0 to 9/,
        text,
      );
    assert.throws(() => familyOf({ ipv4: true, ipv6: true }), UsageError);
  });
});
