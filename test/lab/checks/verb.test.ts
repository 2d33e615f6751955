/** `netlab test` itself: what it tests, what it leaves, and how it ends. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  describeAsNobody,
  has,
  labFile,
  netlab,
  netnsOf,
  probe,
  requireRoot,
  run,
  skip,
  tempFolder,
  testReport,
  uniqueLabName,
  until,
} from '../../support/index.ts';

const PAIR = `
nodes: { a: {}, b: {} }
links: [{ endpoints: ["a:eth0", "b:eth0"], subnet: 10.0.0.0/24 }]
`;
const HOLDS = `${PAIR}checks: [{ name: there, ping: { from: a, to: b } }, { name: back, ping: { from: b, to: a }, within: 10s }]`;
const FAILS = `${PAIR}checks: [{ name: nobody, ping: { from: a, to: 10.0.0.77 }, within: 300ms }]`;

describe('netlab test', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth');
  });

  it('brings a lab up, tries its checks, and takes it down', async () => {
    const { file, name } = labFile(HOLDS);
    const { code, stdout, stderr } = await netlab(['test', file]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^TAP version 14\n1\.\.2\nok 1 - there # time=\d+ms\nok 2 - back # time=\d+ms\n$/);
    assert.match(stderr, /^2 passed, 0 failed \(1 lab, /);
    assert.deepEqual(netnsOf(name), []);
  });

  it('ends with 1 when one fails, and takes it down all the same', async () => {
    const { file, name } = labFile(FAILS);
    const { code, stdout } = await netlab(['test', file]);
    assert.equal(code, 1);
    assert.match(stdout, /^not ok 1 - nobody/m);
    assert.match(stdout, /^ {2}at: .*\.yaml:\d+:\d+$/m);
    assert.match(stdout, /^ {2}message: .*within 300 ms\)'?$/m);
    assert.deepEqual(netnsOf(name), []);
  });

  it('takes a file without checks for a lab that is to come up', async () => {
    const good = labFile(PAIR);
    const { code, stdout } = await netlab(['test', good.file]);
    assert.equal(code, 0);
    assert.match(stdout, /^1\.\.1\nok 1 - comes up/m);
    const bad = labFile('nodes: { a: { setup: [exit 3] } }');
    const failed = await netlab(['test', bad.file]);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^not ok 1 - comes up[^]*exit 3[^]*ended with 3/m);
    assert.deepEqual(netnsOf(bad.name), []);
  });

  it('refuses a wrong file with 2', async () => {
    const { file } = labFile(`${PAIR}checks: [{ ping: { from: a, to: c } }]`);
    const { code, stdout, stderr } = await netlab(['test', file]);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /:5:\d+ {2}checks\[0\]\.ping\.to\n {2}there is no node "c"/);
  });

  it('tests a lab that runs as it is, by its file or by its name, and leaves it', async () => {
    const { file, name } = labFile(HOLDS);
    assert.equal((await netlab(['up', file])).code, 0);
    try {
      run('ip', ['-n', `${name}.b`, 'address', 'del', '10.0.0.2/24', 'dev', 'eth0']);
      for (const words of [[file], [name], ['-l', name], ['-l', file]]) {
        const { report, code } = await testReport([...words, '--filter', 'BACK|nothing']);
        assert.equal(code, 1, words.join(' '));
        assert.deepEqual(
          report.labs.map(({ lab, checks }) => [lab, checks.map((check) => [check.name, check.passed])]),
          [[name, [['back', false]]]],
        );
      }
      assert.equal(netnsOf(name).length, 2);
      const { stderr } = await netlab(['test', name, '--filter', 'nothing']);
      assert.match(stderr, /^netlab: no check has a name that --filter nothing matches$/m);
    } finally {
      await netlab(['down', name]);
    }
  }).timeout(60_000);

  it('gives a lab another name where one of its own runs from another file', async () => {
    const { file, name } = labFile(HOLDS);
    const other = labFile(HOLDS);
    writeFileSync(other.file, readFileSync(file, 'utf8'));
    assert.equal((await netlab(['up', file])).code, 0);
    try {
      const { report, code } = await testReport([other.file]);
      assert.equal(code, 0);
      assert.notEqual(report.labs[0]?.lab, name);
      assert.deepEqual(netnsOf(report.labs[0]?.lab ?? ''), []);
      assert.equal(netnsOf(name).length, 2);
    } finally {
      await netlab(['down', name]);
    }
  });

  it('leaves it up with --keep', async () => {
    const { file, name } = labFile(FAILS);
    const { code } = await netlab(['test', '--keep', file]);
    assert.equal(code, 1);
    assert.equal(netnsOf(name).length, 2);
    await netlab(['down', name]);
  });

  it('takes labs down when it is interrupted, and ends with 130', async () => {
    const first = labFile(FAILS.replace('300ms', '60s'));
    const second = labFile(FAILS.replace('300ms', '60s'));
    for (const files of [[first], [first, second]]) {
      const interruptWhenUp = async (child: ChildProcess): Promise<void> => {
        await until(() => files.every(({ name }) => netnsOf(name).length === 2));
        child.kill('SIGINT');
      };
      const { code, stderr } = await netlab(['test', '--jobs=2', ...files.map(({ file }) => file)], {
        onSpawn: (child) => void interruptWhenUp(child),
      });
      assert.equal(code, 130, stderr);
      assert.match(stderr, /interrupted/);
      for (const { name } of files) assert.deepEqual(netnsOf(name), []);
    }
  }).timeout(60_000);

  it('tests a folder, labs of one name too, and goes on after one that is wrong', async () => {
    const folder = join(tempFolder(), uniqueLabName('folder'));
    mkdirSync(folder);
    const name = uniqueLabName('same');
    const named = (text: string): string => `name: ${name}\n${text}`;
    const files = {
      'a.yaml': named(HOLDS),
      'b.yml': named(HOLDS),
      'c.mjs': `export default { name: '${name}', nodes: { a: {} } };`,
      'd.json': JSON.stringify({ name: 5, nodes: {} }),
      'e.yaml': named(FAILS),
      'part.mjs': 'export const nodes = {};',
      'notes.txt': 'no topology',
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const { code, stdout, stderr } = await netlab(['test', folder, '--jobs', '4']);
    assert.equal(code, 2, stderr);
    const lines = stdout.split('\n').filter((line) => /^(not ok|ok|\d+\.\.)/.test(line));
    assert.deepEqual(
      lines.map((line) => line.replace(/ # time=.*/, '').replace(`${folder}/`, '')),
      ['1..5', 'ok 1 - a.yaml', 'ok 2 - b.yml', 'ok 3 - c.mjs', 'not ok 4 - d.json', 'not ok 5 - e.yaml'],
    );
    assert.match(stdout, /not ok 4[^]*found 5, expected/);
    assert.match(stdout, /^# Subtest: .*a\.yaml\n {4}1\.\.2\n {4}ok 1 - there/m);
    assert.deepEqual(netnsOf(name), []);
  }).timeout(60_000);

  it('skips a lab for which this kernel lacks something', async function () {
    const type = (['vrf', 'dummy', 'geneve', 'bond'] as const).find((each) => !has(each));
    if (type === undefined) return skip(this, 'this machine has every type of link');
    const extra = {
      vrf: 'table: 10',
      geneve: 'id: 1, remote: 10.0.0.2',
      bond: 'mode: active-backup',
      dummy: 'up: true',
    };
    const { file } = labFile(`nodes: { a: { interfaces: { x: { type: ${type}, ${extra[type]} } } } }`);
    const { code, stdout } = await netlab(['test', file]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`1\\.\\.0 # SKIP .*this kernel has no link type "${type}"`));
    const { report } = await testReport([file]);
    assert.deepEqual([report.passed, report.failed, report.skipped], [0, 0, 1]);
  });

  it('says what is wrong with its words', async () => {
    const { file } = labFile(HOLDS);
    for (const [words, reason] of [
      [['--filter', '(', file], /no regular expression/],
      [['--jobs', '0', file], /expected a number from 1 on/],
      [['-l', 'x', file], /-l names the one lab|there is no lab x/],
      [['--csv', '--json', file], /exclude each other/],
      [['--labs', '/no/such/*.yaml'], /no file is like/],
      [
        ['--junit', '/proc/none/report.xml', file],
        /^netlab: write \/proc\/none\/report\.xml: ENOENT, no such file or directory$/m,
      ],
      [['--shell-on-failure', file, file], /for one lab/],
    ] as const) {
      const { code, stderr, stdout } = await netlab(['test', ...words]);
      assert.notEqual(code, 0);
      assert.doesNotMatch(stdout, /^TAP/, 'nothing has been tested');
      assert.match(stderr, reason);
    }
  });
});

describeAsNobody('netlab test', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'user namespaces of nobody');
  });

  it('tests labs of an ordinary user, one and several, and those that run', async () => {
    const first = labFile(HOLDS);
    const second = labFile(FAILS);
    for (const [files, code] of [
      [[first], 0],
      [[first, second], 1],
    ] as const) {
      const { report, ...result } = await testReport(files.map(({ file }) => file));
      assert.equal(result.code, code, result.stderr);
      assert.deepEqual(
        report.labs.map(({ checks }) => checks.map(({ passed }) => passed)),
        files.map((each) => (each === first ? [true, true] : [false])),
      );
    }
    assert.equal((await netlab(['up', first.file])).code, 0);
    for (const word of [first.file, first.name]) assert.equal((await netlab(['test', word])).code, 0);
    assert.equal((await netlab(['down', first.name])).code, 0);
    assert.doesNotMatch((await netlab(['ls', '--json'])).stdout, new RegExp(`"(${first.name}|${second.name})"`));
  }).timeout(60_000);
});
