/** What becomes of a command, and of a keeper, when there are no more descriptors to be had. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { requireRoot, run } from '../../support/index.ts';
import { TestKeeper } from './fixture.ts';

const EXEC = fileURLToPath(new URL('../../../src/process/exec.js', import.meta.url));

describe('without descriptors', () => {
  before(function () {
    requireRoot(this);
  });

  it('a command is refused by an error of its own, and not by one that nobody catches', () => {
    const program = `
      import { openSync, closeSync } from 'node:fs';
      const { execCapture } = await import(${JSON.stringify(EXEC)});
      const open = [];
      try { for (;;) open.push(openSync('/dev/null')); } catch {}
      const outcome = await execCapture(['/bin/true']).catch((error) => error);
      open.forEach((fd) => closeSync(fd));
      console.log(outcome.code, outcome.errno);
    `;
    const node = [process.execPath, '--input-type=module', '-e', program];
    const { stdout, stderr } = spawnSync('prlimit', ['--nofile=64:64', ...node], { encoding: 'utf8' });
    assert.equal(stdout, 'ERR_SYSTEM EMFILE\n', stderr);
  });

  it('a keeper makes room for who comes: nobody waits for an answer that cannot come', async () => {
    const lab = new TestKeeper();
    try {
      lab.start();
      lab.namespaces('a');
      // All numbers that it has not used are out of its reach from now on, and poll refuses more than it could have open.
      run('prlimit', ['--pid', String(lab.pid), '--nofile=14:20000']);
      for (let i = 0; i < 20; i++) assert.equal(lab.connect().list().namespaces.length, 1);
    } finally {
      await lab.end();
    }
  });
});
