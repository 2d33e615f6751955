/** The socket against a kernel of our own making: what it can answer, and seldom does. */
import assert from 'node:assert/strict';
import { constants as os } from 'node:os';

import { NetlinkError, SystemError } from '../../../src/errors.ts';
import { encode } from '../../../src/netlink/codec.ts';
import { NLM_F, NLMSG } from '../../../src/netlink/constants.ts';
import { NetlinkSocket } from '../../../src/netlink/socket.ts';
import { newtable } from '../../../src/netlink/spec/nftables.ts';
import { getlink, newlink } from '../../../src/netlink/spec/rt-link.ts';
import { setSink } from '../../../src/netlink/trace.ts';
import { LE } from '../../../src/netlink/wire.ts';
import { fakeKernel, type FakeKernel } from './fake-kernel.ts';

/** A message of the kernel's. */
function reply(type: number, flags: number, seq: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((16 + payload.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16 + payload.length, LE);
  view.setUint16(4, type, LE);
  view.setUint16(6, flags, LE);
  view.setUint32(8, seq, LE);
  bytes.set(payload, 16);
  return bytes;
}

/** NLMSG_ERROR, capped: errno and the header of the request. `tlvs` in hex. */
function ack(seq: number, errno = 0, tlvs = ''): Uint8Array {
  const extra = Buffer.from(tlvs, 'hex');
  const payload = new Uint8Array(20 + extra.length);
  new DataView(payload.buffer).setInt32(0, -errno, LE);
  payload.set(extra, 20);
  return reply(NLMSG.ERROR, NLM_F.CAPPED | (tlvs === '' ? 0 : NLM_F.ACK_TLVS), seq, payload);
}

const link = (name: string, seq: number, flags = 0): Uint8Array =>
  encode(newlink, { header: { index: 1 }, attrs: { ifname: name } }, NLM_F.MULTI | flags, seq);
const done = (seq: number, flags = 0, errno = 0): Uint8Array => {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setInt32(0, -errno, LE);
  return reply(NLMSG.DONE, NLM_F.MULTI | flags, seq, payload);
};
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

describe('netlink socket', () => {
  let kernel: FakeKernel;
  let socket: NetlinkSocket;
  beforeEach(() => {
    socket = NetlinkSocket.open('route', { receiveSize: 256 });
    kernel = fakeKernel();
  });
  afterEach(() => {
    kernel.restore();
    socket.close();
    setSink(undefined);
  });

  it('reads a dump of several datagrams, and skips what belongs to an older exchange', () => {
    kernel.answer = (seq) => [join(link('old', seq - 1), link('a', seq)), link('b', seq), ack(seq - 1, 22), done(seq)];
    assert.deepEqual(
      socket.dump(getlink, {}).map(({ attrs }) => attrs.ifname),
      ['a', 'b'],
    );
  });

  it('begins a dump anew when the table changed under it', () => {
    for (const interrupted of [
      (seq: number) => [link('a', seq, NLM_F.DUMP_INTR), done(seq)],
      (seq: number) => [link('a', seq), done(seq, NLM_F.DUMP_INTR)],
      (seq: number) => [link('a', seq), done(seq, 0, os.errno.EINTR)],
    ]) {
      let attempts = 0;
      kernel.answer = (seq) => (++attempts < 3 ? interrupted(seq) : [link('b', seq), done(seq)]);
      assert.deepEqual(
        socket.dump(getlink, {}).map(({ attrs }) => attrs.ifname),
        ['b'],
      );
      assert.equal(attempts, 3);
    }
    kernel.answer = (seq) => [done(seq, NLM_F.DUMP_INTR)];
    assert.throws(() => socket.dump(getlink, {}), { name: 'NetlinkError', errno: 'EINTR', request: 'RTM_GETLINK' });
  });

  it('begins a dump anew when some of it was lost', () => {
    let attempts = 0;
    kernel.answer = (seq) =>
      ++attempts < 2 ? [link('a', seq), os.errno.ENOBUFS, link('b', seq), done(seq)] : [link('c', seq), done(seq)];
    assert.deepEqual(
      socket.dump(getlink, {}).map(({ attrs }) => attrs.ifname),
      ['c'],
    );
  });

  it('makes its buffer larger for a datagram that does not fit', () => {
    const many = Array.from({ length: 100 }, (_, i) => `eth${i}`);
    kernel.answer = (seq) => [join(...many.map((name) => link(name, seq))), done(seq)];
    assert.deepEqual(
      socket.dump(getlink, {}).map(({ attrs }) => attrs.ifname),
      many,
    );
    assert.equal(kernel.sends, 2);
  });

  it('reads no attributes of what is not wanted', () => {
    kernel.answer = (seq) => [link('a', seq).with(32, 0), done(seq)]; // an attribute of length 0
    assert.throws(() => socket.dump(getlink, {}), RangeError);
    assert.equal(kernel.waiting, 0, 'a dump that fails is read to its end, or the kernel would refuse the next');
    assert.deepEqual(
      socket.dump(getlink, {}, (header) => header.index !== 1),
      [],
    );
  });

  it('throws the kernel’s words and the attribute that it points at', () => {
    // NLMSGERR_ATTR_MSG "no", NLMSGERR_ATTR_OFFS 32: the first attribute
    kernel.answer = (seq) => [ack(seq, os.errno.EINVAL, '070001006e6f00000800020020000000')];
    assert.throws(() => socket.request(newlink, { attrs: { mtu: 1 } }), {
      request: 'RTM_NEWLINK',
      errno: 'EINVAL',
      detail: 'no',
      attribute: 'IFLA_MTU',
      message: 'the kernel refused RTM_NEWLINK: no (EINVAL) at IFLA_MTU',
    });
    // NLMSGERR_ATTR_MISS_TYPE 18 in the message itself
    kernel.answer = (seq) => [ack(seq, os.errno.EINVAL, '0800050012000000')];
    assert.throws(() => socket.request(newlink, {}), { attribute: 'IFLA_LINKINFO (missing)', detail: undefined });
  });

  it('takes EINTR for an error where nothing is dumped', () => {
    kernel.answer = (seq) => [ack(seq, os.errno.EINTR)];
    assert.throws(() => socket.request(newlink, {}), { name: 'NetlinkError', errno: 'EINTR' });
  });

  it('reads acknowledgements that repeat the whole request', () => {
    kernel.answer = (seq, sent) => {
      const payload = new Uint8Array(4 + sent.length + 8);
      new DataView(payload.buffer).setInt32(0, -os.errno.EPERM, LE);
      payload.set(sent, 4);
      payload.set(Buffer.from('070001006e6f0000', 'hex'), 4 + sent.length);
      return [reply(NLMSG.ERROR, NLM_F.ACK_TLVS, seq, payload)];
    };
    assert.throws(() => socket.request(newlink, { attrs: { ifname: 'a' } }), { errno: 'EPERM', detail: 'no' });
  });

  it('tells refused messages of a batch by their tags', () => {
    kernel.answer = (seq) => [join(ack(seq + 1, os.errno.EEXIST), ack(seq + 3, os.errno.ENODEV)), ack(seq + 4)];
    const batch = socket.batch<number>();
    for (let i = 0; i < 5; i++) batch.add(newlink, { header: { index: i } }, 0, i);
    assert.equal(batch.size, 5);
    const refusals = batch.send().map(({ tag, error }) => [tag, error.errno]);
    assert.deepEqual(refusals, [
      [1, 'EEXIST'],
      [3, 'ENODEV'],
    ]);
    assert.equal(batch.size, 0);
    assert.equal(kernel.sends, 1);
    const flags = kernel.sent.map((bytes) => new DataView(bytes.buffer).getUint16(6, LE));
    assert.deepEqual(flags, [1, 1, 1, 1, 5], 'only the last asks for an acknowledgement');
    assert.deepEqual(batch.send(), []);
  });

  it('splits a batch that one send can not take', () => {
    kernel.answer = (seq, _, messages) => [ack(seq, os.errno.EBUSY), ack(seq + messages - 1)];
    const batch = socket.batch<number>();
    const ifalias = 'x'.repeat(200);
    for (let i = 0; i < 3000; i++) batch.add(newlink, { attrs: { ifalias } }, 0, i);
    const refused = batch.send().map(({ tag }) => tag);
    assert.ok(kernel.sends > 2);
    assert.equal(refused.length, kernel.sends);
    assert.equal(refused[0], 0);
    assert.equal(kernel.sent.length, 3000);
  });

  it('says so when acknowledgements were lost', () => {
    const batch = socket.batch<number>();
    for (const answers of [[os.errno.ENOBUFS], []]) {
      kernel.answer = () => answers;
      batch.add(newlink, {}, 0, 1);
      assert.throws(() => batch.send(), SystemError);
      assert.equal(batch.size, 0);
      assert.throws(() => socket.request(newlink, {}), SystemError);
    }
  });

  it('takes an nftables transaction as refused when any of it is', () => {
    kernel.answer = (seq) => [ack(seq + 2, os.errno.ENOENT), ack(seq + 2, os.errno.ENOENT), ack(seq + 3)];
    const batch = socket.nftBatch<string>();
    for (const tag of ['a', 'b', 'c']) batch.add(newtable, { attrs: { name: tag } }, 0, tag);
    assert.equal(batch.size, 3);
    assert.deepEqual(
      batch.send().map(({ tag, error }) => [tag, error.errno]),
      [['b', 'ENOENT']],
    );
    assert.deepEqual(
      kernel.sent.map((bytes) => new DataView(bytes.buffer).getUint16(4, LE)),
      [0x10, 0xa00, 0xa00, 0xa00, 0x11],
    );
    // A commit that fails is reported under the number of the beginning.
    kernel.answer = (seq) => [ack(seq, os.errno.EPERM), ack(seq + 1)];
    batch.add(newtable, {}, 0, 'first');
    const [refusal] = batch.send();
    assert.equal(refusal?.tag, 'first');
    assert.ok(refusal.error instanceof NetlinkError);
    assert.equal(refusal.error.request, 'NFNL_MSG_BATCH_BEGIN');
    assert.deepEqual(batch.send(), []);
  });

  it('prints what is said when asked to', () => {
    const lines: string[] = [];
    setSink((line) => lines.push(line));
    kernel.answer = (seq) => [ack(seq, os.errno.EEXIST, '070001006e6f0000')];
    const value = { header: { index: 3 }, attrs: { ifname: 'a', linkinfo: { kind: 'veth' } } } as const;
    assert.throws(() => socket.request(newlink, value, NLM_F.CREATE | NLM_F.EXCL));
    kernel.answer = (seq) => [link('a', seq), done(seq)];
    socket.dump(getlink, {});
    assert.deepEqual(lines, [
      '→ RTM_NEWLINK excl create #1 {index 3} {ifname a, linkinfo {kind veth}}',
      '← ack #1 EEXIST "no"',
      '→ RTM_GETLINK dump #2 {} {}',
      '← RTM_NEWLINK #2 {index 1} {ifname a}',
      '← done #2',
    ]);
  });
});
