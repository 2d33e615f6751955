import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';

import { LabError } from '../../../src/errors.ts';
import { Lab } from '../../../src/lab.ts';
import type { WhyReport } from '../../../src/model/why.ts';
import { has, inNode, netlab, probe, requireRoot, Scene, until } from '../../support/index.ts';
import { MISTAKES } from './mistakes.ts';
import type { Mistake } from './networks.ts';
import { RUNNING_MISTAKES } from './running-mistakes.ts';
import { TUNNEL_MISTAKES } from './tunnel-mistakes.ts';

const FIRST = 10;
const ALL: readonly Mistake[] = [...MISTAKES, ...TUNNEL_MISTAKES, ...RUNNING_MISTAKES];

/** `a@` of the mistake number 12 is `a12`, and `10.@.0.2` `10.12.0.2`. */
function numbered(text: string, mistake: Mistake): string {
  return text.replaceAll('@', `${FIRST + ALL.indexOf(mistake)}`);
}

/** All of them side by side in one lab: none has to do with another. */
function together(mistakes: readonly Mistake[]): string {
  const parts: Record<string, string[]> = { nodes: [], bridges: [], links: [] };
  for (const mistake of mistakes) {
    let part: string[] = [];
    for (const line of numbered(mistake.text, mistake).split('\n')) {
      const key = /^(\w+):$/.exec(line)?.[1];
      if (key !== undefined) part = parts[key]!;
      else if (line !== '') part.push(line);
    }
  }
  return Object.entries(parts)
    .map(([key, lines]) => `${key}:\n${lines.join('\n')}\n`)
    .join('');
}

/** ping(8) of the machine, in the namespace of a node: whether it was answered. */
function pinged(lab: string, node: string, options: readonly string[], address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const words = ['netns', 'exec', `${lab}.${node}`, 'ping', '-n', '-c', '1', '-W', '1', ...options, address];
    const child = spawn('ip', words, { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
}

describe('why', () => {
  const mistakes = ALL.filter(({ needs = [] }) => needs.every(has));
  let scene: Scene;
  let lab: Lab;
  const answered = new Map<string, boolean>();

  const ask = (mistake: Mistake): Promise<WhyReport> => {
    const [from, to] = (mistake.ask ?? ['a@', 'b@']).map((word) => numbered(word, mistake));
    return lab.why(from!, to!, mistake.options);
  };
  const line = (number: number): string => scene.text.split('\n')[number - 1]!;

  before(async function () {
    this.timeout(60_000);
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'ping', 'nftables NAT');
    scene = new Scene(together(mistakes), 'why');
    await scene.up();
    lab = await Lab.open(scene.name);
    for (const mistake of mistakes)
      for (const [node, ...argv] of mistake.breaks ?? []) {
        const words = argv.map((word) => numbered(word, mistake));
        const run = (): string => {
          const { status, stdout, stderr } = spawnSync(
            'ip',
            [
              'netns',
              'exec',
              `${scene.name}.${numbered(node!, mistake)}`,
              ...words.slice(words[0] === 'until' ? 1 : 0),
            ],
            { encoding: 'utf8' },
          );
          assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
          return stdout;
        };
        if (words[0] === 'until') await until(() => run() !== '');
        else run();
      }
    // All at once: each waits for a second.
    await Promise.all(
      mistakes.map(async (mistake) => {
        const [from, to] = (mistake.ask ?? ['a@', 'b@']).map((word) => numbered(word, mistake));
        const address = /[.:]/.test(to!) ? to! : addressOf(to!);
        answered.set(mistake.name, await pinged(scene.name, from!, mistake.oracle?.options ?? [], address));
      }),
    );
  });
  after(() => scene?.[Symbol.asyncDispose]());

  /** The first address of a node, by ip(8). */
  function addressOf(node: string): string {
    const { stdout } = inNode(scene.name, node, ['ip', '-o', 'address', 'show', 'scope', 'global']);
    return /inet6? ([^/]+)/.exec(stdout)![1]!;
  }

  for (const mistake of mistakes) {
    it(`finds ${mistake.name}`, async () => {
      assert.equal(answered.get(mistake.name), mistake.oracle?.answers === true, 'what ping(8) says');
      const report = await ask(mistake);
      const { cause } = report;
      const story = report.hops.map(({ direction, text }) => `${direction}: ${text}`).join('\n');
      assert.ok(cause !== null && !report.reaches, `it reaches\n${story}`);
      const told = { word: cause.word, node: cause.node, direction: cause.direction };
      const wanted = {
        word: mistake.cause,
        node: numbered(mistake.node, mistake),
        direction: mistake.direction ?? 'there',
      };
      assert.deepEqual(told, wanted, `${cause.text}\n${story}`);
      assert.ok(cause.hint !== '', 'a hint');
      assert.match(cause.text, mistake.says ?? /./);
      if (mistake.look === '') return;
      const there = cause.place === null ? 'nowhere' : line(cause.place.line);
      assert.ok(
        there.includes(numbered(mistake.look, mistake)),
        `the line to look at is ${JSON.stringify(there)}; ${cause.text}`,
      );
    });
  }

  it('refuses a node that there is not, with the nearest', async () => {
    await assert.rejects(
      lab.why('a10', 'b100'),
      (error: unknown) => error instanceof LabError && /did you mean/.test(error.message),
    );
  });

  it('prints the way, the cause, the line and what would mend it, and ends with 1', async () => {
    const [first] = mistakes;
    const { code, stdout, stderr } = await netlab([
      'why',
      '-l',
      scene.name,
      numbered('a@', first!),
      numbered('b@', first!),
    ]);
    assert.deepEqual([code, stderr], [1, '']);
    assert.match(stdout, /^stopped: a10 has no route to 10\.10\.1\.2 {2}\[no-route\]$/m);
    assert.match(stdout, new RegExp(`^  look at ${scene.file}:\\d+  nodes\\.a10$`, 'm'));
    assert.match(stdout, /^ {2}to mend it: .*default/m);
  });

  it('leaves no table in any node', () => {
    // The others have none to begin with, and then none of ours is made.
    const filtering = mistakes.filter(({ text, needs }) => needs !== undefined || /firewall:|nat:/.test(text));
    const tables = filtering.flatMap((mistake) =>
      ['a@', 'r@', 'b@'].flatMap((node) => {
        const { code, stdout } = inNode(scene.name, numbered(node, mistake), ['nft', 'list', 'tables']);
        return code === 0 ? [stdout] : [];
      }),
    );
    assert.ok(!tables.join('').includes('netlab-why'));
  });
});
