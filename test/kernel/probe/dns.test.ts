/** Our questions to a server of the test's, and the same by the resolver that Node has (c-ares), which is not ours. */
import assert from 'node:assert/strict';

import { datagram } from '../../../src/probe/datagram.ts';
import { query } from '../../../src/probe/dns.ts';
import type { DnsType } from '../../../src/probe/dns-message.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import { openRouted, type Routed } from './routed.ts';
import { serve } from './serve.ts';

/** Answers by hand: names that stand in the question are led back to by a pointer. What it does not know is NXDOMAIN. */
const SERVER = `
const name = (text) => Buffer.concat([...text.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])]);
const u16 = (...list) => Buffer.concat(list.map((n) => Buffer.from([n >> 8, n & 255])));
const pointed = (first) => Buffer.concat([Buffer.from([first.length]), Buffer.from(first), Buffer.from([0xc0, 12])]);
const ZONE = {
  'web.example 1': [[1, Buffer.from([192, 0, 2, 1])], [1, Buffer.from([192, 0, 2, 2])]],
  'web.example 28': [[28, Buffer.from('20010db8000000000000000000000001', 'hex')]],
  'web.example 15': [[15, Buffer.concat([u16(10), pointed('mail')])], [15, Buffer.concat([u16(20), name('mx.other.example')])]],
  'web.example 16': [[16, Buffer.from([5, ...Buffer.from('v=abc'), 3, ...Buffer.from('def')])]],
  'web.example 2': [[2, pointed('ns')]],
  'web.example 6': [[6, Buffer.concat([pointed('ns'), pointed('root'), Buffer.from('000000010000000200000003000000040000ffff', 'hex')])]],
  '_x._tcp.web.example 33': [[33, Buffer.concat([u16(1, 2, 8080), name('a.web.example')])]],
  '1.2.0.192.in-addr.arpa 12': [[12, name('web.example')]],
  'alias.example 1': [[5, name('web.example')], [1, Buffer.from([192, 0, 2, 1]), name('web.example')]],
  'big.example 16': Array.from({ length: 40 }, (_, i) => [16, Buffer.from([60, ...Buffer.from(String(i).padStart(60, 'x'))])]),
  'empty.example 1': [],
};
const respond = (asked, tcp) => {
  let at = 12;
  const labels = [];
  while (asked[at] !== 0) { labels.push(asked.toString('latin1', at + 1, at + 1 + asked[at])); at += asked[at] + 1; }
  const type = asked.readUInt16BE(at + 1);
  const key = labels.join('.').toLowerCase();
  if (key === 'silent.example') return undefined;
  const refused = key === 'refused.example';
  const records = ZONE[key + ' ' + type];
  const cut = key === 'big.example' && !tcp;
  const list = cut || records === undefined ? [] : records;
  const rcode = refused ? 5 : records === undefined ? 3 : 0;
  return Buffer.concat([
    asked.subarray(0, 2), u16(0x8400 | (cut ? 0x200 : 0) | rcode, 1, list.length, 0, 0),
    asked.subarray(12, at + 5),
    ...list.map(([kind, data, owner]) => Buffer.concat([owner ?? u16(0xc00c), u16(kind, 1, 0, 300, data.length), data])),
  ]);
};
const udp = require('node:dgram').createSocket({ type: 'udp6', ipv6Only: false });
udp.on('message', (asked, { port, address }) => {
  const answer = respond(asked, false);
  if (answer === undefined) return;
  // What somebody else might send first.
  const stray = Buffer.from(answer); stray[0] ^= 0xff;
  udp.send(stray, port, address);
  udp.send(answer, port, address);
});
udp.bind(53, () => {
  require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const answer = respond(chunk.subarray(2), true);
      const whole = Buffer.concat([u16(answer.length), answer]);
      socket.write(whole.subarray(0, 1));
      setTimeout(() => socket.end(whole.subarray(1)), 5);
    });
  }).listen(53, '::', () => console.log('ready'));
});`;

/** c-ares, in the namespace of the asker: what it makes of the same. */
const OTHER = `
const { Resolver } = require('node:dns').promises;
const resolver = new Resolver({ timeout: 1000, tries: 2 });
resolver.setServers(['10.0.1.2']);
const [, name, type] = process.argv;
resolver.resolve(name, type).then((found) => console.log(JSON.stringify(found)), ({ code }) => console.log(JSON.stringify(code)));`;

