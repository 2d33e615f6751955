/** The program as a process: what it prints where, and its exit code, without a lab. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { VERBS } from '../../../src/cli/catalogue.ts';
import { Output } from '../../../src/cli/output.ts';

const MAIN = fileURLToPath(new URL('../../../bin/netlab.cjs', import.meta.url));
/** The same before it is bundled: what is loaded when, can be told there by the names of modules. */
const UNBUNDLED = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netlab-cli-'));

function netlab(...words: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8', cwd: folder });
  return { code: status, out: stdout, err: stderr };
}

/** The modules that a command loads. */
function loaded(...words: string[]): string {
  const hook = 'import{writeSync}from"node:fs";export const load=(u,c,n)=>{writeSync(2,u+"\\n");return n(u,c)}';
  const source = `import{register}from"node:module";register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})`;
  const loader = `data:text/javascript,${encodeURIComponent(source)}`;
  const { stderr } = spawnSync(process.execPath, ['--import', loader, UNBUNDLED, ...words], { encoding: 'utf8' });
  return stderr;
}

describe('netlab', () => {
  after(() => rmSync(folder, { recursive: true }));

  it('prints its version', () => {
    assert.match(netlab('version').out, /^netlab \d+\.\d+\.\d+\n$/);
    assert.deepEqual(netlab('--version'), netlab('version'));
    assert.deepEqual(Object.keys(JSON.parse(netlab('version', '--json').out) as object), ['version', 'node', 'kernel']);
    assert.match(netlab('-v', 'version').out, /, node .*, Linux /);
  });

  it('prints help in every way that one tries', () => {
    const help = netlab('help');
    assert.equal(help.code, 0);
    assert.deepEqual([netlab('--help'), netlab('-h')], [help, help]);
    assert.deepEqual(netlab('up', '--help'), netlab('help', 'up'));
    assert.deepEqual(netlab('--help', 'up'), netlab('help', 'up'));
    assert.equal(netlab('up', 'a', 'b', '-h').code, 0);
  });

  it('prints help for programs', () => {
    const { verbs } = JSON.parse(netlab('help', '--json').out) as { verbs: { verb: string }[] };
    assert.deepEqual(new Set(verbs.map(({ verb }) => verb)), new Set(VERBS.keys()));
    assert.deepEqual(netlab('--help', '--json'), netlab('help', '--json'));
    assert.deepEqual(netlab('--json', '--version'), netlab('version', '--json'));
    const { out } = netlab('help', 'ls', '--json');
    assert.equal(netlab('ls', '--help', '--json').out, out);
    const page = JSON.parse(out) as { usage: string; options: object[]; examples: object[] };
    assert.equal(page.usage, 'netlab ls [options]');
    assert.deepEqual(page.options[1], {
      option: '--quiet',
      short: '-q',
      value: null,
      about: 'no progress, messages or summary',
    });
    assert.deepEqual(page.examples[0], { command: 'netlab ls', about: 'a table' });
  });

  it('fails once where nothing can be written, and does not try to say so for ever', () => {
    const full = openSync('/dev/full', 'w');
    const run = (words: readonly string[], stdio: ['ignore', number | 'pipe', number | 'pipe']) =>
      spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8', stdio, cwd: folder, timeout: 20_000 });
    try {
      const { status, stderr } = run(['version', '--json'], ['ignore', full, 'pipe']);
      assert.deepEqual([status, stderr], [1, 'netlab: ENOSPC: no space left on device, write\n']);
      assert.equal(run(['version', '--json'], ['ignore', full, full]).status, 1);
      assert.equal(run(['frobnicate'], ['ignore', 'pipe', full]).status, 2);
    } finally {
      closeSync(full);
    }
  });

  for (const [words, code, message] of [
    [[], 2, 'which verb?'],
    [['-q'], 2, '-q needs a verb'],
    [['pln'], 2, "there is no verb 'pln'; did you mean 'plan'?"],
    [['frobnicate'], 2, "there is no verb 'frobnicate'"],
    [['help', 'stat'], 2, "there is no verb 'stat'; did you mean 'status'?"],
    [['up', '--jsn', 'x'], 2, 'unknown option --jsn; did you mean --json?'],
    [['up'], 2, 'which topology? Name a file: there is no netlab.yaml in this folder'],
    [['exec', 'r1'], 125, 'COMMAND is missing'],
    [['exec', '--frob', 'r1', 'ls'], 125, 'unknown option --frob'],
    [['exec', '-tT', 'r1', 'ls'], 125, '-t and -T exclude each other'],
    [['shell', '--json', 'r1'], 125, 'a shell has no JSON; use `netlab exec --json NODE -- COMMAND`'],
    [['logs', '-n', 'x', 'r1'], 2, '-n takes a number of lines, not "x"'],
    [['down', '--all', 'x'], 2, '--all means every lab: no name with it'],
    [['status', '-l', 'x', 'y'], 2, 'which lab, "y" or "x"? Name it once'],
  ] as const) {
    it(`${['netlab', ...words].join(' ')} exits ${code}`, () => {
      const { out, err, ...result } = netlab(...words);
      assert.equal(result.code, code);
      assert.equal(out === '', !(words as readonly string[]).includes('--json'));
      const [first = '', second = ''] = err.split('\n');
      assert.ok(first.startsWith(`netlab: ${message}`), first);
      assert.match(second, /^usage: netlab /);
    });
  }

  it('tells programs of a wrong use too', () => {
    const { code, out, err } = netlab('up', '--json', '--kep');
    assert.equal(code, 2);
    assert.deepEqual(JSON.parse(out), {
      error: { code: 'ERR_USAGE', message: 'unknown option --kep; did you mean --keep?' },
    });
    assert.match(err, /^netlab: unknown option/);
  });

  it('loads neither the bindings nor the YAML parser where they are not needed', () => {
    for (const words of [['version'], ['--help'], ...[...VERBS.keys()].map((name) => [name, '--help'])]) {
      const modules = loaded(...words);
      assert.match(modules, /cli\/main\.js/);
      assert.doesNotMatch(modules, /koffi|js-yaml|ajv|src\/lab\.js/, words.join(' '));
    }
  }).timeout(20_000);

  it('ends quietly when nobody reads on', async () => {
    const child = spawn(process.execPath, [MAIN, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.deepEqual([code, err], [0, '']);
  });
});

describe('cli output', () => {
  it('has colours only where they are welcome', () => {
    const output = new Output({ json: false, quiet: false, verbose: false, color: false });
    assert.equal(output.paint.red('x'), 'x');
    assert.equal(output.closed.aborted, false);
  });
});
