import type { UdpDatagram } from '../../model/transport.ts';
import { dhcp6Words, dhcpWords } from './dhcp.ts';
import { dnsWords } from './dns.ts';
import { ripWords } from './rip.ts';

/** What stands in a datagram of a port: undefined when it is something else. */
type Reader = (data: Uint8Array, length: number) => string | undefined;

const PORTS: ReadonlyMap<number, Reader> = new Map([
  [53, dnsWords],
  [67, dhcpWords],
  [68, dhcpWords],
  [520, ripWords],
  [521, ripWords],
  [546, dhcp6Words],
  [547, dhcp6Words],
]);

/** What a datagram carries, where the port tells. `more`: other fragments of it follow. */
export function udpWords({ sourcePort, destinationPort, data, length, room }: UdpDatagram, more: boolean): string {
  if (length < 0) return `UDP, bad length ${length + 8} < 8`;
  if (length > room && !more) return `UDP, bad length ${length} > ${room}`;
  const reader = PORTS.get(destinationPort) ?? PORTS.get(sourcePort);
  return reader?.(data, length) ?? `UDP, length ${length}`;
}
