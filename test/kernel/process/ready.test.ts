import { rejects } from 'node:assert/strict';
import { join } from 'node:path';

import { waitReady, type Awaited } from '../../../src/process/ready.ts';
import type { NodeInit } from '../../../src/process/node-init.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import { TestKeeper } from './fixture.ts';

// Listens on all addresses, without and then with IPv6, after a moment.
const SERVER = `
import socket, sys, time
time.sleep(0.05)
s = socket.socket(socket.AF_INET6 if sys.argv[2] == "6" else socket.AF_INET)
s.bind(("", int(sys.argv[1])))
s.listen()
time.sleep(100)
`;

describe('readiness', () => {
  let lab: TestKeeper;
  let r1: NodeInit;
  before(function () {
    requireRoot(this);
    probe(this, 'python3');
    lab = new TestKeeper().start();
    r1 = lab.node('r1');
  });
  after(() => lab.end());

  function start(name: string, ...command: string[]): Awaited {
    r1.start([{ name, digest: '', command, env: { PATH: process.env['PATH'] ?? '' }, log: `r1/${name}.log` }]);
    return {
      process: `r1/${name}`,
      netns: lab.netns('r1'),
      target: { pid: r1.pid },
      root: `/proc/${r1.pid}/root`,
      log: join(lab.logsDir, 'r1', `${name}.log`),
      status: () => r1.status().find((one) => one.name === name),
    };
  }

  it('comes when something listens, on IPv4 and on IPv6', async () => {
    const four = start('four', 'python3', '-c', SERVER, '8004', '4');
    const six = start('six', 'python3', '-c', SERVER, '8006', '6');
    await waitReady({ type: 'tcp', port: 8004, timeoutMs: 10_000 }, four);
    await waitReady({ type: 'tcp', port: 8006, timeoutMs: 10_000 }, six);
  });

  it('comes when a command in the node says so', async () => {
    const file = join(lab.folder, 'there');
    const awaited = start('file', 'sh', '-c', `sleep 0.03; touch ${file}; exec sleep 100`);
    await waitReady({ type: 'command', command: ['test', '-e', file], timeoutMs: 10_000 }, awaited);
  });

  it('does not come for a process that has ended, and shows what it printed', async () => {
    const awaited = start('short', 'sh', '-c', 'echo no configuration >&2; exit 3');
    await rejects(waitReady({ type: 'tcp', port: 9, timeoutMs: 10_000 }, awaited), {
      code: 'ERR_PROCESS',
      message: 'process r1/short ended with code 3 before it was ready\n  it printed:\n    no configuration',
    });
  });

  it('says after the time what is missing', async () => {
    const awaited = start('idle', 'sh', '-c', 'echo idle; exec sleep 100');
    await until(() => lab.log('r1/idle.log'));
    await rejects(
      waitReady({ type: 'tcp', port: 9, timeoutMs: 60 }, awaited),
      /was not ready after 0.06 s: nothing listens on TCP port 9/,
    );
    await rejects(
      waitReady({ type: 'command', command: ['sh', '-c', 'echo why >&2; exit 4'], timeoutMs: 60 }, awaited),
      /was not ready after 0.06 s: its ready command ended with 4: why/,
    );
  });

  it('is given up when the caller is interrupted', async () => {
    const stop = new AbortController();
    const awaited = { ...start('waiting', 'sleep', '100'), signal: stop.signal };
    const waiting = waitReady({ type: 'tcp', port: 9, timeoutMs: 10_000 }, awaited);
    setImmediate(() => stop.abort());
    await rejects(waiting, { code: 'ERR_INTERRUPTED' });
  });
});
