/**
 * Whatever bytes come over netlink: what a table makes of them is a value or a RangeError, says nothing of the bytes around them, and
 * every exchange comes to its end, after which the socket can be used as before. What has failed here once stands in
 * test/fixtures/fuzz/.
 */
import assert from 'node:assert/strict';
import { constants as os } from 'node:os';

import { NetlinkError, SystemError } from '../../../src/errors.ts';
import { readAck } from '../../../src/netlink/ack.ts';
import { encode } from '../../../src/netlink/codec.ts';
import { NLM_F, NLMSG } from '../../../src/netlink/constants.ts';
import { type Batch, NetlinkSocket } from '../../../src/netlink/socket.ts';
import { newtable } from '../../../src/netlink/spec/nftables.ts';
import { getlink, newlink } from '../../../src/netlink/spec/rt-link.ts';
import { setSink } from '../../../src/netlink/trace.ts';
import { NLMSG_HDRLEN, Reader } from '../../../src/netlink/wire.ts';
import { bounded, diceFor, FUZZ_TIMEOUT, hold, mutateBytes, seeds } from '../../support/fuzz.ts';
import { type Dice, pick } from '../../support/random.ts';
import { fakeKernel, type FakeKernel } from '../netlink/fake-kernel.ts';
import { FAMILIES, fixtures, messagesOf } from '../netlink/fixtures.ts';
import { framedMessage, noise, payloadOf } from './messages.ts';

const MESSAGES = Object.keys(FAMILIES).flatMap(messagesOf);
const CAPTURED = ['nftables', 'rt-addr', 'rt-link', 'rt-neigh', 'rt-route', 'rt-rule'].flatMap((family) =>
  fixtures(family).map(({ message, bytes }) => ({ message, payload: Buffer.from(bytes.subarray(NLMSG_HDRLEN)) })),
);

/** A value, or the RangeError that says that the bytes are none. Anything else is thrown on. */
function outcome<T>(read: () => T): T | RangeError {
  try {
    return bounded(read);
  } catch (error) {
    if (error instanceof RangeError && !/call stack|string length|array length/.test(error.message)) return error;
    throw error;
  }
}

/** What an exchange gives, or undefined when it ends with an error that such an exchange may end with. */
function attempt(exchange: () => unknown, what: string): unknown {
  try {
    return bounded(exchange);
  } catch (error) {
    const known = error instanceof RangeError || error instanceof SystemError || error instanceof NetlinkError;
    assert.ok(known, `${what}: ${(error as Error).stack}`);
    return undefined;
  }
}

/** The same bytes, with others before and behind them. */
function among(
  bytes: Buffer,
  filling: number,
): { readonly reader: Reader; readonly start: number; readonly end: number } {
  const start = 64;
  const all = Buffer.alloc(bytes.length + 2 * start, filling);
  all.set(bytes, start);
  return { reader: new Reader(all), start, end: start + bytes.length };
}

