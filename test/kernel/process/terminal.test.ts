import { deepEqual, equal, ok } from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { execArguments, type ExecTarget } from '../../../src/process/exec.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import { feed, nap, TestKeeper, titled } from './fixture.ts';

// Not compiled, so it stands with the sources.
const DRIVER = fileURLToPath(new URL('../../../../test/kernel/process/terminal.py', import.meta.url));

type Step = ['size', number, number] | ['type', string] | ['until', string] | ['signal', number] | ['echo'];

interface Outcome {
  /** The exit code, or minus the signal that ended it. */
  readonly code: number;
  readonly text: string;
  /** Whether the terminal echoed at each `echo` step, and at the end. */
  readonly echo: readonly boolean[];
}

describe('exec -t: a terminal in the node', () => {
  let lab: TestKeeper;
  let target: ExecTarget;
  before(function () {
    requireRoot(this);
    probe(this, 'python3', 'pseudo-terminals');
    lab = new TestKeeper().start();
    target = { pid: lab.node('r1').pid };
    lab.namespaces('bare');
  });
  after(() => lab.end());

  /** Runs a command of the node on a pseudo-terminal that is ours, and plays the person before it. */
  function play(command: readonly string[], steps: readonly Step[], where = target): Outcome {
    const argv = execArguments(where, command, { terminal: true });
    const input = steps.map((step) => JSON.stringify(step)).join('\n');
    return JSON.parse(feed(['python3', DRIVER, ...argv], input)) as Outcome;
  }
  const shell = ['env', 'TERM=dumb', 'PS1=ready> ', 'bash', '--norc', '--noprofile', '-i'];

  it("is a device of the node's own, and has the window's size, also when that changes", () => {
    const { code } = play(shell, [
      ['until', 'ready> '],
      ['type', 'tty; hostname\n'],
      ['until', '/dev/pts/0\nr1\n'],
      ['size', 40, 132],
      ['type', 'while [ "$(stty size)" != "40 132" ]; do sleep 0.01; done; echo re""sized\n'],
      ['until', 'resized'],
      ['type', 'exit 42\n'],
    ]);
    equal(code, 42);
  });

  it('has job control, and Ctrl-C ends the foreground job alone', () => {
    const { code } = play(shell, [
      ['until', 'ready> '],
      ['type', `sh -c 'echo on; exec ${nap(4741)}'\n`],
      ['until', '\non\n'],
      ['type', '\u0003'],
      ['until', 'ready> '],
      ['type', 'echo code $?\n'],
      ['until', 'code 130'],
      ['type', `${nap(4742)} & jobs; kill %1; wait; echo jo""bs over\n`],
      ['until', 'Running'],
      ['until', 'jobs over'],
      ['type', `sh -c 'echo on; exec ${nap(4743)}'\n`],
      ['until', '\non\n'],
      ['type', '\u001a'],
      ['until', 'Stopped'],
      ['type', 'kill -KILL %1; while jobs %1 | grep -q Stopped; do :; done; exit 7\n'],
    ]);
    equal(code, 7);
    deepEqual(
      [4741, 4742, 4743].flatMap((number) => titled(nap(number))),
      [],
    );
  });

  it('is raw while the command runs and as before afterwards, also when it is killed', async () => {
    const command = ['sh', '-c', `echo on; exec ${nap(4744)}`];
    const killed = play(command, [['until', 'on'], ['echo'], ['signal', 15]]);
    deepEqual(killed, { ...killed, code: 143, echo: [false, true] });
    await until(() => titled(nap(4744)).length === 0, { what: 'the end of the command: it lost its terminal' });
    deepEqual(play(['sh', '-c', 'kill -9 $$'], []).code, 137);
    deepEqual(play(['true'], []).echo, [true]);
  });

  it('ends with all that was printed, whatever a background job still holds', () => {
    const { text } = play(['bash', '-c', 'seq 20000; sleep 0.5 & echo the end'], []);
    ok(text.endsWith('20000\nthe end\n'), text.slice(-40));
    equal(text.split('\n').length, 20002);
  });

  it('takes what is typed, and the end of input', () => {
    const { text, code } = play(
      ['sh', '-c', 'echo on; exec cat'],
      [
        ['until', 'on\n'],
        ['type', 'one\n'],
        ['until', 'one\none\n'],
        ['type', '\u0004'],
      ],
    );
    equal(code, 0);
    equal(text, 'on\none\none\n');
  });

  it('works in a node that has only a network of its own', () => {
    const { text } = play(['sh', '-c', 'tty; ls /proc/self/fd/0'], [], { netns: lab.netns('bare') });
    ok(text.startsWith('/dev/'), text);
  });

  it('reads from a pipe to its end', () => {
    const argv = execArguments(target, ['sh', '-c', 'read a; read b; echo "[$a $b]"'], { terminal: true });
    ok(feed(argv, 'x\ny').includes('[x y]'));
  });
});
