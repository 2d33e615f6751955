import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { interruptible } from '../../../src/cli/interrupt.ts';
import { Output } from '../../../src/cli/output.ts';
import { InterruptedError } from '../../../src/errors.ts';

/** Keeps what would go to standard error. */
class Recorded extends Output {
  readonly said: string[] = [];

  constructor() {
    super({ json: false, quiet: true, verbose: false, color: false });
  }

  override error(text: string): void {
    this.said.push(text.trim());
  }
}

const words = { first: 'undoing', again: 'still undoing' };

describe('cli interrupt', () => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`${name} aborts once, and a second one only says so`, async () => {
      const output = new Recorded();
      const before = process.listenerCount(name);
      {
        using interrupt = interruptible(output, words);
        process.kill(process.pid, name);
        await sleep(20);
        assert.ok(interrupt.signal.reason instanceof InterruptedError);
        process.kill(process.pid, name);
        await sleep(20);
      }
      assert.deepEqual(output.said, ['netlab: undoing', 'netlab: still undoing']);
      assert.equal(process.listenerCount(name), before);
    });
  }
});
