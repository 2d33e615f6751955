// Runs test files, each in a mocha of its own, several at a time: labs have names of their own, so they need not wait for each other.
//
//   node scripts/test-files.mjs [FOLDER] [mocha's options]
//
// Without a folder all tests: those of dist/test/lab each file by itself, unit and kernel tests each by one mocha, for they are many and
// short. NETLAB_TEST_JOBS: how many mochas at a time; else two more than there are processors, for they wait a lot, and at most 4.
//
// What a file prints comes in one piece when it ends; with NETLAB_TEST_BRIEF=1 that of a file which passes is one line. The last
// lines are the sum, and what has failed once more.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Those that take longest, first: the last one to end has nobody to run beside. */
const LONG = [
  'model.test',
  'test/kernel',
  'test/unit',
  'killed',
  'one-key',
  'pages',
  'faults',
  'leaks',
  'fuzz',
  'damage',
  'watch',
  'uplink',
  'same-state',
];

// Node reads certificates of all the world at each start when it is told of more of them: two thirds of its start, for what no test asks for.
delete process.env.NODE_EXTRA_CA_CERTS;

const mocha = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));
const options = process.argv.slice(2);
const named = options[0]?.startsWith('-') === false ? options.shift() : undefined;
const folder = named ?? 'dist/test/lab';
const whole = named === undefined ? ['dist/test/unit', 'dist/test/kernel'] : [];
const jobs = Number(process.env.NETLAB_TEST_JOBS ?? Math.min(4, availableParallelism() + 2));
const notes = mkdtempSync(join(tmpdir(), 'netlab-tests-'));
const brief = process.env.NETLAB_TEST_BRIEF === '1';
const running = new Set();
let stopped = false;

const rank = (file) => {
  const at = LONG.findIndex((word) => file.includes(word));
  return at < 0 ? LONG.length : at;
};
const queue = [
  ...whole.map((each) => join(each, '**/*.test.js')),
  ...readdirSync(folder, { recursive: true }).flatMap((file) =>
    file.endsWith('.test.js') ? [join(folder, file)] : [],
  ),
].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
const failures = [];
/** What the tests' failures say, for .ci/run. */
const said = [];

/** One file. Its output is kept until it ends. */
async function run(file) {
  const counts = join(notes, file.replaceAll(/[/*]/g, '-'));
  const started = performance.now();
  const child = spawn(process.execPath, [mocha, ...options, file], {
    env: { ...process.env, NETLAB_TEST_COUNTS: counts },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A terminal's Ctrl-C comes through this process: mocha ends in order at the first, and at once at a second.
    detached: true,
  });
  running.add(child);
  const printed = [];
  child.stdout.on('data', (chunk) => printed.push(chunk));
  child.stderr.on('data', (chunk) => printed.push(chunk));
  const status = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal ?? code));
    // What a test that was interrupted has left may hold its output open for ever.
    child.on('exit', (code, signal) => stopped && resolve(signal ?? code));
  });
  running.delete(child);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const lines = read(counts);
  // A run that crashed before its end has written no line.
  const ended = status === 0 && lines.length > 0;
  if (ended && brief) console.log(`${file} (${seconds} s): ${summary(lines)}`);
  else process.stdout.write(Buffer.concat([Buffer.from(`\n${file} (${seconds} s)\n`), ...printed]));
  if (ended) return lines;
  if (!stopped) failures.push(`${file}: ${status === 0 ? 'did not come to its end' : `ended with ${status}`}`);
  return lines;
}

/** `12 passing`, and below it why others were skipped. */
const summary = (lines) =>
  lines
    .map(({ passed, reasons }) =>
      [`${passed} passing`, ...reasons.map((reason) => `  skipped: ${reason.trim()}`)].join('\n'),
    )
    .join('; ');

function read(path) {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopped = true;
    queue.length = 0;
    for (const child of running) child.kill(signal);
  });
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const work = async () => {
  for (let file = queue.shift(); file !== undefined; file = queue.shift())
    for (const line of await run(file)) {
      for (const key of Object.keys(sum)) sum[key] += line[key];
      said.push(...line.failures);
    }
};
await Promise.all(Array.from({ length: jobs }, work));
rmSync(notes, { recursive: true });

const suite = [...whole, folder].join(' ');
console.log(`\n${suite}: ${sum.passed} passing, ${sum.failed} failing, ${sum.skipped} pending`);
for (const failure of failures) console.log(`  ${failure}`);
if (process.env.NETLAB_TEST_COUNTS !== undefined)
  appendFileSync(process.env.NETLAB_TEST_COUNTS, `${JSON.stringify({ ...sum, suite, failures: said })}\n`);
if (stopped) process.exit(130);
process.exitCode = failures.length > 0 ? 1 : 0;
