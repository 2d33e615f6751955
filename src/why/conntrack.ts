/** What the connection tracking of a node holds. Where a kernel does not tell (CONFIG_NF_CT_NETLINK), nothing. */
import { NetlinkError, SystemError } from '../errors.ts';
import type { Connection, Tuple } from '../model/connection.ts';
import { AF, IPS } from '../netlink/constants.ts';
import type { ReplyOf } from '../netlink/message.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { getconntrack } from '../netlink/spec/conntrack.ts';
import { ICMP, ICMPV6, IPPROTO } from '../probe/constants.ts';
import type { IpFrame } from './frame.ts';
import { NUMBERS } from './probe.ts';
import type { View } from './view.ts';

type Protocol = Connection['protocol'];
type Attributes = ReplyOf<typeof getconntrack>['attrs'];
type KernelTuple = NonNullable<Attributes['tuple_orig']>;

/** A tuple, and what the kernel has to be told with it. */
export interface Asked {
  readonly family: 4 | 6;
  readonly protocol: Protocol;
  readonly tuple: Tuple;
  /** Of ICMP: an echo request is the original, a reply the reply. */
  readonly isReply: boolean;
}

/** A table that is longer than this is not read as a whole: only what is asked for by its tuple is found. */
const MOST = 4096;

const STATUS: readonly (readonly [bit: number, word: string])[] = [
  [IPS.EXPECTED, 'expected'],
  [IPS.SEEN_REPLY, 'seen-reply'],
  [IPS.ASSURED, 'assured'],
  [IPS.CONFIRMED, 'confirmed'],
  [IPS.SRC_NAT, 'src-nat'],
  [IPS.DST_NAT, 'dst-nat'],
];

/** By what connection tracking knows a packet; undefined for what has neither ports nor an id. */
export function tupleOf({ family, protocol, source, destination, body }: IpFrame): Asked | undefined {
  const word = (['icmp', 'tcp', 'udp'] as const).find((each) => NUMBERS[each][family] === protocol);
  if (word === undefined || body.length < 8) return undefined;
  const number = (at: number): number => (body[at]! << 8) | body[at + 1]!;
  const isEcho = body[0] === (family === 4 ? ICMP.ECHO : ICMPV6.ECHO_REQUEST);
  const isReply = body[0] === (family === 4 ? ICMP.ECHOREPLY : ICMPV6.ECHO_REPLY);
  if (word === 'icmp' && !isEcho && !isReply) return undefined;
  const [sourcePort, destinationPort] = word === 'icmp' ? [number(4), number(4)] : [number(0), number(2)];
  const tuple = { source, destination, sourcePort, destinationPort };
  return { family, protocol: word, tuple, isReply: word === 'icmp' && isReply };
}

/** The connection that packets of a tuple belong to, in whichever direction. `conntrack -G` */
export function connectionOf(view: View, asked: Asked): Connection | undefined {
  return answered(view, (socket) => {
    const header = { family: asked.family === 4 ? AF.INET : AF.INET6 };
    const [held] = socket.request(getconntrack, { header, attrs: { tuple_orig: written(asked) } });
    return held === undefined ? undefined : read(held.attrs);
  });
}

/** All connections of a family. `conntrack -L`; none where there are too many to look at. */
export function connections(view: View, family: 4 | 6): readonly Connection[] {
  if (count(view) > MOST) return [];
  const all = answered(view, (socket) =>
    socket.dump(getconntrack, { header: { family: family === 4 ? AF.INET : AF.INET6 } }),
  );
  return (all ?? []).flatMap(({ attrs }) => read(attrs) ?? []);
}

function count(view: View): number {
  return view.sysctl('netfilter/nf_conntrack_count') ?? 0;
}

/** Undefined where the kernel has none such, or does not tell of any. */
function answered<T>(view: View, ask: (socket: NetlinkSocket) => T): T | undefined {
  // Most nodes track nothing.
  if (count(view) === 0) return undefined;
  try {
    using socket = NetlinkSocket.open('netfilter', { netns: view.netns });
    return ask(socket);
  } catch (error) {
    if (error instanceof NetlinkError || error instanceof SystemError) return undefined;
    throw error;
  }
}

function written({ family, protocol, tuple, isReply }: Asked): KernelTuple {
  const { source, destination, sourcePort, destinationPort } = tuple;
  const ip = family === 4 ? { v4_src: source, v4_dst: destination } : { v6_src: source, v6_dst: destination };
  const num = NUMBERS[protocol][family];
  if (protocol !== 'icmp') return { ip, proto: { num, src_port: sourcePort, dst_port: destinationPort } };
  return {
    ip,
    proto:
      family === 4
        ? { num, icmp_id: sourcePort, icmp_type: isReply ? ICMP.ECHOREPLY : ICMP.ECHO, icmp_code: 0 }
        : {
            num,
            icmpv6_id: sourcePort,
            icmpv6_type: isReply ? ICMPV6.ECHO_REPLY : ICMPV6.ECHO_REQUEST,
            icmpv6_code: 0,
          },
  };
}

/** Undefined for connections of other protocols. */
function read({ tuple_orig: first, tuple_reply: second, status = 0, zone = 0 }: Attributes): Connection | undefined {
  const protocol = protocolOf(first?.proto?.num);
  const [original, reply] = [tuple(first), tuple(second)];
  if (protocol === undefined || original === undefined || reply === undefined) return undefined;
  const words = STATUS.flatMap(([bit, word]) => ((status & bit) === 0 ? [] : [word]));
  return { protocol, original, reply, status: words, zone };
}

function protocolOf(num: number | undefined): Protocol | undefined {
  if (num === IPPROTO.TCP) return 'tcp';
  if (num === IPPROTO.UDP) return 'udp';
  return num === IPPROTO.ICMP || num === IPPROTO.ICMPV6 ? 'icmp' : undefined;
}

function tuple(held: KernelTuple | undefined): Tuple | undefined {
  const { v4_src: source4, v4_dst: destination4, v6_src: source6, v6_dst: destination6 } = held?.ip ?? {};
  const [source, destination] = [source4 ?? source6, destination4 ?? destination6];
  if (held?.proto === undefined || source === undefined || destination === undefined) return undefined;
  const { src_port: from, dst_port: to, icmp_id: id4, icmpv6_id: id6 } = held.proto;
  const id = id4 ?? id6 ?? 0;
  return { source, destination, sourcePort: from ?? id, destinationPort: to ?? id };
}
