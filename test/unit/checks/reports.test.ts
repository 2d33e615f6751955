import assert from 'node:assert/strict';

import { csv, junit, labTap, subtestTap } from '../../../src/checks/report/index.ts';
import type { CheckResult, LabResult } from '../../../src/model/check.ts';

const CHECK: CheckResult = {
  name: 'a',
  kind: 'ping',
  at: { file: 'lab.yaml', line: 3, column: 5, path: 'checks[0]' },
  expect: 'pass',
  passed: true,
  saw: 'b answered',
  tries: 1,
  milliseconds: 1.4,
  points: 2,
};
const FAILED: CheckResult = {
  ...CHECK,
  name: 'with # and \\ and\nlines',
  passed: false,
  saw: 'two lines:\n<&>"\u0000\u001b[31m ]]>',
  points: 3,
  diagnosis: [{ node: 'pc', routes: ['default'], neighbours: [], logs: { web: ['up', '\uD800'] } }],
};
const LAB: LabResult = { lab: 'lab', file: 'lab.yaml', outcome: 'failed', milliseconds: 1000, checks: [CHECK, FAILED] };
const SKIPPED: LabResult = {
  lab: 's',
  file: 's.yaml',
  outcome: 'skipped',
  reason: 'no\n  vrf',
  milliseconds: 5,
  checks: [],
};
const BROKEN: LabResult = {
  lab: 'x',
  file: 'x.yaml',
  outcome: 'broken',
  reason: 'x.yaml:1:1',
  milliseconds: 5,
  checks: [],
};

describe('reports', () => {
  it('of TAP have no line that is read as something else', () => {
    assert.deepEqual(labTap(LAB).split('\n').slice(0, 5), [
      '1..2',
      'ok 1 - a # time=1ms',
      'not ok 2 - with \\# and \\\\ and lines # time=1ms',
      '  ---',
      '  message: "two lines:\\n<&>\\"\\0\\e[31m ]]>"',
    ]);
    assert.match(labTap(LAB), /\n {2}at: lab\.yaml:3:5\n/);
    assert.match(labTap(LAB), /\n {2}nodes:\n {4}pc:\n {6}routes:\n {8}- default\n {6}logs:\n {8}web:\n/);
    assert.ok(labTap(LAB).endsWith('\n  ...'));
    assert.equal(labTap(SKIPPED), '1..0 # SKIP no vrf');
  });

  it('of several labs have a point for each', () => {
    assert.match(
      subtestTap(LAB, 1),
      /^# Subtest: lab\.yaml\n {4}1\.\.2\n {4}ok 1 - a[^]*\nnot ok 1 - lab\.yaml # time=1000ms$/,
    );
    assert.equal(subtestTap(SKIPPED, 2), 'ok 2 - s.yaml # SKIP no vrf');
    assert.match(subtestTap(BROKEN, 3), /^not ok 3 - x\.yaml\n {2}---\n {2}message: x\.yaml:1:1\n/);
  });

  it('of JUnit are XML, whatever is in them', () => {
    const text = junit([LAB, SKIPPED, BROKEN]);
    assert.match(text, /<testsuites name="netlab" tests="4" failures="2" errors="0" skipped="1" time="1\.010">/);
    assert.match(text, /<testcase name="with # and \\ and&#10;lines" classname="lab" time="0\.001">/);
    assert.match(
      text,
      /<failure message="two lines:" type="ping">lab\.yaml:3:5\ntwo lines:\n&lt;&amp;&gt;"\uFFFD\uFFFD\[31m \]\]&gt;<\/failure>/,
    );
    assert.match(text, /<system-out>pc: routes\n {2}default\npc\/web: log\n {2}up\n {2}\uFFFD<\/system-out>/);
    assert.match(text, /<skipped message="no&#10; {2}vrf"\/>/);
    // oxlint-disable-next-line no-control-regex -- what must not be there is looked for
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  });

  it('of CSV have a column for each check, empty for a lab that has no such one, and no cell that a spreadsheet would calculate', () => {
    const formula = { ...CHECK, name: '=1+1' };
    assert.equal(
      csv([LAB, { ...LAB, file: '@x.yaml', checks: [{ ...CHECK, passed: false }, formula] }, BROKEN]),
      [
        'lab,passed,failed,points,a,"with # and \\ and\nlines",\'=1+1,remark',
        'lab.yaml,1,1,2,pass,fail,,',
        "'@x.yaml,1,1,2,fail,,pass,",
        'x.yaml,0,3,0,broken,broken,broken,x.yaml:1:1',
        '',
      ].join('\r\n'),
    );
  });
});
