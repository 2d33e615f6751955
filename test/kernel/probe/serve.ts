import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { until } from '../../support/index.ts';
import type { Namespace } from '../netlink/namespace.ts';

/** Runs a program of Node's in a namespace until the block ends. It prints `ready` when it is. */
export async function serve(where: Namespace, program: string): Promise<AsyncDisposable> {
  const netns = `--net=/proc/${process.pid}/fd/${where.fd}`;
  const child = spawn('nsenter', [netns, process.execPath, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(() => said.includes('ready'), { what: 'the server' });
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
