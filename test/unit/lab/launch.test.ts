import assert from 'node:assert/strict';

import { KeeperError } from '../../../src/errors.ts';
import { launch } from '../../../src/lab/launches.ts';
import type { Session } from '../../../src/lab/session.ts';
import type { Isolation, Process } from '../../../src/model/resource.ts';
import type { ProgramStart } from '../../../src/process/program.ts';

const WEB: Process = {
  kind: 'process',
  node: 'a',
  name: 'web',
  command: ['true'],
  env: {},
  restart: 'no',
  stop: { signal: 'TERM', timeoutMs: 1 },
  after: [],
};

/** Starts a process in a node of this isolation in which no PID 1 runs: what the keeper was asked to start. */
function startedInKeeper(isolation: readonly Isolation[]): string[] {
  const asked: string[] = [];
  const keeper = {
    sendStart(programs: readonly ProgramStart[]) {
      asked.push(...programs.map(({ name }) => name));
    },
    receiveStart: () => new Map(),
    rotate: () => {},
  };
  const session = { lab: 'l', keeper, init: () => undefined } as unknown as Session;
  launch({ session, file: '-', node: () => ({ hostname: 'a', isolation }) }, WEB);
  return asked;
}

describe('where a process is started when its node has no PID 1', () => {
  it('in the keeper, for a node that is to have none', () => {
    assert.deepEqual(startedInKeeper(['net']), ['a/web']);
  });

  it('nowhere, for one whose PID 1 has just ended: it is an error', () => {
    const expected = (error: unknown): boolean =>
      error instanceof KeeperError && error.message === 'start a/web: ESRCH';
    assert.throws(() => startedInKeeper(['net', 'uts', 'mnt', 'pid', 'ipc']), expected);
  });
});
