/** Labs that a program brings up by the library end with it, however it ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import {
  assertHostUnchanged,
  hostSnapshot,
  type HostSnapshot,
  netlab,
  netnsOf,
  probe,
  requireRoot,
  uniqueLabName,
  until,
} from '../../support/index.ts';

const LIBRARY = fileURLToPath(new URL('../../../src/index.js', import.meta.url));

/** A program with a lab of one node, which prints `up` when that runs, and goes on with `rest`. */
const program = (name: string, rest: string, options = ''): string => `
  import { Lab } from ${JSON.stringify(LIBRARY)};
  const topology = { nodes: { a: { processes: { p: 'PROCESS' } } } };
  topology.nodes.a.processes.p = { command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] };
  const lab = await Lab.up(topology, { name: ${JSON.stringify(name)}, ${options} });
  console.log('up');
  ${rest}
`;

function start(name: string, rest: string, options = ''): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(name, rest, options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Without a terminal's Ctrl-C.
    detached: true,
  });
  child.stderr.resume();
  return child;
}

async function isUp(child: ChildProcess): Promise<void> {
  const [text] = (await once(child.stdout!, 'data')) as [Buffer];
  assert.equal(text.toString(), 'up\n');
}

async function end(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

describe('a program with a lab', function () {
  this.timeout(60_000);
  let name: string;
  let host: HostSnapshot;
  before(function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
  });
  beforeEach(() => {
    name = uniqueLabName('ends');
    host = hostSnapshot();
  });
  afterEach(async () => {
    await netlab(['down', name]);
    assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
  });

  const IDLE = 'setInterval(() => {}, 1000);';
  const ENDS: readonly (readonly [
    how: string,
    rest: string,
    signal: NodeJS.Signals | undefined,
    code: number | string,
  ])[] = [
    ['has nothing left to do', '', undefined, 0],
    ['calls process.exit', 'process.exit(3);', undefined, 3],
    ['throws', "throw new Error('of the program');", undefined, 1],
    [
      'throws in a callback, out of a block that disposes',
      `try { setTimeout(() => { throw new Error('later') }, 1); ${IDLE} await new Promise(() => {}) } finally { await lab.down() }`,
      undefined,
      1,
    ],
    ['is interrupted', IDLE, 'SIGINT', 'SIGINT'],
    ['is terminated', IDLE, 'SIGTERM', 'SIGTERM'],
    [
      'hears SIGTERM itself, and ends in its own way',
      `${IDLE} process.on('SIGTERM', () => setTimeout(() => process.exit(7), 10));`,
      'SIGTERM',
      7,
    ],
    ['ends while it is taking the lab down', 'void lab.down(); process.exit(4);', undefined, 4],
  ];
  for (const [how, rest, signal, code] of ENDS) {
    it(`leaves nothing when it ${how}`, async () => {
      const child = start(name, rest);
      await isUp(child);
      if (signal !== undefined) child.kill(signal);
      assert.equal(await end(child), code);
      assert.deepEqual(netnsOf(name), []);
      assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
    });
  }

  it('leaves nothing when it is interrupted in the middle of `up`', async () => {
    const child = start(name, '', `onProgress: () => {}, onWait: () => {}`);
    await until(() => netnsOf(name).length > 0);
    child.kill('SIGINT');
    await end(child);
    assert.deepEqual(netnsOf(name), []);
    assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
  });

  it('leaves a lab that is detached, and one that ran already', async () => {
    const first = start(name, '', 'detach: true');
    await isUp(first);
    assert.equal(await end(first), 0);
    assert.deepEqual(netnsOf(name), ['a']);
    const second = start(name, '');
    await isUp(second);
    assert.equal(await end(second), 0);
    assert.deepEqual(netnsOf(name), ['a']);
    const { stdout } = await netlab(['doctor', '--json']);
    assert.doesNotMatch(stdout, new RegExp(name));
  });

  it('that was killed leaves a lab that doctor knows of, and that the next program takes down', async () => {
    const killed = start(name, IDLE);
    await isUp(killed);
    killed.kill('SIGKILL');
    await end(killed);
    assert.deepEqual(netnsOf(name), ['a']);
    const { stdout } = await netlab(['doctor']);
    assert.match(stdout, new RegExp(`${name} runs, the lab of a program \\(pid ${killed.pid}\\) that has ended`));
    const next = start(`${name}-2`, 'process.exit(0)');
    await isUp(next);
    assert.equal(await end(next), 0);
    assert.deepEqual([netnsOf(name), netnsOf(`${name}-2`)], [[], []]);
    assertHostUnchanged(host, hostSnapshot(), { labs: [name, `${name}-2`] });
  });
});
