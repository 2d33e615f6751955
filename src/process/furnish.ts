import { spawnSync } from 'node:child_process';

import { KeeperError, SystemError } from '../errors.ts';
import { failureOf } from './control.ts';
import { MS } from './flags.ts';
import { helperPath } from './helper.ts';
import { decodeLine, encodeRecords, type ProtocolRecord } from './records.ts';

const TIMEOUT_MS = 30_000;

/**
 * Carries out operations in a running node with a root of its own, whose PID 1 sees nothing of the keeper's files any more: sources are
 * the keeper's, targets the node's. Like `mount --namespace PID`. @throws KeeperError for the first that fails.
 */
export function furnishNode(
  keeper: number,
  pid: number,
  operations: readonly ProtocolRecord[],
  readOnly = false,
): void {
  if (operations.length === 0) return;
  if (!readOnly) return run(keeper, pid, operations);
  // A root that is read-only must be written to for a moment, where there is nothing yet to mount on.
  run(keeper, pid, [['attributes', '/', 0, MS.RDONLY]]);
  try {
    run(keeper, pid, operations);
  } finally {
    run(keeper, pid, [['attributes', '/', MS.RDONLY]]);
  }
}

function run(keeper: number, pid: number, operations: readonly ProtocolRecord[]): void {
  const { error, status, stdout } = spawnSync(helperPath(), ['furnish', String(keeper), String(pid)], {
    input: encodeRecords(operations),
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  if (error !== undefined) throw new SystemError('spawn', (error as NodeJS.ErrnoException).code ?? 'EIO', helperPath());
  const failure = stdout
    .toString()
    .split('\n')
    .map(decodeLine)
    .find(([word]) => word === 'error');
  if (failure !== undefined) throw failureOf(failure.slice(1));
  if (status !== 0) throw new KeeperError('furnish', `the node with pid ${pid}`, 'ECHILD');
}
