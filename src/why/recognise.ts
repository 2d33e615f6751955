/** Which of the frames that were seen are the probe, its answer, or somebody's refusal of either. */
import { ICMP, ICMPV6, IPPROTO } from '../probe/constants.ts';
import { REFUSALS4, REFUSALS6 } from '../probe/icmp.ts';
import type { Frame, IpFrame } from './frame.ts';
import { type Mark, NUMBERS } from './probe.ts';
import type { Sighting } from './witness.ts';

/** What a frame is to the probe. */
export type Role = 'probe' | 'answer' | 'refusal of probe' | 'refusal of answer';

/** A sighting that has to do with the probe. */
export interface Known extends Sighting {
  readonly frame: IpFrame;
  readonly role: Role;
}

const TCP = { SYN: 2, RST: 4, ACK: 16 } as const;

/** What may turn out to be ours, or tells who asks for whom on a LAN: all else is forgotten as soon as it is seen. */
export function worthKeeping({ family, protocol }: Mark): (frame: Frame) => boolean {
  const number = NUMBERS[protocol][family];
  const icmp = NUMBERS.icmp[family];
  return (frame) => {
    if (frame.kind !== 'ip') return frame.about.includes(':') === (family === 6);
    return frame.family === family && (frame.protocol === number || frame.protocol === icmp);
  };
}

/** A TCP reset refuses too, but it is an answer: the far end's own. */
export function isReset({ protocol, body }: IpFrame): boolean {
  return protocol === IPPROTO.TCP && (body[13]! & TCP.RST) !== 0;
}

/** Finds ours among what was seen, in the order of time; `sender` is the node that has sent it. */
export function recognise(seen: readonly Sighting[], mark: Mark, sender: string): Known[] {
  const roleOf = mark.protocol === 'tcp' ? tcpRoles(seen, mark, sender) : cookieRoles(seen, mark);
  return seen.flatMap((each): Known[] => {
    if (each.frame.kind !== 'ip') return [];
    const role = roleOf(each.frame, each.node);
    return role === undefined ? [] : [{ ...each, frame: each.frame, role }];
  });
}

/** The role of a frame that a trace tells of: there is less of it than of one that was seen. */
export function roleInTrace(frame: IpFrame, mark: Mark): 'probe' | 'answer' | undefined {
  if (frame.family !== mark.family || frame.protocol !== NUMBERS[mark.protocol][mark.family]) return undefined;
  if (mark.protocol === 'icmp') {
    const [type] = frame.body;
    if (!holds(frame.body, mark.cookie!)) return undefined;
    return isEcho(type, mark.family) ? 'probe' : isReply(type, mark.family) ? 'answer' : undefined;
  }
  const [from, to] = ports(frame.body);
  if (from === mark.sourcePort) return 'probe';
  return to === mark.sourcePort ? 'answer' : undefined;
}

type RoleOf = (frame: IpFrame, node: string) => Role | undefined;

/** Known by what it carries, and what quotes it carries that as well. */
function cookieRoles(seen: readonly Sighting[], { family, protocol, cookie }: Mark): RoleOf {
  const own = NUMBERS[protocol][family];
  // An answer to a datagram need not repeat anything of it: it goes the other way between the same two ports.
  const asked = new Set<string>();
  if (protocol === 'udp')
    for (const { frame, node } of seen)
      if (frame.kind === 'ip' && frame.protocol === own && holds(frame.body, cookie!)) {
        const [from, to] = ports(frame.body);
        asked.add(`${node} ${frame.destination} ${to} ${frame.source} ${from}`);
      }
  return (frame, node) => {
    const carries = holds(frame.body, cookie!);
    if (frame.protocol === own && protocol === 'udp') {
      const [from, to] = ports(frame.body);
      // Where a DNS server repeats the question, the ports tell.
      if (asked.has(`${node} ${frame.source} ${from} ${frame.destination} ${to}`)) return 'answer';
      return carries ? 'probe' : undefined;
    }
    if (!carries) return undefined;
    const [type] = frame.body;
    if (protocol === 'icmp' && isEcho(type, family)) return 'probe';
    if (protocol === 'icmp' && isReply(type, family)) return 'answer';
    if (!isRefusal(type, family)) return undefined;
    const quoted = quotedBody(frame);
    const ofAnswer = protocol === 'icmp' && isReply(quoted?.body[0], family);
    return ofAnswer ? 'refusal of answer' : 'refusal of probe';
  };
}

/** Known by the sequence number with which the sender's kernel begins: translation leaves it as it is. */
function tcpRoles(seen: readonly Sighting[], { family, sourcePort, port }: Mark, sender: string): RoleOf {
  const first = seen.find(({ frame, node }) => {
    if (node !== sender || frame.kind !== 'ip' || frame.protocol !== IPPROTO.TCP) return false;
    const [from, to] = ports(frame.body);
    return from === sourcePort && to === port && flagsOf(frame.body) === TCP.SYN;
  });
  if (first?.frame.kind !== 'ip') return () => undefined;
  const start = number(first.frame.body, 4);
  const next = (start + 1) >>> 0;
  const isStart = (body: Uint8Array): boolean => number(body, 4) === start;
  return (frame) => {
    const { body } = frame;
    if (frame.protocol === IPPROTO.TCP) {
      const flags = flagsOf(body);
      if (flags === TCP.SYN && isStart(body)) return 'probe';
      return (flags & TCP.ACK) !== 0 && (flags & (TCP.SYN | TCP.RST)) !== 0 && number(body, 8) === next
        ? 'answer'
        : undefined;
    }
    if (!isRefusal(body[0], family)) return undefined;
    const quoted = quotedBody(frame);
    if (quoted === undefined || quoted.protocol !== IPPROTO.TCP) return undefined;
    if (isStart(quoted.body)) return 'refusal of probe';
    return quoted.body.length >= 12 && number(quoted.body, 8) === next ? 'refusal of answer' : undefined;
  };
}

function isEcho(type: number | undefined, family: 4 | 6): boolean {
  return type === (family === 4 ? ICMP.ECHO : ICMPV6.ECHO_REQUEST);
}

function isReply(type: number | undefined, family: 4 | 6): boolean {
  return type === (family === 4 ? ICMP.ECHOREPLY : ICMPV6.ECHO_REPLY);
}

function isRefusal(type: number | undefined, family: 4 | 6): boolean {
  return type !== undefined && (family === 4 ? REFUSALS4 : REFUSALS6).has(type);
}

/** What an ICMP error quotes: the transport's protocol and bytes. */
function quotedBody({ body, family }: IpFrame): { readonly protocol: number; readonly body: Uint8Array } | undefined {
  const packet = body.subarray(8);
  if (packet.length < (family === 4 ? 28 : 48)) return undefined;
  return family === 4
    ? { protocol: packet[9]!, body: packet.subarray((packet[0]! & 15) * 4) }
    : { protocol: packet[6]!, body: packet.subarray(40) };
}

function ports(body: Uint8Array): [from: number, to: number] {
  return [((body[0] ?? 0) << 8) | (body[1] ?? 0), ((body[2] ?? 0) << 8) | (body[3] ?? 0)];
}

function flagsOf(body: Uint8Array): number {
  return (body[13] ?? 0) & (TCP.SYN | TCP.RST | TCP.ACK);
}

function number(body: Uint8Array, at: number): number {
  return body.length < at + 4 ? -1 : new DataView(body.buffer, body.byteOffset).getUint32(at);
}

function holds(bytes: Uint8Array, cookie: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(Buffer.from(cookie));
}
