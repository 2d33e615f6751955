/**
 * Mocha's `spec` reporter, which also appends a line to the file that NETLAB_TEST_COUNTS names when the run ends:
 *
 *   {"passed":12,"failed":0,"skipped":1,"suite":"dist/test/unit/**","failures":[],"reasons":["  probes of … : no vrf"]}
 *
 * .ci/run adds the lines up, and prints the failures once more where its output ends. A run that crashes writes none, and
 * that is noticed there. Skipped tests are listed with their reasons once more at the end, where somebody may read them.
 *
 * With NETLAB_TEST_BRIEF=1 a test that passes prints nothing, so that a failure is not lost among 4,000 lines.
 *
 *   MOCHA_OPTIONS='--reporter test/support/reporter.cjs' npm run unit
 */
'use strict';

const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_HOOK_BEGIN, EVENT_TEST_BEGIN, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } =
  Runner.constants;

/** Says what has failed, and how many have not. */
class Brief extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    runner.once(EVENT_RUN_END, () => this.epilogue());
  }
}

module.exports = class Counting extends (process.env.NETLAB_TEST_BRIEF === '1' ? Brief : reporters.Spec) {
  constructor(runner, options) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skipped = [];
    const failures = [];
    // For ledger.ts, which has no other way to know.
    const note = (runnable) => (globalThis.netlabTestFile = runnable.file ?? runnable.parent?.file);
    runner.on(EVENT_HOOK_BEGIN, note);
    runner.on(EVENT_TEST_BEGIN, note);
    runner.on(EVENT_TEST_PASS, () => (counts.passed += 1));
    // Also a hook's failure: it comes as a test of its own.
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      counts.failed += 1;
      failures.push(
        `${note(test)}\n  ${test.fullTitle()}\n    ${String(error?.stack ?? error).replaceAll('\n', '\n    ')}`,
      );
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      counts.skipped += 1;
      skipped.push(`  ${test.fullTitle()}: ${reason(test)}`);
    });
    runner.once(EVENT_RUN_END, () => {
      if (skipped.length > 0) console.log(`skipped:\n${skipped.join('\n')}\n`);
      const file = process.env.NETLAB_TEST_COUNTS;
      const suite = (options?.spec ?? []).join(' ');
      if (file !== undefined)
        appendFileSync(file, `${JSON.stringify({ ...counts, suite, failures, reasons: skipped })}\n`);
    });
  }
};

/** What `skip()` of test/support/probe.ts left on the test, or on the suite whose `before` called it. */
function reason(test) {
  for (let at = test; at !== undefined; at = at.parent) if (at.skipReason !== undefined) return at.skipReason;
  return 'marked so in the source';
}
