/** A packet in one line, in the words of tcpdump -n. What was cut off is not told, and never read. */
import { ETHERTYPE } from '../../model/ip-packet.ts';
import { type CapturedPacket, COOKED, ETHERNET, networkBehind } from '../packet.ts';
import { DEEPEST, type Tunnelled } from '../tunnel.ts';
import { arpWords } from './arp.ts';
import { ipWords } from './ip.ts';
import { readLabels } from './mpls.ts';
import { stpWords } from './stp.ts';

/** Protocols that are told of by their names alone (IANA's ieee-802-numbers). */
const NAMES: Readonly<Record<number, string>> = { 0x8863: 'PPPoE', 0x8864: 'PPPoE', 0x888e: 'EAPOL', 0x88cc: 'LLDP' };

/** `IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64`. `tcpdump -n` */
export function packetWords({ interface: { header }, data, length }: CapturedPacket): string {
  return frameWords(header === 'ethernet' ? ETHERNET : COOKED, data, length, 0);
}

/** `depth`: how many tunnels it is in. */
function frameWords(header: number, data: Uint8Array, length: number, depth: number): string {
  const found = networkBehind(header, data);
  if (found === undefined) return `truncated, length ${length}`;
  const { protocol, at, vlans } = found;
  const tags = vlans.map((vlan) => `vlan ${vlan}, `).join('');
  return tags + networkWords(protocol, data.subarray(at), length - at, depth);
}

/** `length`: bytes that there were of it. */
function networkWords(protocol: number, data: Uint8Array, length: number, depth: number): string {
  switch (protocol) {
    case ETHERTYPE.ARP:
    case ETHERTYPE.RARP:
      return arpWords(data, length);
    case ETHERTYPE.IP:
    case ETHERTYPE.IP6:
      return ipWords(protocol, data, length, (inner) => tunnelledWords(inner, depth + 1));
    case ETHERTYPE.MPLS: {
      const { words, at, protocol: inner } = readLabels(data);
      return inner === undefined
        ? `${words}, length ${length}`
        : `${words} ${networkWords(inner, data.subarray(at), length - at, depth)}`;
    }
    default:
      // 802.3 has its length there; on an interface the kernel says 4 (ETH_P_802_2) of it.
      if (protocol <= 1500) return stpWords(data) ?? `802.3, length ${length}`;
      return `${NAMES[protocol] ?? `ethertype 0x${protocol.toString(16).padStart(4, '0')}`}, length ${length}`;
  }
}

function tunnelledWords({ header, protocol, data, length }: Tunnelled, depth: number): string {
  if (data.length === 0) return header === '' ? `truncated, length ${length}` : header;
  const words =
    depth > DEEPEST
      ? 'and so on'
      : protocol === undefined
        ? frameWords(ETHERNET, data, length, depth)
        : networkWords(protocol, data, length, depth);
  return header === '' ? words : `${header}: ${words}`;
}
