import assert from 'node:assert/strict';

import { describeForUsers, netlab, onTerminal, probe, processesOf, requireRoot, Scene } from '../../support/index.ts';
import type { Step } from '../../support/index.ts';

const LAB = `
nodes:
  own: { interfaces: { eth0: { addresses: [10.0.0.1/24] } } }
  net: { isolation: [net] }
links: [['own:eth0', 'net:eth0']]
`;

describeForUsers('shell', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces', 'python3', 'pseudo-terminals');
    scene = new Scene(LAB, 'shell');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  // The same prompt whatever the machine's profile says; `re""ady` is typed, `ready` printed.
  const ready: readonly Step[] = [
    ['type', 'unset PROMPT_COMMAND; PS1="re""ady> "\n'],
    ['until', 'ready> '],
  ];
  const shell = (node: string) => ['shell', '-l', scene.name, node];

  for (const node of ['own', 'net']) {
    it(`is a login shell on a terminal, and its code is passed on (${node})`, async () => {
      const { code, text } = await onTerminal(shell(node), [
        ...ready,
        ['type', 'test -t 0 && test -t 1 && test -t 2 && echo ter""minal; shopt -q login_shell && echo lo""gin\n'],
        ['until', 'terminal\n'],
        ['type', 'exit 42\n'],
      ]);
      assert.equal(code, 42, text);
    });

    it(`follows the size of the window (${node})`, async () => {
      const { code, text } = await onTerminal(shell(node), [
        ['size', 31, 101],
        ...ready,
        ['size', 40, 132],
        ['type', 'while [ "$(stty size)" != "40 132" ]; do sleep 0.01; done; echo re""sized $(stty size)\n'],
        ['until', 'resized 40 132\n'],
        // A program that waits is told.
        ['type', 'bash -c \'trap "stty size; exit" WINCH; echo wa""iting; while :; do sleep 0.01; done\'\n'],
        ['until', 'waiting\n'],
        ['size', 24, 80],
        ['until', '24 80\n'],
        ['type', 'exit\n'],
      ]);
      assert.equal(code, 0, text);
    });

    it(`survives Ctrl-C, which ends the program in the foreground (${node})`, async () => {
      const { code, text } = await onTerminal(shell(node), [
        ...ready,
        ['type', 'sh -c \'echo st""arted; exec sleep 80001\'\n'],
        ['until', 'started\n'],
        // It takes with it what has been typed ahead, so that the next line waits for the prompt.
        ['type', '\u0003'],
        ['until', 'ready> '],
        ['type', 'echo co""de $?\n'],
        ['until', 'code 130\n'],
        ['until', 'ready> '],
        // A second time. (At its bare prompt bash itself now and then swallows the prompt after a Ctrl-C.)
        ['type', 'sh -c \'echo ag""ain; exec sleep 80001\'\n'],
        ['until', 'again\n'],
        ['type', '\u0003'],
        ['until', 'ready> '],
        ['type', 'echo al""ive; exit 7\n'],
        ['until', 'alive\n'],
      ]);
      assert.equal(code, 7, text);
      assert.ok(!Object.values(processesOf(scene.name)).some((line) => line.includes('80001')));
    });

    it(`has job control (${node})`, async () => {
      const { code, text } = await onTerminal(shell(node), [
        ...ready,
        ['type', 'sh -c \'echo st""arted; exec sleep 80002\'\n'],
        ['until', 'started\n'],
        ['type', '\u001a'],
        ['until', 'Stopped'],
        ['until', 'ready> '],
        ['type', 'bg; jobs\n'],
        ['until', 'Running'],
        ['type', 'kill %1; wait; jobs; echo en""ded\n'],
        ['until', 'ended\n'],
        ['type', 'exit\n'],
      ]);
      assert.equal(code, 0, text);
      assert.ok(!/job control turned off|cannot set terminal process group/.test(text), text);
    });
  }

  it('stands in the node', async () => {
    const { text } = await onTerminal(shell('own'), [
      ...ready,
      ['type', 'hostname; ip -br addr show dev eth0; tty; echo do""ne; exit\n'],
      ['until', 'done\n'],
    ]);
    assert.match(text, /\nown\n/);
    assert.match(text, /10\.0\.0\.1\/24/);
    assert.match(text, /\/dev\/pts\/\d+\n/);
  });

  it('takes its commands from a pipe, too', async () => {
    const { code, stdout } = await netlab(shell('own'), { input: 'hostname\nexit 5\n' });
    assert.deepEqual([code, stdout], [5, 'own\n']);
  });

  it('says 125 where there is no such node', async () => {
    assert.equal((await netlab(['shell', '-l', scene.name, 'none'])).code, 125);
  });

  it('gives `exec` a terminal when it stands on one', async () => {
    const { code, text } = await onTerminal(
      ['exec', '-l', scene.name, 'own', '--', 'sh', '-c', 'test -t 0 && echo yes; exit 3'],
      [['until', 'yes\n']],
    );
    assert.equal(code, 3, text);
  });
});