/** What is wrong with how these bytes are read. Without the places in the words of an error, which count from the buffer's beginning. */
function fault(read: (reader: Reader, start: number, end: number) => unknown, bytes: Buffer): Error | undefined {
  try {
    const [a, b, c] = [0, 0xff, 0x08].map((filling) => {
      const { reader, start, end } = among(bytes, filling);
      const value = outcome(() => read(reader, start, end));
      return value instanceof RangeError ? value.message : value;
    });
    assert.deepEqual(a, b, 'what is read depends on the bytes around');
    assert.deepEqual(a, c, 'what is read depends on the bytes around');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

describe('fuzz: netlink', function () {
  this.timeout(FUZZ_TIMEOUT);
  afterEach(() => setSink(undefined));

  it('messages of every table', () => {
    for (const seed of seeds(4000)) {
      const roll = diceFor('message', seed);
      const captured = pick(roll, CAPTURED);
      const message = roll(2) === 0 ? captured.message : pick(roll, MESSAGES);
      const bytes = inputs[roll(inputs.length)]!(roll, message);
      hold(
        (input) => fault((r, start, end) => message.read(r, start, end), input),
        bytes,
        `NETLAB_SEED=${seed} ${message.name}`,
      );
      const target = roll(bytes.length + 40);
      const missing = roll(2) === 0 ? roll(80) : undefined;
      hold(
        (input) =>
          fault(
            (r, start, end) => message.trace(r, start - NLMSG_HDRLEN, end, start - NLMSG_HDRLEN + target, missing),
            input,
          ),
        bytes,
        `NETLAB_SEED=${seed} trace of ${message.name}`,
      );
    }
  });

  it('acknowledgements', () => {
    const request = encode(newlink, {
      header: { index: 1 },
      attrs: { ifname: 'a', linkinfo: { kind: 'bridge', data: { stp_state: 1 } } },
    });
    const sent = { message: newlink, bytes: request, start: 0, end: request.length };
    for (const seed of seeds(4000)) {
      const roll = diceFor('ack', seed);
      if (roll(3) === 0) setSink(() => {});
      const bytes = acknowledgement(1, request, roll);
      hold(
        (input) =>
          fault((r, start, end) => {
            if (end - start < NLMSG_HDRLEN) return undefined;
            const error = readAck(r, start, end, sent);
            return error === undefined ? undefined : [error.request, error.errno, error.detail, error.attribute];
          }, input),
        bytes,
        `NETLAB_SEED=${seed}`,
      );
      setSink(undefined);
    }
  });

  describe('exchanges', () => {
    let kernel: FakeKernel;
    beforeEach(() => {
      kernel = fakeKernel();
    });
    afterEach(() => kernel.restore());

    it('come to their end, and the next one is as if nothing had been', () => {
      for (const seed of seeds(3000)) {
        const roll = diceFor('exchange', seed);
        using socket = NetlinkSocket.open(roll(2) === 0 ? 'route' : 'netfilter', { receiveSize: 256 << roll(8) });
        const how = pick(roll, exchanges);
        kernel.answer = (seq, sent) => answers(seq, Buffer.from(sent), roll);
        attempt(() => how(socket, roll), `NETLAB_SEED=${seed}`);
        kernel.answer = (seq) => [
          encode(newlink, { attrs: { ifname: 'good' } }, NLM_F.MULTI, seq),
          framedMessage(NLMSG.DONE, NLM_F.MULTI, seq, Buffer.alloc(4), () => 1),
        ];
        // Each datagram that the first exchange has left unread spoils another one at most.
        let found: ReturnType<typeof attempt>;
        for (let left = kernel.waiting + 1; left > 0 && !Array.isArray(found); left--)
          found = attempt(() => socket.dump(getlink, {}).map(({ attrs }) => attrs.ifname), `NETLAB_SEED=${seed}`);
        assert.deepEqual(found, ['good'], `NETLAB_SEED=${seed}: the exchange after it`);
      }
    });

    for (const [what, how] of [
      ['a dump', (socket: NetlinkSocket) => socket.dump(getlink, {})],
      ['a request', (socket: NetlinkSocket) => socket.request(newlink, {})],
      ['a batch', (socket: NetlinkSocket) => batched(socket.batch(), 3)],
      ['a transaction', (socket: NetlinkSocket) => batched(socket.nftBatch(), 3)],
    ] as const)
      it(`${what} whose answer never ends does`, () => {
        using socket = NetlinkSocket.open('route');
        kernel.answer = (seq) => [encode(newlink, {}, NLM_F.MULTI, seq)];
        kernel.repeat();
        assert.throws(() => bounded(() => how(socket)), { name: 'SystemError', errno: 'EOVERFLOW' });
      });
  });
});

const inputs: readonly ((roll: Dice, message: (typeof MESSAGES)[number]) => Buffer)[] = [
  (roll) => noise(roll, roll(400)),
  (roll, message) => payloadOf(message, roll),
  (roll, message) => payloadOf(message, roll),
  (roll, message) => mutateBytes(payloadOf(message, roll), roll),
  (roll, message) =>
    mutateBytes(CAPTURED.find((each) => each.message === message)?.payload ?? payloadOf(message, roll), roll),
  (roll, message) => {
    const whole = payloadOf(message, roll);
    return whole.subarray(0, roll(whole.length + 1));
  },
];

function acknowledgement(seq: number, request: Uint8Array, roll: Dice): Buffer {
  const capped = roll(2) === 0;
  const errno = Buffer.alloc(4);
  errno.writeInt32LE(pick(roll, [0, -1, -os.errno.EINTR, -22, -95, -133, 5, -0x80000000, 0x7fffffff]));
  const echoed = Buffer.from(capped ? request.subarray(0, 16) : request);
  if (roll(3) === 0) echoed.writeUInt32LE(pick(roll, [0, 4, 15, 16, 0x7ffffffc, 0x80000000, 0xfffffff0, 0xffffffff]));
  const tlv = (type: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(roll(10) === 0 ? pick(roll, [0, 3, 0xffff]) : 4 + payload.length);
    head.writeUInt16LE(type, 2);
    return Buffer.concat([head, payload, Buffer.alloc(-payload.length & 3)]);
  };
  const number = Buffer.alloc(4);
  number.writeUInt32LE(pick(roll, [0, 16, 32, 36, 40, 44, 80, 0x7fffffff, 0xffffffff]));
  const tlvs = [
    tlv(1, roll(2) === 0 ? Buffer.from('words\0') : noise(roll, roll(60))),
    tlv(2, number),
    tlv(5, number),
    tlv(6, number),
  ].filter(() => roll(2) === 0);
  const flags = (capped ? NLM_F.CAPPED : 0) | (roll(4) > 0 ? NLM_F.ACK_TLVS : 0);
  const payload = Buffer.concat([errno, ...(roll(6) === 0 ? [] : [echoed]), ...tlvs]);
  const type = roll(4) === 0 ? NLMSG.DONE : NLMSG.ERROR;
  const bytes = framedMessage(type, flags, seq, payload, () => 1);
  return roll(4) === 0 ? mutateBytes(bytes, roll) : bytes;
}

/** What a kernel that has gone mad answers. */
function answers(seq: number, sent: Buffer, roll: Dice): (Uint8Array | number)[] {
  const one = (): Uint8Array | number => {
    const of = roll(4) === 0 ? (seq - roll(4)) >>> 0 : seq;
    switch (roll(8)) {
      case 0:
        return acknowledgement(of, sent, roll);
      case 1:
        return noise(roll, roll(200));
      case 2:
        return pick(roll, [os.errno.ENOBUFS, os.errno.ENOMEM, os.errno.ECONNREFUSED]);
      case 3:
        return framedMessage(NLMSG.DONE, NLM_F.MULTI | (roll(2) * NLM_F.DUMP_INTR), of, noise(roll, roll(9)), roll);
      case 4:
        return new Uint8Array(0);
      default: {
        const several = Array.from({ length: 1 + roll(5) }, () => {
          const message = pick(roll, MESSAGES);
          return framedMessage(message.type, NLM_F.MULTI, of, payloadOf(message, roll), roll);
        });
        return Buffer.concat(several);
      }
    }
  };
  return Array.from({ length: roll(6) }, one);
}

function batched(batch: Batch<number>, count: number): unknown {
  for (let i = 0; i < count; i++) batch.add(newtable, { attrs: { name: `t${i}` } }, 0, i);
  return batch.send();
}

const exchanges: readonly ((socket: NetlinkSocket, roll: Dice) => unknown)[] = [
  (socket) => socket.dump(getlink, {}),
  (socket, roll) => socket.dump(pick(roll, MESSAGES), {}),
  (socket, roll) => socket.request(pick(roll, MESSAGES), {}),
  (socket) =>
    socket.request(newlink, {
      attrs: { ifname: 'a', linkinfo: { kind: 'veth', data: { peer: { attrs: { ifname: 'b' } } } } },
    }),
  (socket, roll) => batched(socket.batch(), 1 + roll(40)),
  (socket, roll) => batched(socket.nftBatch(), 1 + roll(40)),
];