describe('datagrams and the DNS', () => {
  let lab: Routed;
  let server: AsyncDisposable;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping', 'nft');
    lab = await openRouted();
    server = await serve(lab.b, SERVER);
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  });

  const ask = (name: string, type: DnsType = 'A') => query(lab.a.fd, '10.0.1.2', name, type);
  const other = (name: string, type: string): unknown =>
    JSON.parse(lab.a.tool(process.execPath, '-e', OTHER, name, type));

  it('are read as another resolver reads them', async () => {
    const data = async (name: string, type: DnsType): Promise<string[]> =>
      (await ask(name, type)).answers.map((record) => record.data);
    assert.deepEqual(await data('web.example', 'A'), other('web.example', 'A'));
    assert.deepEqual(await data('web.example', 'AAAA'), other('web.example', 'AAAA'));
    assert.deepEqual(await data('web.example', 'NS'), other('web.example', 'NS'));
    assert.deepEqual(await data('1.2.0.192.in-addr.arpa', 'PTR'), other('1.2.0.192.in-addr.arpa', 'PTR'));
    assert.deepEqual(
      await data('web.example', 'MX'),
      (other('web.example', 'MX') as { priority: number; exchange: string }[]).map(
        ({ priority, exchange }) => `${priority} ${exchange}`,
      ),
    );
    assert.deepEqual(
      await data('web.example', 'TXT'),
      (other('web.example', 'TXT') as string[][]).map((parts) => parts.join('')),
    );
    assert.deepEqual(
      await data('_x._tcp.web.example', 'SRV'),
      (other('_x._tcp.web.example', 'SRV') as Record<string, string>[]).map(
        ({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${name}`,
      ),
    );
    const soa = other('web.example', 'SOA') as Record<string, string>;
    assert.deepEqual(await data('web.example', 'SOA'), [
      [
        soa['nsname'],
        soa['hostmaster'],
        soa['serial'],
        soa['refresh'],
        soa['retry'],
        soa['expire'],
        soa['minttl'],
      ].join(' '),
    ]);
  });

  it('tell code, names and times', async () => {
    const { ms, ...found } = await ask('alias.example');
    assert.deepEqual(found, {
      ok: true,
      why: '',
      rcode: 'NOERROR',
      authoritative: true,
      answers: [
        { name: 'alias.example', type: 'CNAME', ttl: 300, data: 'web.example' },
        { name: 'web.example', type: 'A', ttl: 300, data: '192.0.2.1' },
      ],
    });
    assert.ok(ms > 0);
    const none = await ask('none.example');
    assert.deepEqual([none.ok, none.why, none.rcode], [false, 'NXDOMAIN', 'NXDOMAIN']);
    assert.equal(other('none.example', 'A'), 'ENOTFOUND');
    assert.equal((await ask('refused.example')).why, 'REFUSED');
    const empty = await ask('empty.example');
    assert.deepEqual([empty.ok, empty.answers.length], [true, 0]);
  });

  it('that do not fit into a datagram are asked for by TCP', async () => {
    const big = await ask('big.example', 'TXT');
    assert.deepEqual([big.ok, big.answers.length, big.answers[39]?.data], [true, 40, '39'.padStart(60, 'x')]);
    assert.equal((other('big.example', 'TXT') as unknown[]).length, 40);
    const tcp = await query(lab.a.fd, '2001:db8:1::2', 'web.example', 'A', { tcp: true });
    assert.equal(tcp.answers.length, 2);
  });

  it('say why there is no answer', async () => {
    const why = async (server: string, name: string, port = 53): Promise<string> =>
      (await query(lab.a.fd, server, name, 'A', { port, timeout: 300 })).why;
    assert.equal(await why('10.0.1.2', 'silent.example'), 'no answer');
    assert.equal(await why('10.0.1.2', 'web.example', 54), 'port unreachable, says 10.0.1.2');
    assert.equal(await why('2001:db8:1::2', 'web.example', 54), 'port unreachable, says 2001:db8:1::2');
    await until(async () => (await why('10.9.0.1', 'web.example')) === 'prohibited by 10.0.0.1');
    assert.equal((await query(lab.r.fd, '10.7.0.1', 'web.example')).why, 'network unreachable');
    await assert.rejects(query(lab.a.fd, '10.0.1.2', 'a..b'), TypeError);
    await assert.rejects(query(lab.a.fd, 'b', 'web.example'), TypeError);
  });

  it('come back from whoever answers, and are sent again when they are told to', async () => {
    const echo = await datagram(lab.a.fd, '10.0.1.2', 53, { payload: Buffer.alloc(20), timeout: 300 });
    assert.equal(echo.ok, true);
    lab.b.tool(
      'nft',
      'table inet t { chain c { type filter hook input priority 0; udp dport 53 limit rate over 1/second burst 1 packets accept; udp dport 53 counter drop; }; }',
    );
    const again = await datagram(lab.a.fd, '10.0.1.2', 53, { payload: Buffer.alloc(20), timeout: 3000, again: 20 });
    lab.b.tool('nft', 'flush ruleset');
    assert.deepEqual([again.ok, again.refused], [true, false]);
    const stopped = await datagram(lab.a.fd, '10.0.1.2', 53, {
      payload: Buffer.alloc(3),
      signal: AbortSignal.timeout(10),
    });
    assert.ok(stopped.ok || stopped.why === 'interrupted');
  });
});
