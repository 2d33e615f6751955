/** A node's network from this program: what is connected, served, fetched and run is in the node, and this program stays where it is. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createServer as createHttpServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';

import { Lab, LabError, SystemError } from '../../../src/index.ts';
import {
  addressServer,
  assertHostUnchanged,
  hostSnapshot,
  inNode,
  probe,
  requireRoot,
  uniqueLabName,
} from '../../support/index.ts';
import { descriptors } from '../../support/usage.ts';

//  a (10.0.0.1, fd00::1) ── r (10.0.0.254, 10.1.0.254) ── b (10.1.0.2)
const TOPOLOGY = {
  nodes: {
    a: {
      interfaces: { eth0: { addresses: ['10.0.0.1/24', 'fd00::1/64'] } },
      routes: [{ to: 'default', via: '10.0.0.254' }],
    },
    r: {
      forwarding: true,
      interfaces: { eth0: { addresses: ['10.0.0.254/24', 'fd00::fe/64'] }, eth1: { addresses: ['10.1.0.254/24'] } },
    },
    b: { interfaces: { eth0: { addresses: ['10.1.0.2/24'] } }, routes: [{ to: 'default', via: '10.1.0.254' }] },
  },
  links: [
    ['a:eth0', 'r:eth0'],
    ['r:eth1', 'b:eth0'],
  ],
};

describe("a node's network from Node", function () {
  this.timeout(60_000);
  let lab: Lab;
  const before_ = { host: hostSnapshot(), netns: readlinkSync('/proc/self/ns/net') };
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'curl');
    lab = await Lab.up(TOPOLOGY, { name: uniqueLabName('network') });
  });
  after(async () => {
    assert.equal(readlinkSync('/proc/self/ns/net'), before_.netns);
    if (lab === undefined) return;
    await lab.down();
    assertHostUnchanged(before_.host, hostSnapshot(), { labs: [lab.name] });
  });

  it('connects by name and by address to what listens in another node, be it a program or this one', async () => {
    const server = await lab.node('b').listen(
      createServer((socket) => socket.end(`hello ${socket.remoteAddress}`)),
      { port: 7 },
    );
    assert.equal((server.address() as AddressInfo).port, 7);
    for (const host of ['b', '10.1.0.2'])
      assert.equal(await text(await lab.node('a').connect({ host, port: 7 })), 'hello ::ffff:10.0.0.1');
    // Seen by a program that is not ours, and nowhere else than in b.
    assert.match(inNode(lab.name, 'b', ['ss', '-Hltn']).stdout, /\*:7\b/);
    assert.equal(inNode(lab.name, 'a', ['ss', '-Hltn']).stdout, '');
    server.close();
    await once(server, 'close');
    assert.equal(inNode(lab.name, 'b', ['ss', '-Hltn']).stdout, '');
    await assert.rejects(lab.node('a').connect({ host: 'b', port: 7 }), (error) => {
      assert.ok(error instanceof SystemError);
      assert.match(error.message, /10\.1\.0\.2 port 7: connection refused/);
      return true;
    });
    await assert.rejects(lab.node('a').connect({ host: 'bb', port: 7 }), LabError);
    const own = await lab.node('a').listen(createServer(), { host: 'fd00::1', port: 7 });
    await assert.rejects(lab.node('a').listen(createServer(), { host: 'fd00::1', port: 7 }), /bind .*EADDRINUSE/);
    await assert.rejects(lab.node('a').listen(createServer(), { host: '10.1.0.2' }), /bind .*EADDRNOTAVAIL/);
    own.close();
  });

  it('serves HTTP to programs in nodes, and asks servers in nodes: fetch and agents', async () => {
    const server = await lab.node('r').listen(
      createHttpServer((request, response) => {
        const { url = '', headers } = request;
        if (url === '/from') response.writeHead(302, { location: '/to' }).end();
        else if (url.startsWith('/away')) response.writeHead(302, { location: `http://${url.slice(6)}/` }).end();
        else if (url === '/')
          response.end([headers.authorization, headers.cookie, headers['x-own']].map(String).join(' '));
        else {
          response.setHeader('x-method', request.method ?? '').write(`${request.url} `);
          request.pipe(response);
        }
      }),
      { port: 80, host: '0.0.0.0' },
    );
    assert.equal((await lab.node('b').exec(['curl', '-s', '-m', '3', 'http://r/curl'])).stdout, '/curl ');
    const node = lab.node('a');
    const followed = await node.fetch('http://r/from');
    assert.deepEqual([followed.status, followed.url, await followed.text()], [200, 'http://r/to', '/to ']);
    assert.equal(followed.redirected, true);
    // What one server is told in confidence no other is told to which it sends on.
    const headers = { authorization: 'Bearer x', cookie: 'y', 'x-own': 'z' };
    const sent = async (to: string): Promise<string> => (await node.fetch(`http://r/away/${to}`, { headers })).text();
    assert.deepEqual([await sent('r'), await sent('10.0.0.254')], ['Bearer x y z', 'undefined undefined z']);
    assert.equal((await node.fetch('http://r/from', { redirect: 'manual' })).status, 302);
    const posted = await node.fetch('http://10.0.0.254/form', {
      method: 'POST',
      body: new URLSearchParams({ x: '1' }),
    });
    assert.deepEqual([posted.headers.get('x-method'), await posted.text()], ['POST', '/form x=1']);
    await assert.rejects(node.fetch('http://r:81/'), SystemError);
    await assert.rejects(node.fetch('http://r/', { signal: AbortSignal.abort() }), { name: 'AbortError' });

    const agent = await node.agent({ keepAlive: true });
    for (const path of ['/1', '/2']) {
      const [answer] = (await once(get(`http://r${path}`, { agent }), 'response')) as [IncomingMessage];
      assert.equal(await text(answer), `${path} `);
    }
    agent.destroy();
    server.close();
  });

  it('speaks UDP', async () => {
    const [a, b] = [await lab.node('a').datagram(), await lab.node('b').datagram({ host: '10.1.0.2', port: 53 })];
    a.send('question', 53, '10.1.0.2');
    const [question, from] = (await once(b, 'message')) as [Buffer, { address: string; port: number }];
    assert.deepEqual([question.toString(), from.address], ['question', '10.0.0.1']);
    b.send('answer', from.port, from.address);
    assert.equal(String((await once(a, 'message'))[0]), 'answer');
    a.close();
    b.close();
  });

  it('runs functions in the network of a node: modules, names, children, what they return and what they throw', async () => {
    await using _server = await addressServer(lab.name, 'b', 8080);
    const seen = await lab.node('a').run(async (url: string) => {
      const { networkInterfaces } = await import('node:os');
      const { execFileSync } = await import('node:child_process');
      const response = await fetch(url);
      return {
        body: await response.text(),
        addresses: Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address)),
        child: execFileSync('ip', ['-br', 'address'], { encoding: 'utf8' }),
      };
    }, 'http://b:8080/');
    assert.equal(seen.body, '10.0.0.1');
    assert.ok(seen.addresses.includes('10.0.0.1'));
    assert.match(seen.child, /10\.0\.0\.1\/24/);
    assert.deepEqual(await lab.node('b').run((x: number, y: { z: number }) => [x, y.z], 1, { z: 2 }), [1, 2]);
    await assert.rejects(
      lab.node('a').run(() => {
        throw new RangeError('of the function');
      }),
      { name: 'RangeError', message: 'of the function' },
    );
    await assert.rejects(
      lab.node('a').run(() => () => 1),
      /could not be cloned/,
    );
    await assert.rejects(
      lab.node('a').run(() => process.exit(3)),
      /ended with 3/,
    );
    // The rest of this program has not moved: its pool of threads neither.
    assert.equal(readlinkSync('/proc/self/ns/net'), before_.netns);
  });

  it('leaves no descriptor open', async () => {
    const once_ = async (): Promise<void> => {
      const server = await lab.node('b').listen(
        createServer((socket) => socket.end('x')),
        { port: 9 },
      );
      await text(await lab.node('a').connect({ host: 'b', port: 9 }));
      await lab.node('a').run(() => 1);
      server.close();
      await once(server, 'close');
    };
    await once_();
    const before = descriptors();
    for (let i = 0; i < 3; i++) await once_();
    assert.ok(descriptors() <= before, `${before} have become ${descriptors()}`);
  });
});
