/** `netlab test --shell-on-failure`: the shell that it opens on a terminal, and what it does where there is none. */
import assert from 'node:assert/strict';

import { describeForUsers, labFile, netlab, netnsOf, onTerminal, probe, requireRoot } from '../../support/index.ts';

const PAIR = `
nodes: { a: {}, b: {} }
links: [{ endpoints: ["a:eth0", "b:eth0"], subnet: 10.0.0.0/24 }]
`;
const FAILS = `${PAIR}checks: [{ name: there, ping: { from: a, to: b } }, { name: nobody, ping: { from: b, to: 10.0.0.77 }, within: 300ms }]`;

describeForUsers('netlab test --shell-on-failure', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces', 'python3', 'pseudo-terminals');
    if (this.test?.titlePath().includes('as nobody') === true) probe(this, 'user namespaces of nobody');
  });

  it('opens a shell in the node that the failed check is about, while the lab is up, and goes on when it is left', async () => {
    const { file, name } = labFile(FAILS);
    const { code, text } = await onTerminal(
      ['test', '--shell-on-failure', file],
      [
        ['until', 'netlab: a shell in b; leave it to go on'],
        ['type', 'unset PROMPT_COMMAND; PS1="re""ady> "\n'],
        ['until', 'ready> '],
        ['type', 'test -t 0 && test -t 1 && test -t 2 && echo ter""minal\n'],
        ['until', 'terminal\n'],
        // Its network is that of the node, and its terminal is its own: Ctrl-C ends a program of it, and not the test.
        ['type', 'cat /sys/class/net/eth0/ifindex > /dev/null && hos""tname\n'],
        ['until', 'b\n'],
        ['type', 'bash -c \'echo wa""iting; exec sleep 100\'\n'],
        ['until', 'waiting\n'],
        ['type', '\u0003'],
        ['until', 'ready> '],
        ['type', 'exit 7\n'],
        ['until', 'not ok 2 - nobody'],
        ['until', '1 passed, 1 failed'],
      ],
    );
    assert.equal(code, 1, text);
    assert.match(text, /netlab: nobody: no answer.* \(within 300 ms\)\n/);
    assert.deepEqual(netnsOf(name), []);
  }).timeout(30_000);

  it('opens none where all is well, nor where there is no terminal', async () => {
    const good = labFile(`${PAIR}checks: [{ name: there, ping: { from: a, to: b } }]`);
    const { code, text } = await onTerminal(['test', '--shell-on-failure', good.file], [['until', '1 passed']]);
    assert.equal(code, 0, text);
    assert.doesNotMatch(text, /a shell/);
    const bad = labFile(FAILS);
    const piped = await netlab(['test', '--shell-on-failure', bad.file]);
    assert.equal(piped.code, 1);
    assert.match(piped.stderr, /a shell needs a terminal: going on/);
    assert.deepEqual([...netnsOf(good.name), ...netnsOf(bad.name)], []);
  }).timeout(30_000);
});
