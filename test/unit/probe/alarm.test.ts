import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { Alarm, Deadline } from '../../../src/probe/alarm.ts';

/** This process gets no processor for so many ms. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A socket that sends a packet to itself, which arrives while the process is stalled for 100 ms. */
async function hearLate(onMessage: () => void): Promise<Disposable> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', onMessage);
  await new Promise<void>((resolve) => {
    socket.send('late', socket.address().port, '127.0.0.1', () => resolve());
    stall(100);
  });
  return { [Symbol.dispose]: () => void socket.close() };
}

describe('waiting for an answer', () => {
  it('has heard what came in time, also where the process had no turn until the time was over', async () => {
    const alarm = new Alarm(undefined);
    let heard = false;
    const over = alarm.until(() => heard, 50);
    using _socket = await hearLate(() => {
      heard = true;
      alarm.ring();
    });
    await over;
    assert.equal(heard, true);
  });

  it('lets what came in time end it first', async () => {
    let expired: boolean | undefined;
    using deadline = new Deadline(50, undefined);
    const ended = once(deadline.signal, 'abort');
    using _socket = await hearLate(() => (expired = deadline.expired));
    await ended;
    assert.equal(expired, false);
    assert.equal(deadline.expired, true);
  });

  it('is over when its time is', async () => {
    const began = performance.now();
    await new Alarm(undefined).until(() => false, 20);
    assert.ok(performance.now() - began >= 19);
  });

  it('is over when it is ended, and at once when that was before', async () => {
    const abort = new AbortController();
    const waits = new Alarm(abort.signal).until(() => false, 3_600_000);
    abort.abort();
    await waits;
    await new Alarm(abort.signal).until(() => false, 3_600_000);
  });
});
