/** One question to a DNS server, from inside a network namespace. Like dig(1). */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { Socket } from 'node:net';

import { Deadline } from './alarm.ts';
import { dial } from './connect.ts';
import { datagram } from './datagram.ts';
import { decodeAnswer, type DnsAnswer, type DnsRecord, type DnsType, encodeQuery } from './dns-message.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';

export interface QueryOptions extends ProbeOptions {
  /** 53 unless said. */
  readonly port?: number | undefined;
  /** The address to send from. */
  readonly from?: string | undefined;
  /** Asks by TCP at once; else only when the answer does not fit into a datagram. `dig +tcp` */
  readonly tcp?: boolean | undefined;
}

export interface QueryOutcome extends Outcome {
  /** `NOERROR`, `NXDOMAIN`; empty when there was no answer. */
  readonly rcode: string;
  readonly answers: readonly DnsRecord[];
  readonly authoritative: boolean;
}

/** Resolvers ask again after that; a datagram may get lost. */
const AGAIN_MS = 1000;

/**
 * Asks a server for records, `timeout` ms (3000) at most. Ok when it answers with NOERROR, even without any records; else why is the
 * code, or why there was no answer. Like `dig @SERVER NAME TYPE`.
 * @throws SystemError when the namespace or a socket cannot be had; TypeError when `server` is no address, or `name` no name.
 */
export async function query(
  netns: number,
  server: string,
  name: string,
  type: DnsType = 'A',
  options: QueryOptions = {},
): Promise<QueryOutcome> {
  const { port = 53, timeout = 3000, signal, from, tcp = false } = options;
  const began = performance.now();
  const since = (): number => performance.now() - began;
  const id = randomInt(0x10000);
  const question = encodeQuery(id, name, type);
  const isAnswer = (bytes: Uint8Array): boolean => decodeAnswer(bytes)?.id === id;
  const end = (why: string, answer?: DnsAnswer): QueryOutcome => {
    const { rcode = '', answers = [], authoritative = false } = answer ?? {};
    const words = answer === undefined ? why : rcode === 'NOERROR' ? '' : rcode;
    return { ok: words === '', ms: since(), why: words, rcode, answers, authoritative };
  };
  if (!tcp) {
    const common = { timeout, signal, from, again: AGAIN_MS };
    const { answer, why } = await datagram(netns, server, port, { ...common, payload: question, accept: isAnswer });
    const read = answer === undefined ? undefined : decodeAnswer(answer);
    if (read?.truncated !== true) return end(why, read);
  }
  const { fd, why } = await dial(netns, server, port, { timeout: timeout - since(), signal, from });
  if (fd === undefined) return end(why);
  using deadline = new Deadline(timeout - since(), signal);
  const answer = await askStream(new Socket({ fd, readable: true, writable: true }), question, deadline.signal);
  const read = answer === undefined ? undefined : decodeAnswer(answer);
  if (read?.id === id) return end('', read);
  return end(!deadline.signal.aborted ? 'no DNS answer' : deadline.expired ? NO_ANSWER : INTERRUPTED);
}

/** Over TCP each message is led by its length (RFC 1035 §4.2.2). Undefined when there is none. */
async function askStream(socket: Socket, question: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined> {
  let got = Buffer.alloc(0);
  const length = (): number => (got.length < 2 ? Infinity : 2 + got.readUInt16BE(0));
  try {
    socket.write(Buffer.concat([Uint8Array.of(question.length >> 8, question.length & 0xff), question]));
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
    });
    while (got.length < length()) {
      const [chunk] = (await Promise.race([once(socket, 'data', { signal }), once(socket, 'end', { signal })])) as [
        unknown?,
      ];
      if (chunk === undefined) return undefined;
    }
    return got.subarray(2, length());
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
