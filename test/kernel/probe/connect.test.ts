import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';

import { connect, openSocket } from '../../../src/probe/connect.ts';
import { get } from '../../../src/probe/http.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import type { Namespace } from '../netlink/namespace.ts';
import { openRouted, type Routed } from './routed.ts';
import { serve } from './serve.ts';

const SERVER = `
const { createServer } = require('node:http');
createServer((request, response) => {
  if (request.url === '/silent') return;
  if (request.url === '/broken') return request.socket.end('SSH-2.0-x\\r\\n\\r\\n');
  if (request.url === '/cut') { response.writeHead(200, { 'content-length': 9 }); response.write('abc'); return setTimeout(() => request.socket.destroy(), 20); }
  response.writeHead(request.url === '/' ? 200 : 404, { 'x-method': request.method });
  response.end(request.url === '/big' ? 'x'.repeat(3e6) : 'hello from ' + request.headers.host);
}).listen(80, '::', () => console.log('ready'));`;

describe('connect', () => {
  let lab: Routed;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping', 'nft');
    lab = await openRouted();
  });
  after(() => lab[Symbol.dispose]());

  it('stands where somebody listens, and nowhere else', async () => {
    await using _ = await serve(lab.b, SERVER);
    for (const to of ['10.0.1.2', '2001:db8:1::2']) {
      const outcome = await connect(lab.a.fd, to, 80);
      assert.deepEqual({ ...outcome, ms: 0 }, { ok: true, ms: 0, why: '', refused: false, from: to });
      const other = await connect(lab.a.fd, to, 81);
      assert.deepEqual({ ...other, ms: 0 }, { ok: false, ms: 0, why: 'connection refused', refused: true, from: to });
    }
    assert.equal((await connect(lab.r.fd, '127.0.0.1', 80)).why, 'connection refused', 'of r itself');
  });

  it('says who refuses, and why', async () => {
    const is = async (where: Namespace, to: string, words: string): Promise<void> => {
      await until(async () => (await connect(where.fd, to, 80, { timeout: 300 })).why === words, {
        what: `${to}: ${words}`,
      });
    };
    await is(lab.a, '10.9.0.1', 'prohibited by 10.0.0.1');
    await is(lab.a, '10.8.0.1', 'host unreachable, says 10.0.0.1');
    await is(lab.a, '10.7.0.1', 'network unreachable, says 10.0.0.1');
    await is(lab.a, '2001:db8:9::1', 'prohibited by 2001:db8::1');
    await is(lab.a, '2001:db8:7::1', 'network unreachable, says 2001:db8::1');
    await is(lab.r, '10.7.0.1', 'network unreachable');
    await is(lab.r, '10.8.0.1', 'no route to host');
  });

  it('tells a firewall that drops from one that rejects, whoever it is', async () => {
    const rule = (where: Namespace, hook: string, verdict: string): void => {
      where.tool('nft', `table inet t { chain c { type filter hook ${hook} priority 0; tcp dport 443 ${verdict}; }; }`);
    };
    const ask = (): Promise<string> => connect(lab.a.fd, '10.0.1.2', 443, { timeout: 400 }).then(({ why }) => why);
    const flush = (): void => [lab.a, lab.r, lab.b].forEach((where) => where.tool('nft', 'flush ruleset'));
    for (const [where, hook, verdict, why] of [
      [lab.r, 'forward', 'drop', 'no answer'],
      [lab.r, 'forward', 'reject with icmpx admin-prohibited', 'prohibited by 10.0.0.1'],
      [lab.b, 'input', 'reject with icmpx port-unreachable', 'connection refused'],
      [lab.b, 'input', 'reject with tcp reset', 'connection refused'],
      [lab.r, 'forward', 'reject with icmpx host-unreachable', 'host unreachable, says 10.0.0.1'],
    ] as const) {
      rule(where, hook, verdict);
      await until(async () => (await ask()) === why, { what: `${verdict}: ${why}` });
      flush();
    }
    rule(lab.a, 'output', 'reject with icmpx admin-prohibited');
    await until(async () => (await ask()) === 'prohibited by 10.0.0.2');
    flush();
  });

  it('ends when it is told to', async () => {
    lab.b.tool('nft', 'table inet t { chain c { type filter hook input priority 0; tcp dport 443 drop; }; }');
    const outcome = await connect(lab.a.fd, '10.0.1.2', 443, { timeout: 60_000, signal: AbortSignal.timeout(20) });
    lab.b.tool('nft', 'flush ruleset');
    assert.deepEqual([outcome.ok, outcome.why], [false, 'interrupted']);
  });

  it('hands a socket over that Node can speak through', async () => {
    await using _ = await serve(lab.b, SERVER);
    const socket = await openSocket(lab.a.fd, '2001:db8:1::2', 80);
    socket.end('GET / HTTP/1.0\r\nHost: by.hand\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, /^HTTP\/1\.1 200 [^]*hello from by\.hand$/);
    await assert.rejects(openSocket(lab.a.fd, '10.0.1.2', 81), {
      code: 'ERR_SYSTEM',
      errno: 'ECONNREFUSED',
      message: '10.0.1.2 port 81: connection refused',
    });
  });

  it('leaves no descriptor open', async () => {
    const open = (): string[] => readdirSync('/proc/self/fd');
    const before = open();
    for (let i = 0; i < 20; i++) await connect(lab.a.fd, i % 2 === 0 ? '10.0.1.2' : '10.9.0.1', 81, { timeout: 20 });
    assert.deepEqual(open(), before);
  });
});

describe('get', () => {
  let lab: Routed;
  let server: AsyncDisposable;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping');
    lab = await openRouted();
    server = await serve(lab.b, SERVER);
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  });

  it('brings status, headers and body', async () => {
    const { ms, headers, ...rest } = await get(lab.a.fd, 'http://web/', { address: '10.0.1.2' });
    assert.deepEqual(rest, { ok: true, why: '', status: 200, body: 'hello from web' });
    assert.equal(headers['x-method'], 'GET');
    assert.ok(ms > 0);
    const six = await get(lab.a.fd, 'http://[2001:db8:1::2]/none', { method: 'POST' });
    assert.deepEqual([six.status, six.headers['x-method'], six.body], [404, 'POST', 'hello from [2001:db8:1::2]']);
  });

  it('reads no more of a body than it is told', async () => {
    const big = await get(lab.a.fd, 'http://10.0.1.2/big');
    assert.deepEqual([big.ok, big.body.length], [true, 1 << 20]);
    const none = await get(lab.a.fd, 'http://10.0.1.2/big', { bodyLimit: 0 });
    assert.deepEqual([none.ok, none.body], [true, '']);
  });

  it('says what went wrong', async () => {
    const why = async (path: string, port = 80): Promise<string> =>
      (await get(lab.a.fd, `http://10.0.1.2:${port}${path}`, { timeout: 300 })).why;
    assert.equal(await why('/', 81), 'connection refused');
    assert.equal(await why('/silent'), 'no answer');
    assert.match(await why('/broken'), /^no HTTP: /);
    assert.equal(await why('/cut'), 'connection reset');
    await assert.rejects(get(lab.a.fd, 'http://web/'), TypeError);
    await assert.rejects(get(lab.a.fd, 'https://10.0.1.2/'), TypeError);
  });
});
