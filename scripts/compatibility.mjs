/**
 * Labs of other tools, tried: imported, brought up, and looked at for what their own text promises. Prints a table in Markdown.
 *
 *     sudo node scripts/compatibility.mjs CASES.json INPUTS [ID…] [--keep]
 *
 * CASES.json is a list of { id, format, paths: ['input/NAME'], checks: [{ node, cmd, expect: 're:REGEX' or 'rc:N', within_s }] }; INPUTS is a
 * folder in which NAME stands. A check of node `*` is none that can be run by itself: compatibility/ID.mjs says how, where there is one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const NETLAB = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const [casesFile, inputs, ...ids] = words;
if (inputs === undefined) {
  console.error('usage: node scripts/compatibility.mjs CASES.json INPUTS [ID…] [--keep]');
  process.exit(2);
}
const keep = process.argv.includes('--keep');
const cases = JSON.parse(readFileSync(casesFile, 'utf8')).filter(
  ({ id }) => ids.length === 0 || ids.some((each) => id.startsWith(each)),
);
const folder = mkdtempSync(join(tmpdir(), 'netlab-compatibility-'));

/** Runs netlab; what it prints, and its exit code. */
export function netlab(args, timeout = 120_000) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [NETLAB, ...args], {
    encoding: 'utf8',
    timeout,
    maxBuffer: 64 << 20,
  });
  return { code: status ?? 124, stdout, stderr, output: `${stdout}${stderr}` };
}

/** `re:(?is)…` as a function that says whether an outcome is as expected. */
function expectation(expect) {
  const [, code] = /^rc:(\d+)$/.exec(expect) ?? [];
  if (code !== undefined) return ({ code: found }) => found === Number(code);
  const [, flags = '', source] = /^re:(?:\(\?([ims]+)\))?(.*)$/s.exec(expect) ?? [];
  if (source === undefined) return undefined;
  const pattern = new RegExp(source, `${flags}m`);
  return ({ output }) => pattern.test(output);
}

/** Asks until it holds or the time is over; undefined when it holds, else what was seen last. */
async function holds(lab, { node, cmd, expect, within_s: within }) {
  const fits = expectation(expect);
  const end = Date.now() + within * 1000;
  for (;;) {
    const outcome = netlab(['exec', '-l', lab, node, '--', 'bash', '-c', cmd], 60_000);
    if (fits(outcome)) return undefined;
    if (Date.now() > end) return `${node}: ${cmd}: ${outcome.output.trim().split('\n').at(-1) ?? ''} (${outcome.code})`;
    await sleep(500);
  }
}

/** Formats that `netlab import` does not read, and what they are. */
const ELSEWHERE = {
  tinet: 'no format of `import`: a list of shell commands for each node (spec.yaml of tinet)',
  topotest: 'no format of `import`: Python of FRR’s own tests, that builds the network while it runs',
  'json command templates':
    'no format of `import`: commands that flanneld runs on a real host, with its own values in them',
};

async function tryCase({ id, format, paths, checks }) {
  const row = { id, format, imported: '–', up: '–', observables: '–', why: '' };
  const other = Object.keys(ELSEWHERE).find((each) => format.startsWith(each));
  if (other !== undefined) return { ...row, imported: 'no', why: ELSEWHERE[other] };
  const path = join(inputs, basename(paths[0]));
  if (!existsSync(path)) return { ...row, why: `not in ${inputs}` };
  const lab = `compat-${id.split('-')[0].toLowerCase()}`;
  const file = join(folder, `${lab}.yaml`);
  const special = new URL(`compatibility/${id}.mjs`, import.meta.url);
  const own = existsSync(special) ? await import(special.href) : undefined;
  const imported = netlab(['import', '--name', lab, '-o', file, ...(own?.options ?? []), path]);
  if (imported.code !== 0) return { ...row, imported: 'no', why: firstLine(imported.stderr) };
  row.imported = 'yes';
  const left = JSON.parse(netlab(['import', '--json', '--name', lab, ...(own?.options ?? []), path]).stdout).left;
  if (left.length > 0) row.imported = `yes, ${left.length} not the same`;
  const began = Date.now();
  const up = netlab(['up', file], 300_000);
  if (up.code !== 0) return { ...row, up: 'no', why: firstLine(up.stderr) };
  row.up = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  try {
    const failures = [];
    let total = 0;
    for (const check of checks) {
      if (check.node === '*') continue;
      total++;
      const failure = await holds(lab, check);
      if (failure !== undefined) failures.push(failure);
    }
    if (own?.observe !== undefined) {
      const seen = await own.observe({ lab, path, inputs, netlab, holds: (check) => holds(lab, check) });
      total += seen.total;
      failures.push(...seen.failures);
    }
    if (total > 0) row.observables = `${total - failures.length} of ${total}`;
    row.why = failures.slice(0, 3).join('; ').slice(0, 300);
  } finally {
    if (!keep) netlab(['down', lab]);
  }
  return row;
}

/** The message without its place. */
function firstLine(text) {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim());
  return lines.slice(0, 3).join(' ').slice(0, 300);
}

const rows = [];
for (const each of cases) {
  const row = await tryCase(each);
  rows.push(row);
  console.error(
    `${row.id}: imported ${row.imported}, up ${row.up}, observables ${row.observables}${row.why === '' ? '' : `: ${row.why}`}`,
  );
}
rmSync(folder, { recursive: true });
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
const sources = new Map(cases.map(({ id, source }) => [id, source]));
const tried = rows.filter(({ up }) => up.endsWith(' s')).length;
console.log(`# Labs of other tools, tried

Made by \`scripts/compatibility.mjs\`: ${rows.length} public labs that others wrote, each imported by \`netlab import\`, brought up by \`netlab up\`, and asked
for what its own text promises ("observables"; each within the time that the text gives). ${tried} of them came up. [import.md](import.md) says what becomes
of each format; "not the same" counts what the import told about, each with its line. The labs are not part of netlab.

On Linux ${release().replace(/-.*/, '')}, Node ${process.version}, with the packages of Debian that they need (frr, radvd, apache2, bind9, iptables, curl, traceroute).

| case | from | format | imported | up | observables | why not |
|---|---|---|---|---|---|---|`);
for (const { id, format, imported, up, observables, why } of rows)
  console.log(`| ${[id, sources.get(id) ?? '', format, imported, up, observables, why].map(cell).join(' | ')} |`);
console.log(`
To make it again, as root: put the labs into a folder by their names, and \`node scripts/compatibility.mjs CASES.json FOLDER > docs/compatibility.md\`.`);
