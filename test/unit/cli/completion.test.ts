/** Completion in the shells themselves: each is started, reads our script, and is asked what it would offer. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { VERBS } from '../../../src/cli/catalogue.ts';
import { candidates } from '../../../src/cli/completion/candidates.ts';
import { CLI, has, netlab, skip } from '../../support/index.ts';

const words = async (...line: string[]): Promise<string[]> => (await candidates(line)).map(([value]) => value);

describe('completion', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'netlab-complete-'));
  const bin = join(folder, 'bin');
  const here = join(folder, 'here');
  before(() => {
    mkdirSync(bin);
    mkdirSync(join(here, 'deeper'), { recursive: true });
    writeFileSync(join(bin, 'netlab'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
    chmodSync(join(bin, 'netlab'), 0o755);
    for (const file of ['pair.yaml', 'ring.mjs', 'notes.txt']) writeFileSync(join(here, file), '');
  });
  after(() => rmSync(folder, { recursive: true }));

  const shell = (program: string, args: readonly string[]): string[] => {
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder };
    const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', cwd: here, env });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    return stdout.split('\n').filter((line) => line !== '');
  };

  it('offers every verb, its options, and what they take', async () => {
    assert.deepEqual(await words(''), [...VERBS.keys()]);
    assert.deepEqual(await words('stat'), ['status']);
    assert.deepEqual(await words('-'), ['--json', '--quiet', '--verbose', '--no-color', '--help']);
    assert.deepEqual(await words('up', '--k'), ['--keep']);
    assert.deepEqual(await words('up', '--keep', '--k'), []);
    assert.deepEqual(await words('up', ''), [':files']);
    assert.deepEqual(await words('up', 'x.yaml', ''), []);
    assert.deepEqual(await words('validate', 'x.yaml', ''), [':files']);
    assert.deepEqual(await words('help', 'pl'), ['plan']);
    assert.deepEqual(await words('completion', ''), ['bash', 'zsh', 'fish']);
    assert.deepEqual(await words('exec', 'a', ''), [':commands']);
    assert.deepEqual(await words('exec', 'a', '--', '-'), [':commands']);
    assert.deepEqual(await words('logs', '-n', ''), []);
    assert.deepEqual(await words('graph', '--format', 'm'), ['mermaid']);
    assert.deepEqual(await words('why', '--proto='), ['--proto=icmp', '--proto=tcp', '--proto=udp']);
    assert.deepEqual(await words('exec', '-l', 'no-such-lab', '-p', ''), []);
    assert.deepEqual(await words('--json', 'plan', '--ex'), ['--explain', '--exit-code']);
    assert.deepEqual(await words('nonsense', ''), []);
  });

  it('offers the labs that there are, wherever a lab can stand', async () => {
    const labs = existsSync('/run/netlab') ? readdirSync('/run/netlab') : [];
    for (const line of [
      ['down', ''],
      ['exec', '-l', ''],
      ['status', '--lab', ''],
    ]) {
      const offered = await words(...line);
      // Others may make and remove theirs meanwhile.
      assert.ok(labs.filter((lab) => !offered.includes(lab)).length <= 2, `${offered.join(' ')} of ${labs.join(' ')}`);
      assert.equal(offered.at(-1) === ':files' || offered[0] === ':files', true);
    }
    assert.ok((await words('exec', '--lab=')).every((word) => word.startsWith('--lab=') || word === ':files'));
  });

  describe('in bash', () => {
    const complete = (...line: string[]): string[] => {
      const list = line.map((word) => `'${word}'`).join(' ');
      const script = `source <(netlab completion bash); COMP_WORDS=(${list}); COMP_CWORD=${line.length - 1}
        _netlab 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return shell('bash', ['--norc', '-O', 'extglob', '-c', script]);
    };
    it('completes verbs and options', () => {
      assert.deepEqual(complete('netlab', 'va'), ['validate']);
      assert.deepEqual(complete('netlab', 'plan', '--e'), ['--explain', '--exit-code']);
    });
    it('completes topology files and folders, and no others', () => {
      assert.deepEqual(complete('netlab', 'up', '').toSorted(), ['deeper', 'pair.yaml', 'ring.mjs']);
      assert.deepEqual(complete('netlab', 'up', 'pa'), ['pair.yaml']);
    });
    it('completes commands', () => assert.ok(complete('netlab', 'exec', 'a', '--', 'unam').includes('uname')));
    it('takes words that it has split at = and :', () => {
      assert.ok(complete('netlab', 'status', '--lab', '=', 'no-such-lab').length === 0);
    });
    it('works without extglob set, as bash starts', () => {
      const script = `source <(netlab completion bash); COMP_WORDS=(netlab up r); COMP_CWORD=2; _netlab 2>/dev/null; echo "\${COMPREPLY[@]}"`;
      assert.deepEqual(shell('bash', ['--norc', '-c', script]), ['ring.mjs']);
    });
  });

  describe('in zsh', () => {
    before(function () {
      if (!has('zsh')) skip(this, 'this machine has no zsh');
    });
    const complete = (...line: string[]): string[] => {
      const list = line.map((word) => `'${word}'`).join(' ');
      // zsh offers nothing outside of its line editor, so what our function hands to it is printed.
      const script = `compdef() { :; }; _describe() { print -l -- $values; }; _files() { print files; }; _command_names() { print commands; }
        source <(netlab completion zsh); words=(${list}); CURRENT=${line.length}; _netlab`;
      return shell('zsh', ['-f', '-c', script]);
    };
    it('completes verbs and options, each with its meaning', () => {
      assert.deepEqual(complete('netlab', 'va'), ['validate:check files, without touching anything']);
      assert.equal(complete('netlab', 'plan', '--e').length, 2);
    });
    it('completes files and commands', () => {
      assert.deepEqual(complete('netlab', 'up', ''), ['files']);
      assert.deepEqual(complete('netlab', 'exec', 'a', ''), ['commands']);
    });
    it('is a function of $fpath too', () => {
      const script = `netlab completion zsh > ${join(folder, '_netlab')}; fpath=(${folder} $fpath); autoload -Uz compinit; compinit -u -d ${join(folder, 'dump')}; print $_comps[netlab]`;
      assert.deepEqual(shell('zsh', ['-f', '-c', script]), ['_netlab']);
    });
  });

  describe('in fish', () => {
    before(function () {
      if (!has('fish')) skip(this, 'this machine has no fish');
    });
    const complete = (line: string): string[] =>
      shell('fish', ['--no-config', '-c', `netlab completion fish | source; complete -C '${line}'`]);
    it('completes verbs and options, each with its meaning', () => {
      assert.deepEqual(complete('netlab va'), ['validate\tcheck files, without touching anything']);
      assert.deepEqual(
        complete('netlab plan --ex').map((line) => line.split('\t')[0]),
        ['--exit-code', '--explain'],
      );
    });
    it('completes topology files and folders, and no others', () => {
      const files = complete('netlab up ').map((line) => line.split('\t')[0]);
      assert.deepEqual(new Set(files), new Set(['deeper/', 'pair.yaml', 'ring.mjs']));
    });
  });

  it('says which shells there are', async () => {
    const { code, stderr } = await netlab(['completion', 'tcsh']);
    assert.equal(code, 2);
    assert.match(stderr, /^netlab: there is completion for bash, zsh and fish, not for "tcsh"\n/);
  });
});

describe('schema', () => {
  it('is what editors take, and where it is', async () => {
    const { stdout } = await netlab(['schema']);
    assert.equal((JSON.parse(stdout) as { $schema: string }).$schema, 'http://json-schema.org/draft-07/schema#');
    const path = (await netlab(['schema', '-v'])).stdout.trim();
    assert.ok(existsSync(path), path);
    assert.match(path, /\/schemas\/topology\.schema\.json$/);
  });
});
