/** The checks of all topologies, in one run; what it reports is what the schemas of reports say. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { TestReport } from '../../support/index.ts';
import {
  describeAsNobody,
  has,
  labFile,
  netlab,
  onFreshHost,
  probe,
  provideRoots,
  requireRoot,
  skip,
  tempFile,
  tempFolder,
  testReport,
  TOPOLOGIES,
} from '../../support/index.ts';

const require = createRequire(import.meta.url);
const { Ajv } = require('ajv') as typeof import('ajv');

const path = (relative: string): string => fileURLToPath(new URL(`../../../../${relative}`, import.meta.url));
const XSD = path('test/fixtures/junit/junit.xsd');

function assertReport(report: TestReport): void {
  const schema = JSON.parse(readFileSync(path('schemas/test-report.schema.json'), 'utf8')) as object;
  const validate = new Ajv({ strict: true }).compile(schema);
  assert.ok(validate(report), JSON.stringify(validate.errors));
}

/** Held against the schema by xmllint, which is not ours; and the numbers against those of the other report. */
function assertJunit(context: Mocha.Context, file: string, { passed, failed, skipped }: TestReport): void {
  const text = readFileSync(file, 'utf8');
  assert.match(
    text,
    new RegExp(`<testsuites name="netlab" tests="${passed + failed + skipped}" failures="${failed}" `),
  );
  if (!has('xmllint')) return skip(context, 'this machine has no xmllint');
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', XSD, file], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

// Some of the topologies have links to their host.
onFreshHost(
  import.meta.url,
  () => {
    describe('netlab test, by an ordinary user', () => {
      before(function () {
        requireRoot(this);
        probe(this, 'veth', 'user namespaces of nobody');
      });
      describeAsNobody('of labs of one name', () => {
        it('tests them one after the other', async () => {
          const { name, file } = labFile('nodes: { a: {} }\nchecks: [{ exec: { on: a, command: sleep 0.5 } }]');
          const copies = [1, 2, 3].map((n) => tempFile(readFileSync(file, 'utf8'), `${name}-${n}.yaml`));
          const { report, stdout } = await testReport(['--jobs', '3', ...copies]);
          assert.deepEqual(
            report.labs.map(({ lab, outcome }) => ({ lab, outcome })),
            copies.map(() => ({ lab: name, outcome: 'passed' })),
            stdout,
          );
        });
      });
    });

    describe('netlab test topologies/', () => {
      before(function () {
        requireRoot(this);
        probe(this, 'veth', 'bridge', 'vxlan', 'nftables NAT', 'python3');
        provideRoots(this, '${BUSYBOX_IMAGE');
      });

      it('passes', async function () {
        const junit = join(tempFolder(), 'topologies.xml');
        const { report, code, stderr } = await testReport([TOPOLOGIES, '--junit', junit], { timeout: 120_000 });
        const failures = report.labs.flatMap(({ file, reason, outcome, checks }) => [
          ...(outcome === 'passed' || outcome === 'skipped' || reason === undefined ? [] : [`${file}: ${reason}`]),
          ...checks.filter((check) => !check.passed).map(({ name, saw }) => `${file}: ${name}: ${saw}`),
        ]);
        assert.deepEqual(failures, []);
        assert.equal(code, 0, stderr);
        assert.ok(
          report.labs.length > 30 && report.passed > 100,
          `${report.labs.length} labs, ${report.passed} checks`,
        );
        for (const { lab, outcome, reason } of report.labs)
          if (outcome === 'skipped') console.log(`      skipped: ${lab}: ${reason}`);
        assertReport(report);
        assertJunit(this, junit, report);
      }).timeout(150_000);

      it('has reports of what fails, too', async function () {
        const failing = labFile(
          'nodes: { a: { processes: { p: { command: "echo ]]>; sleep 100" } } } }\nchecks: [{ name: "<&>", exec: { on: a, command: "printf \'\\\\033[31m\'; exit 1" }, within: 100ms }]',
        );
        const broken = labFile('nodes: 5');
        const dead = labFile('nodes: { a: { setup: [exit 1] } }');
        const junit = join(tempFolder(), 'failing.xml');
        const { report, code } = await testReport([failing.file, broken.file, dead.file, '--junit', junit]);
        assert.equal(code, 2);
        assert.deepEqual(
          report.labs.map(({ outcome }) => outcome),
          ['failed', 'broken', 'failed'],
        );
        assertReport(report);
        assertJunit(this, junit, report);
      });

      it('grades labs that others wrote', async () => {
        const good = labFile(
          'nodes: { a: {}, b: {} }\nlinks: [{ endpoints: ["a:eth0", "b:eth0"], subnet: 10.0.0.0/24 }]',
        );
        const lonely = labFile('nodes: { a: {}, b: {} }\nlinks: [["a:eth0", "b:eth0"]]');
        const other = labFile('nodes: { x: {} }\nchecks: [{ exec: { on: x, command: "true" } }]');
        const grader = labFile(
          'checks: [{ name: talk, ping: { from: a, to: b }, points: 3, within: 2s }, { name: there, exec: { on: b, command: hostname, stdout: b } }]',
        );
        const labs = [good.file, lonely.file, other.file];
        const { code, stdout } = await netlab(['test', '--checks', grader.file, '--csv', ...labs]);
        assert.equal(code, 1);
        assert.deepEqual(stdout.split('\r\n'), [
          'lab,passed,failed,points,talk,there,remark',
          `${good.file},2,0,4,pass,pass,`,
          `${lonely.file},1,1,1,fail,pass,`,
          `${other.file},0,2,0,fail,fail,`,
          '',
        ]);
        const { report } = await testReport(['--checks', grader.file, lonely.file, other.file]);
        assert.match(report.labs[0]?.checks[0]?.saw ?? '', /^it could not be tried: b has no address/);
        assert.match(
          report.labs[1]?.checks[0]?.saw ?? '',
          /^it cannot be tried in this lab: ping\.from: there is no node "a"; ping\.to: there is no node "b"/,
        );
        // What is wrong with the grader's own file is told before anything is done.
        const wrong = labFile('checks: [{ pin: {} }]');
        const refused = await netlab(['test', '--checks', wrong.file, good.file]);
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, /checks\[0\]\.pin\n {2}unknown key "pin"; did you mean "ping"\?/);
      });
    });
  },
  { groups: true },
);
