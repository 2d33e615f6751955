/** A machine whose PID 1 reaps nobody, as that of a container often is (`tail -f /dev/null`): what netlab kills is not left to it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { CLI, labFile, probe, requireRoot } from '../../support/index.ts';

/** Node itself, as PID 1: it waits for what it has started, and for nobody else. */
const PID_1 = `
const { spawn } = require('node:child_process');
spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' }).on('exit', (code) => process.exit(code ?? 1));
`;

const SETUP = 'mount -t tmpfs tmpfs /run && exec "$@"';

describe('a machine whose PID 1 reaps nobody', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });

  it('has labs that end, also when a command of a check took too long', () => {
    const { file } = labFile(`
nodes: { a: {} }
checks: [{ name: slow, exec: { on: a, command: "sleep 30; exit 0" }, within: 300ms }]
`);
    const inside = [
      'unshare',
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      SETUP,
    ];
    const command = [...inside, 'sh', process.execPath, '-e', PID_1, CLI, 'test', file];
    const { status, stdout, stderr, signal } = spawnSync(command[0]!, command.slice(1), {
      encoding: 'utf8',
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    assert.equal(signal, null, `it hangs\n${stdout}${stderr}`);
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^not ok 1 - slow/m);
    assert.match(stderr, /0 passed, 1 failed/);
  });
});
