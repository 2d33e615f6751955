import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';

import { Control } from '../../../src/process/control.ts';
import { encodeRequest } from '../../../src/process/records.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import { alive, TestKeeper } from './fixture.ts';

describe('the control socket', () => {
  before(function () {
    requireRoot(this);
  });

  let lab: TestKeeper;
  const sockets: Socket[] = [];
  beforeEach(() => {
    lab = new TestKeeper().start();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    return lab.end();
  });

  /** A raw connection; what it has received so far, and whether the keeper has hung up. */
  function raw(): { socket: Socket; text: () => string; over: () => boolean } {
    const socket = createConnection(lab.ctl);
    sockets.push(socket);
    let text = '';
    let over = false;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => (over = true));
    return { socket, text: () => text, over: () => over };
  }

  it('says that nobody is there, when nobody is', () => {
    equal(Control.connect('/no/such/ctl'), undefined);
  });

  it('refuses garbage and hangs up, and serves the next', async () => {
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\0', '\xff\xff\xff\xff']) {
      const peer = raw();
      peer.socket.write(Buffer.from(garbage, 'latin1'));
      await until(peer.over);
      ok(peer.text().startsWith('error\trequest\tlength\t'), JSON.stringify(peer.text()));
    }
    deepEqual(lab.keeper.list().namespaces, []);
  });

  it('refuses a request that is not whole, carries out nothing of it, and goes on', async () => {
    const peer = raw();
    for (const body of [
      '2\0netns\0a\0',
      'x',
      '9\0netns\0',
      '2\0netns\0a\x001\0end\x002\0netns\0b\0',
      '0\x001\0end\0',
    ]) {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(body.length);
      const before = peer.text().length;
      peer.socket.write(Buffer.concat([head, Buffer.from(body)]));
      await until(() => peer.text().length > before);
      ok(peer.text().slice(before).startsWith('error\trequest\t'), body);
    }
    peer.socket.write(encodeRequest([['no-such-word', 'x']]));
    await until(() => peer.text().includes('no-such-word'));
    peer.socket.write(encodeRequest([['list']]));
    await until(() => peer.text().endsWith('\nok\n'));
    deepEqual(lab.keeper.list().namespaces, []);
  });

  it('answers others while some are slow, half-open or silent, however many', async () => {
    const slow = raw();
    const request = encodeRequest([['netns', 'slow']]);
    slow.socket.write(request.subarray(0, 7));
    const others = Array.from({ length: 150 }, raw);
    for (const peer of others) peer.socket.write(Buffer.from([1]));
    // More than it keeps: the most silent have had to go.
    await until(() => others.filter((peer) => peer.over()).length > 50);
    deepEqual(lab.keeper.list().namespaces, []);
  });

  it('takes a request in pieces, and one of eight megabytes', async () => {
    const peer = raw();
    for (const byte of encodeRequest([['netns', 'a']])) {
      peer.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await until(() => peer.text().endsWith('ok\n'));
    const words = Array.from({ length: 7000 }, () => ['stop', 'x'.repeat(1100), 15, 1]);
    const control = Control.connect(lab.ctl);
    ok(control);
    let failed = 0;
    control.send(words);
    try {
      control.receive(([word]) => {
        if (word === 'failed') failed += 1;
      });
    } catch (error) {
      equal((error as { errno?: string }).errno, 'ESRCH');
    }
    control.close();
    equal(failed, 7000);
  });

  it('does not wait for a peer that does not read', async () => {
    const deaf = raw();
    deaf.socket.pause();
    for (let i = 0; i < 200; i++)
      deaf.socket.write(encodeRequest(Array.from({ length: 200 }, () => ['stop', 'none', 15, 1])));
    await until(() => lab.keeper.list().namespaces.length === 0);
    ok(alive(lab.pid));
  });

  it('stops at once for a client that has gone in the middle of its request', async () => {
    const peer = raw();
    peer.socket.write(encodeRequest(Array.from({ length: 3000 }, (_, index) => ['netns', `n${index}`])));
    await until(() => peer.text().includes('netns\tn0\t'));
    peer.socket.destroy();
    const count = await until(() => lab.keeper.list().namespaces.length);
    ok(count < 3000, String(count));
  });

  it('serves nobody but root and its own user', async function () {
    probe(this, 'python3');
    // Nobody else gets there by the path; as root we go there first and open the doors, and it hangs up all the same.
    const script = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
folder, name = os.path.split(os.readlink(sys.argv[1]))
os.chdir(folder)
os.chmod(".", 0o777), os.chmod(name, 0o777)
os.setuid(65534) if sys.argv[2] == "other" else None
s.connect(name)
s.sendall(b"\\x0d\\0\\0\\0" + b"1\\0list\\0" + b"1\\0end\\0")
print(repr(s.recv(100)))
`;
    const say = (who: string) =>
      new Promise<string>((resolve) => {
        const child = spawn('python3', ['-c', script, lab.ctl, who]);
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
        child.on('close', () => resolve(text.trim().split('\n').at(-1) ?? ''));
      });
    equal(await say('root'), "b'ok\\n'");
    const other = await say('other');
    ok(other === "b''" || /ConnectionResetError|BrokenPipeError/.test(other), other);
  });
});
