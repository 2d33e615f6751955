/** Who on a link has an address: ARP for IPv4, neighbour discovery for IPv6, past the kernel's own tables. Like arping(8) and ndisc6(8). */
import { constants as os } from 'node:os';

import { parseIp } from '../model/ip.ts';
import { macBytes, macText } from '../model/mac.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { getaddr } from '../netlink/spec/rt-addr.ts';
import { errnoName } from '../sys/errno.ts';
import { c, check, errno, watchReadable } from '../sys/libc.ts';
import { Alarm } from './alarm.ts';
import { ARP_REPLY, ARP_REQUEST, decodeArp, encodeArp } from './arp.ts';
import { AF, ETH_P, ICMPV6_FILTER, IPPROTO, IPV6, MSG, ND_NEIGHBOR, SOCK } from './constants.ts';
import { decodeAdvertisement, encodeSolicitation, solicitedNode } from './discovery.ts';
import { encodeSockaddr } from './endpoint.ts';
import { interfaceNamed } from './interface.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { errnoWords } from './reason.ts';
import { openPacketSocket, sockaddrLl } from './packet-socket.ts';
import { openSocketIn, setOption } from './socket.ts';

export interface NeighbourOptions extends ProbeOptions {
  /** Waits for all answers until the time is over: an address that two have is found out so. `arping -D` */
  readonly all?: boolean | undefined;
}

export interface NeighbourOutcome extends Outcome {
  /** The link-layer address that answered first; empty when none did. */
  readonly mac: string;
  /** All that answered, in their order. */
  readonly macs: readonly string[];
}

/** The link-layer address of everybody, or nobody. */
const BROADCAST = new Uint8Array(6).fill(0xff);
const NOBODY = new Uint8Array(6);
/** Asked again after that. */
const AGAIN_MS = 300;

/** What asks, and what an answer says. */
interface Asker {
  readonly fd: number;
  readonly to: Uint8Array;
  readonly question: Uint8Array;
  /** The link-layer address in an answer to it; undefined for anything else. */
  read(bytes: Uint8Array): string | undefined;
}

/**
 * Asks on an interface who has an address, `timeout` ms (1000) at most. Ok when somebody answers. The kernel's tables are neither asked nor changed.
 * Like `arping -c 1 -I INTERFACE ADDRESS`.
 * @throws SystemError when the namespace or a socket cannot be had, ENODEV when there is no such interface; TypeError for what is no address.
 */
export async function neighbour(
  netns: number,
  ifname: string,
  address: string,
  { timeout = 1000, signal, all = false }: NeighbourOptions = {},
): Promise<NeighbourOutcome> {
  const ip = parseIp(address);
  if (ip === undefined) throw new TypeError(`${address} is no IP address`);
  const began = performance.now();
  const link = lookAt(netns, ifname);
  const macs: string[] = [];
  const end = (why: string): NeighbourOutcome => {
    const ok = macs.length > 0;
    return { ok, ms: performance.now() - began, why: ok ? '' : why, mac: macs[0] ?? '', macs };
  };
  if (link.mac === undefined) return end(`${ifname} has no link-layer address`);
  const asker = ip.length === 4 ? arpAsker(netns, link, address) : discoveryAsker(netns, link, address);
  const alarm = new Alarm(signal);
  const buffer = new Uint8Array(2048);
  const watch = watchReadable(asker.fd, () => {
    for (;;) {
      const length = c.recv(asker.fd, buffer, buffer.length, MSG.DONTWAIT);
      // A device that goes down is told once.
      if (length < 0 && errno() === os.errno.EAGAIN) break;
      if (length < 0) continue;
      const mac = asker.read(buffer.subarray(0, length));
      if (mac !== undefined && !macs.includes(mac)) macs.push(mac);
    }
    alarm.ring();
  });
  try {
    const isOver = (): boolean => !all && macs.length > 0;
    for (let left = timeout; left > 0 && !isOver() && !alarm.stopped; left = timeout - (performance.now() - began)) {
      const { fd, question, to } = asker;
      if (c.sendto(fd, question, question.length, MSG.DONTWAIT, to, to.length) < 0)
        return end(errnoWords(errnoName(errno())));
      await alarm.until(isOver, Math.min(left, AGAIN_MS));
    }
    return end(alarm.stopped ? INTERRUPTED : NO_ANSWER);
  } finally {
    watch.close();
    c.close(asker.fd);
  }
}

interface Look {
  readonly index: number;
  readonly mac: string | undefined;
  /** Its first address of IPv4. */
  readonly ip: string | undefined;
}

function lookAt(netns: number, ifname: string): Look {
  using socket = NetlinkSocket.open('route', { netns });
  const { header, attrs } = interfaceNamed(socket, ifname);
  const { index } = header;
  const own = socket.dump(getaddr, { header: { family: AF.INET } }).find((each) => each.header.index === index);
  const { address: mac } = attrs;
  return { index, mac: mac === undefined || /^(?:00:?){6}$/.test(mac) ? undefined : mac, ip: own?.attrs.local };
}

/** Needs CAP_NET_RAW: a packet socket for ARP alone. Without an address of the interface's it asks as RFC 5227 has it. */
function arpAsker(netns: number, { index, mac, ip }: Look, address: string): Asker {
  const fd = openPacketSocket(netns, { index, protocol: ETH_P.ARP });
  const to = sockaddrLl(index, ETH_P.ARP, BROADCAST);
  const from = { senderMac: macBytes(mac!), senderIp: ip ?? '0.0.0.0' };
  return {
    fd,
    to,
    question: encodeArp({ operation: ARP_REQUEST, ...from, targetMac: NOBODY, targetIp: address }),
    read(bytes) {
      const packet = decodeArp(bytes);
      return packet?.operation === ARP_REPLY && packet.senderIp === address ? macText(packet.senderMac) : undefined;
    },
  };
}

/** Needs CAP_NET_RAW: a raw socket that gets advertisements alone. What has been forwarded has no 255 hops left any more. */
function discoveryAsker(netns: number, { index, mac }: Look, address: string): Asker {
  const fd = openSocketIn(netns, 6, SOCK.RAW, IPPROTO.ICMPV6);
  try {
    const words = new Uint32Array(8).fill(0xffffffff);
    words[ND_NEIGHBOR.ADVERT >> 5]! &= ~(1 << (ND_NEIGHBOR.ADVERT & 31));
    const mask = new Uint8Array(words.buffer);
    check(c.setsockopt(fd, IPPROTO.ICMPV6, ICMPV6_FILTER, mask, mask.length), 'setsockopt', 'ICMPV6_FILTER');
    setOption(fd, IPPROTO.IPV6, IPV6.MULTICAST_IF, index);
    setOption(fd, IPPROTO.IPV6, IPV6.MULTICAST_HOPS, 255);
  } catch (error) {
    c.close(fd);
    throw error;
  }
  return {
    fd,
    to: encodeSockaddr(parseIp(solicitedNode(address))!, 0, index),
    question: encodeSolicitation(address, macBytes(mac!)),
    read(bytes) {
      const told = decodeAdvertisement(bytes);
      return told?.target === address ? macText(told.mac) : undefined;
    },
  };
}
