/** The packet that is sent to find out: an echo request, the beginning of a TCP connection, or a datagram, known again wherever it comes by. */
import { randomBytes } from 'node:crypto';
import { constants as os } from 'node:os';

import { SystemError } from '../errors.ts';
import { IP, IP_PMTUDISC, IPPROTO, MSG, SO, SOCK, SOL } from '../probe/constants.ts';
import { EchoSocket } from '../probe/echo-socket.ts';
import { boundPort, encodeSockaddr, endpoint, type Endpoint } from '../probe/endpoint.ts';
import { queuedRefusal, tellRefusals } from '../probe/error-queue.ts';
import { ready } from '../probe/wait.ts';
import { bindTo, getOption, openSocketIn, setOption } from '../probe/socket.ts';
import { errnoName } from '../sys/errno.ts';
import { c, errno } from '../sys/libc.ts';
import { encodeQuery } from '../probe/dns-message.ts';

/** What is to be sent. */
export interface ProbeWords {
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  readonly port: number | undefined;
  /** Bytes of payload: of an echo request, which then refuses to be cut, or of a datagram, which may be cut. */
  readonly size: number | undefined;
}

/** What the sender's own kernel made of it. */
export interface Sent {
  /** The name of the errno with which it refused to send; empty when it did send. */
  readonly refused: string;
  /** An answer came back to the very socket. */
  readonly answered: boolean;
}

/** The protocols' numbers, by family. */
export const NUMBERS = {
  icmp: { 4: IPPROTO.ICMP, 6: IPPROTO.ICMPV6 },
  tcp: { 4: IPPROTO.TCP, 6: IPPROTO.TCP },
  udp: { 4: IPPROTO.UDP, 6: IPPROTO.UDP },
} as const;

/** By what it is known on the way. */
export interface Mark {
  readonly family: 4 | 6;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  /** Bytes of the payload that nothing else has; of TCP none. */
  readonly cookie: Uint8Array | undefined;
  /** The port that it is sent from, unless somebody translates that; of ICMP 0. */
  readonly sourcePort: number;
  readonly port: number;
  /** Bytes, with the IP header, of what may not be cut; undefined: it is short. */
  readonly length: number | undefined;
}

/** One probe: made, then sent. Dispose of it. */
export interface OpenProbe extends Disposable {
  readonly mark: Mark;
  /** Sends it, and waits for an answer until the signal is aborted. */
  send(signal: AbortSignal): Promise<Sent>;
}

/** Bytes of an echo's own header. */
const ECHO_HEADER = 8;
/** Long enough: whoever sends decides by what is seen when to wait no longer. */
const PATIENCE_MS = 10_000;

/** Opens the sender's socket. @throws SystemError when the namespace or a socket cannot be had; TypeError when `to` is no address. */
export function openProbe(netns: number, to: string, words: ProbeWords): OpenProbe {
  const target = endpoint(netns, to, words.port ?? 0);
  return words.protocol === 'icmp' ? openEcho(netns, target, words.size) : openPorts(netns, target, words);
}

function openEcho(netns: number, target: Endpoint, size: number | undefined): OpenProbe {
  const { family } = target;
  const length = size === undefined ? undefined : Math.max(size, 8) + ECHO_HEADER + (family === 4 ? 20 : 40);
  const manner = size === undefined ? {} : { size: Math.max(size, 8), dontFragment: true };
  const socket = new EchoSocket(netns, family, manner);
  return {
    mark: { family, protocol: 'icmp', cookie: socket.cookie.slice(), sourcePort: 0, port: 0, length },
    send: (signal) =>
      new Promise((resolve) => {
        const end = (refused: string, answered: boolean): void => {
          signal.removeEventListener('abort', onAbort);
          resolve({ refused, answered });
        };
        const onAbort = (): void => end('', false);
        signal.addEventListener('abort', onAbort);
        socket.listen((arrival) => {
          end('', arrival.kind === 'reply');
        });
        const sent = socket.send(target, 1);
        if (typeof sent === 'string') end(sent, false);
        else if (signal.aborted) onAbort();
      }),
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}

function openPorts(netns: number, target: Endpoint, { protocol, port = 0, size = 0 }: ProbeWords): OpenProbe {
  const tcp = protocol === 'tcp';
  const { family } = target;
  const fd = openSocketIn(netns, family, tcp ? SOCK.STREAM : SOCK.DGRAM, tcp ? IPPROTO.TCP : IPPROTO.UDP);
  tellRefusals(fd, family);
  // Bound to no address, for its port to be known before anything is sent.
  const refusedBind = bindTo(fd, { family, bytes: encodeSockaddr(new Uint8Array(family === 4 ? 4 : 16), 0), text: '' });
  if (refusedBind !== '') {
    c.close(fd);
    throw new SystemError('bind', refusedBind, 'a port');
  }
  const name = `netlab-why-${randomBytes(8).toString('hex')}`;
  const cookie = tcp ? undefined : new TextEncoder().encode(name);
  // A name server answers questions alone, and others do not care.
  const query = encodeQuery(randomBytes(2).readUInt16BE(), name, 'A');
  const payload = new Uint8Array(Math.max(query.length, size));
  payload.set(query);
  if (size > 0 && family === 4) setOption(fd, IPPROTO.IP, IP.MTU_DISCOVER, IP_PMTUDISC.DONT);
  return {
    mark: { family, protocol: tcp ? 'tcp' : 'udp', cookie, sourcePort: boundPort(fd), port, length: undefined },
    async send(signal) {
      if (c.connect(fd, target.bytes, target.bytes.length) < 0 && errno() !== os.errno.EINPROGRESS)
        return { refused: errnoName(errno()), answered: false };
      if (!tcp && c.send(fd, payload, payload.length, MSG.DONTWAIT) < 0)
        return { refused: errnoName(errno()), answered: false };
      const waited = await ready(fd, tcp ? 'writable' : 'readable', PATIENCE_MS, signal);
      if (waited !== '') return { refused: '', answered: false };
      // What somebody on the way has said is seen on the way; it is no refusal of this kernel's.
      const failed = queuedRefusal(fd) !== undefined || getOption(fd, SOL.SOCKET, SO.ERROR) !== 0;
      return { refused: '', answered: !failed };
    },
    [Symbol.dispose]: () => void c.close(fd),
  };
}
