import { equal, rejects } from 'node:assert/strict';
import { join } from 'node:path';

import { isReady, waitReady, type Awaited } from '../../../src/process/ready.ts';
import type { NodeInit } from '../../../src/process/node-init.ts';
import { DEFAULT_KEEP } from '../../../src/process/program.ts';
import { probe, requireRoot, run, until } from '../../support/index.ts';
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

  it('comes when a page answers, over IPv4 and IPv6, with a status below 400', async () => {
    const server = `
import http.server, socket, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({"/": 200, "/moved": 302, "/broken": 500}.get(self.path.split("?")[0], 404))
        self.end_headers()
class Server(http.server.HTTPServer):
    address_family = socket.AF_INET6 if sys.argv[2] == "6" else socket.AF_INET
Server(("::1" if sys.argv[2] == "6" else "127.0.0.1", int(sys.argv[1])), Page).serve_forever()
`;
    const four = start('page4', 'python3', '-c', server, '8014', '4');
    const six = start('page6', 'python3', '-c', server, '8016', '6');
    const page = (url: string, address: string, timeoutMs = 10_000) =>
      ({ type: 'http', url, address, timeoutMs }) as const;
    run('nsenter', [`--net=${lab.netns('r1')}`, 'ip', 'link', 'set', 'lo', 'up']);
    await waitReady(page('http://localhost:8014/?a=b', '127.0.0.1'), four);
    await waitReady(page('http://[::1]:8016/moved', '::1'), six);
    await rejects(
      waitReady(page('http://localhost:8014/broken', '127.0.0.1', 60), four),
      /http:\/\/localhost:8014\/broken answers with status 500/,
    );
    await rejects(
      waitReady(page('http://localhost:8015/', '127.0.0.1', 60), four),
      /http:\/\/localhost:8015\/ does not answer: connection refused/,
    );
    // The machine's own network is another one.
    equal(
      await isReady(page('http://localhost:8014/', '127.0.0.1'), { ...four, netns: '/proc/self/ns/net' }, 0, 500),
      false,
    );
  });

  it('waits no longer than its time for a server that says nothing', async () => {
    const mute = start('mute', 'python3', '-c', SERVER, '8017', '4');
    await waitReady({ type: 'tcp', port: 8017, timeoutMs: 10_000 }, mute);
    await rejects(
      waitReady({ type: 'http', url: 'http://127.0.0.1:8017/', address: '127.0.0.1', timeoutMs: 150 }, mute),
      /8017\/ does not answer$/,
    );
  });

  it('comes when a line of its own output matches, not of the output of one before', async () => {
    const ready = { type: 'log', pattern: '^up [0-9]+$', timeoutMs: 10_000 } as const;
    await waitReady(
      ready,
      start('says', 'sh', '-c', 'echo up; sleep 0.05; head -c 200000 /dev/zero; echo; printf "up 4"; exec sleep 100'),
    );
    r1.stop(['says']);
    const again = start('says', 'sh', '-c', 'exec sleep 100');
    await rejects(waitReady({ ...ready, timeoutMs: 60 }, again), /no line of its output matches \^up \[0-9\]\+\$/);
  });

  it('comes when a file is there for the node', async () => {
    const ready = { type: 'file', path: '/dev/shm/link', timeoutMs: 10_000 } as const;
    const linked = start(
      'linked',
      'sh',
      '-c',
      'ln -s /dev/shm/there /dev/shm/link; sleep 0.05; : > /dev/shm/there; exec sleep 100',
    );
    await waitReady(ready, linked);
    await rejects(
      waitReady({ ...ready, path: '/dev/shm/none', timeoutMs: 60 }, linked),
      /there is no file \/dev\/shm\/none/,
    );
  });

  it('waits for one that is started again', async () => {
    const there = join(lab.folder, 'third');
    const line = `echo x >> ${there}; test $(wc -l < ${there}) -ge 3 && exec sleep 100; exit 1`;
    const keep = { ...DEFAULT_KEEP, restart: 'on-failure' } as const;
    r1.start([
      { name: 'third', digest: '', command: ['sh', '-c', line], env: { PATH: process.env['PATH'] ?? '' }, keep },
    ]);
    const awaited = {
      ...start('other', 'sleep', '100'),
      status: () => r1.status().find(({ name }) => name === 'third'),
    };
    const ready = {
      type: 'command',
      command: ['sh', '-c', `test $(wc -l < ${there}) -ge 3`],
      timeoutMs: 10_000,
    } as const;
    await waitReady(ready, awaited);
  });

  it('does not come for a process that has ended, and shows what it printed', async () => {
    const awaited = start('short', 'sh', '-c', 'echo no configuration >&2; exit 3');
    await rejects(waitReady({ type: 'tcp', port: 9, timeoutMs: 10_000 }, awaited), {
      code: 'ERR_PROCESS',
      message: 'process r1/short ended with code 3 before it was ready\n  it printed:\n    no configuration',
    });
  });

  it('shows nothing of what an earlier run of it printed', async () => {
    const ready = { type: 'tcp', port: 9, timeoutMs: 10_000 } as const;
    await rejects(waitReady(ready, start('again', 'sh', '-c', 'echo first; exit 3')));
    await rejects(waitReady(ready, start('again', 'sh', '-c', 'echo second; exit 4')), {
      message: 'process r1/again ended with code 4 before it was ready\n  it printed:\n    second',
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
      waitReady({ type: 'command', command: ['sh', '-c', 'echo why >&2; exit 4'], timeoutMs: 1000 }, awaited),
      /was not ready after 1 s: its ready command ended with 4: why/,
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
