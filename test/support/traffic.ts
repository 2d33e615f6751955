/** Packets between nodes, by programs that are not ours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { inNode, nodeCommand } from './lab.ts';
import { until } from './until.ts';

/** One ping; true when it is answered. */
export function ping(lab: string, node: string, to: string, ...options: readonly string[]): boolean {
  return inNode(lab, node, ['ping', '-n', '-c', '1', '-W', '2', ...options, to]).code === 0;
}

/** One ping, which must be answered: what is up, is up at once. */
export function assertPing(lab: string, node: string, to: string, ...options: readonly string[]): void {
  const { code, stdout, stderr } = inNode(lab, node, ['ping', '-n', '-c', '1', '-W', '2', ...options, to]);
  assert.equal(code, 0, `${node} does not reach ${to}\n${stdout}${stderr}`);
}

/** The page at `url` as curl in a node gets it, past any proxy. Throws when it gets none. */
export function fetchIn(lab: string, node: string, url: string): string {
  const { code, stdout, stderr } = inNode(lab, node, ['curl', '-sSf', '--noproxy', '*', '-m', '3', url]);
  assert.equal(code, 0, `${node} does not get ${url}: ${stderr}`);
  return stdout;
}

const SERVER = `require('node:http')
  .createServer((request, response) => response.end(request.socket.remoteAddress.replace('::ffff:', '')))
  .listen(Number(process.argv[1]), () => console.log('ready'))`;

/** A web server in a node that answers with the address of who asks. It ends with the block that it was made in. */
export async function addressServer(lab: string, node: string, port: number): Promise<AsyncDisposable> {
  const { argv, env } = nodeCommand(lab, node, [process.execPath, '-e', SERVER, String(port)]);
  const child = spawn(argv[0]!, argv.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(() => said.includes('ready'), { what: `a server on ${node}:${port}` });
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
