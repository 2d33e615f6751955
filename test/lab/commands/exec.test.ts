import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CLI, describeForUsers, netlab, probe, requireRoot, run, Scene, tempFolder } from '../../support/index.ts';

const LAB = `
nodes:
  own: { processes: { idle: { command: [sleep, '70001'] } } }
  idle: { hostname: lazy }
  net: { isolation: [net] }
links: [['own:eth0', 'net:eth0']]
`;

describeForUsers('exec', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
    scene = new Scene(LAB, 'exec');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  // First of all, while no process has ever run in it.
  it('ten at once into a node that has no PID 1 yet: all work, in one and the same process tree', async () => {
    assert.equal((await scene.status()).members.find(({ name }) => name === 'idle')?.pid, null);
    const results = await Promise.all(
      Array.from({ length: 10 }, () => scene.exec('idle', ['sh', '-c', 'readlink /proc/self/ns/pid; hostname'])),
    );
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    const seen = new Set(results.map(({ stdout }) => stdout));
    assert.equal(seen.size, 1, [...seen].join(''));
    assert.match(results[0]!.stdout, /^pid:\[\d+\]\nlazy\n$/);
    const { pid } = (await scene.status()).members.find(({ name }) => name === 'idle')!;
    assert.equal(run('readlink', [`/proc/${pid}/ns/pid`]), results[0]!.stdout.split('\n')[0] + '\n');
  });

  for (const node of ['own', 'net']) {
    describe(`in a node with ${node === 'own' ? 'everything of its own' : 'a network alone'}`, () => {
      for (const [what, command, code] of [
        ['success', ['true'], 0],
        ['failure', ['false'], 1],
        ["the command's own code", ['sh', '-c', 'exit 42'], 42],
        ['255', ['sh', '-c', 'exit 255'], 255],
        ['a file that is no program', ['/etc/passwd'], 126],
        ['a folder', ['/etc'], 126],
        ['no such command', ['no-such-command'], 127],
        ['no such file', ['/no/such/file'], 127],
        ['SIGKILL', ['sh', '-c', 'kill -9 $$'], 137],
        ['SIGTERM', ['sh', '-c', 'kill $$'], 143],
      ] as const) {
        it(`says ${code}: ${what}`, async () => {
          const result = await scene.exec(node, command);
          assert.equal(result.code, code, result.stderr);
          assert.equal(result.stdout, '');
          if (code === 126 || code === 127) assert.match(result.stderr, /^netlab.*\n$/);
        });
      }

      it('passes a megabyte of standard input through, byte for byte', async () => {
        const input = randomBytes(1 << 20);
        const sum = createHash('sha256').update(input).digest('hex');
        const { code, stdout } = await scene.exec(node, ['sha256sum'], { input });
        assert.deepEqual([code, stdout], [0, `${sum}  -\n`]);
        // And back.
        const text = input.toString('base64');
        assert.equal((await scene.exec(node, ['cat'], { input: text })).stdout, text);
      });

      it('keeps standard output and standard error apart', async () => {
        const { stdout, stderr } = await scene.exec(node, ['sh', '-c', 'echo out; echo err >&2; echo out again']);
        assert.deepEqual([stdout, stderr], ['out\nout again\n', 'err\n']);
      });

      it('passes arguments as they are', async () => {
        const words = [
          'two words',
          '',
          '"quoted"',
          "it's",
          'a\nline',
          '\t',
          '$HOME',
          '*',
          '\\',
          '--help',
          '-l',
          '--',
          'ü€😀',
        ];
        const { stdout } = await scene.exec(node, ['printf', '%s\\0', ...words]);
        assert.deepEqual(stdout.split('\0').slice(0, -1), words);
      });

      it('ends with the end of its standard input', async () => {
        assert.deepEqual(await scene.exec(node, ['cat']), { code: 0, signal: null, stdout: '', stderr: '' });
      });
    });
  }

  it('does not need the --', async () => {
    const { code, stdout } = await netlab(['exec', '-l', scene.name, 'own', 'echo', '-l', 'x']);
    assert.deepEqual([code, stdout], [0, '-l x\n']);
  });

  it('finds the lab by its file', async () => {
    const { stdout } = await netlab(['exec', '-l', scene.file, 'idle', '--', 'hostname']);
    assert.equal(stdout, 'lazy\n');
  });

  it('gives code and output as JSON', async () => {
    const { code, stdout } = await netlab([
      'exec',
      '--json',
      '-l',
      scene.name,
      'own',
      '--',
      'sh',
      '-c',
      'echo hi; exit 3',
    ]);
    assert.equal(code, 3);
    assert.deepEqual(JSON.parse(stdout), { exitCode: 3, stdout: 'hi\n', stderr: '' });
  });

  for (const [what, args, words] of [
    ['no such lab', (lab: string) => ['-l', `${lab}-x`, 'own', '--', 'true'], /there is no lab/],
    ['no such node', (lab: string) => ['-l', lab, 'owm', '--', 'true'], /no node owm; did you mean own\?/],
    ['no command', (lab: string) => ['-l', lab, 'own'], /COMMAND/],
    ['an option that does not exist', (lab: string) => ['--bogus', '-l', lab, 'own', '--', 'true'], /bogus/],
  ] as const) {
    it(`says 125: ${what}`, async () => {
      const { code, stdout, stderr } = await netlab(['exec', ...args(scene.name)]);
      assert.equal(code, 125, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, /internal error/);
    });
  }
});

describe('the command exec', () => {
  it('does not load more of netlab than it needs', async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces', 'strace');
    await using scene = new Scene(LAB, 'exec-brief');
    await scene.up();
    if (process.env['NETLAB_TEST_UNBUNDLED'] === '1') this.skip();
    const trace = join(tempFolder(), 'exec.trace');
    const words = [
      '-f',
      '-e',
      'trace=openat',
      '-o',
      trace,
      process.execPath,
      CLI,
      'exec',
      '-l',
      scene.name,
      'own',
      'true',
    ];
    run('strace', words);
    const opened = readFileSync(trace, 'utf8');
    assert.match(opened, /brief\.cjs/);
    assert.doesNotMatch(opened, /command\.cjs/);
  });
});
