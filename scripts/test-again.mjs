// Runs all tests some times in a row, on a machine that has other work to do: a test that fails now and then shows itself.
//
//   node scripts/test-again.mjs [RUNS [NICE]]      10 times unless said
//
// As many programs as there are processors do nothing but keep these busy, at the nice value 10 unless said. What failed is printed
// after each run; the exit status is 1 when anything did. Ctrl-C ends it in order.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

const [runs = 10, nice = 10] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'netlab-again-'));
const counts = join(folder, 'counts');
const busy = Array.from({ length: availableParallelism() }, () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  setPriority(child.pid, nice);
  return child;
});
try {
  // sched(7): where the kernel groups processes by their sessions, nice values count within these, and this one for the session.
  writeFileSync('/proc/self/autogroup', String(nice));
} catch {
  // It does not.
}
let running;
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopped = true;
    running?.kill(signal);
  });
}

/** All tests, once; what failed in it, in words. */
async function run() {
  const child = spawn(process.execPath, ['scripts/test-files.mjs'], {
    env: { ...process.env, NETLAB_TEST_BRIEF: '1', NETLAB_TEST_COUNTS: counts },
    stdio: ['ignore', 'ignore', 'inherit'],
    // A terminal's Ctrl-C comes through this process.
    detached: true,
  });
  running = child;
  await once(child, 'close');
  try {
    return JSON.parse(readFileSync(counts, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: ['the tests did not come to their end'] };
  } finally {
    rmSync(counts, { force: true });
  }
}

const time = () => new Date().toTimeString().slice(0, 8);
for (let n = 1; n <= runs && !stopped; n++) {
  const began = performance.now();
  const { passed, failed, skipped, failures } = await run();
  if (stopped) break;
  const seconds = Math.round((performance.now() - began) / 1000);
  const load = loadavg()[0].toFixed(1);
  console.log(
    `${time()}  run ${n}: ${passed} passed, ${failed} failed, ${skipped} skipped; ${seconds} s, load ${load}`,
  );
  for (const failure of failures) console.log(`failed: ${failure}\n`);
  if (failed + failures.length > 0) process.exitCode = 1;
}
for (const child of busy) child.kill();
rmSync(folder, { recursive: true });
if (stopped) process.exitCode = 130;
