// Provides native/bin/linux-ARCH/netlab-init: the shipped binary when it runs here, else one compiled from native/*.c.
// `npm install` must not fail where there is no compiler, so the exit status is always 0 and the text says what is missing.
//
//   node scripts/build-native.mjs [--force]      --force compiles even when there is a binary that runs
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'native');
const binary = join(root, 'native', 'bin', `linux-${process.arch}`, 'netlab-init');

// Static musl first: the smallest PID 1 and the fastest start. Dynamic last: it works, and only here.
const compilers = [['musl-gcc', '-static'], ['cc', '-static'], ['cc'], ['gcc'], ['clang']];
const flags = ['-std=c17', '-D_GNU_SOURCE', '-Os', '-s', '-Wall', '-Wextra', '-Werror'];
// It is no library: code that may lie anywhere is a page longer. Nobody unwinds a stack in here; a page that holds code and constants is one page, and the few constants with addresses in them need none of their own.
const shrink = [
  '-fno-pie',
  '-no-pie',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-asynchronous-unwind-tables',
  '-fno-unwind-tables',
  '-Wl,--gc-sections,-z,noseparate-code,-z,norelro',
];

function runs(path) {
  return existsSync(path) && spawnSync(path, ['noop']).status === 0;
}

/** Compiles to a name of our own and renames: whoever else builds or runs at the same time never sees half a file. */
function compile([compiler, ...more]) {
  const unfinished = `${binary}.${process.pid}`;
  const files = readdirSync(sources)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(sources, name));
  const result = spawnSync(compiler, [...flags, ...more, ...shrink, '-o', unfinished, ...files], { encoding: 'utf8' });
  const good = result.status === 0 && runs(unfinished);
  if (good) renameSync(unfinished, binary);
  else rmSync(unfinished, { force: true });
  return { good, output: result.error === undefined ? result.stderr : '' };
}

function main() {
  if (process.platform !== 'linux') return 'only Linux can run labs: nothing built';
  if (!process.argv.includes('--force') && runs(binary)) return `${binary} runs here: nothing to build`;
  mkdirSync(dirname(binary), { recursive: true });
  const own = process.env.CC ? [[process.env.CC, '-static'], [process.env.CC]] : [];
  const complaints = [];
  for (const compiler of [...own, ...compilers]) {
    const { good, output } = compile(compiler);
    if (good) return `built ${binary} with ${compiler.join(' ')}`;
    if (output !== '') complaints.push(`${compiler.join(' ')}:\n${output}`);
  }
  for (const complaint of complaints) console.error(complaint);
  return `could not build ${binary}: install a C compiler (gcc or clang), then run \`npm rebuild netlab\``;
}

console.log(`netlab: ${main()}`);
