/** What a capture is made of. */

/** An interface that is listened on. */
export interface CapturedInterface {
  readonly node: string;
  readonly link: string;
  /** `node:interface`, as it is called everywhere. */
  readonly name: string;
  /** What its packets begin with: an Ethernet header, or (tunnels) nothing, for which `cooked` is what libpcap writes instead. */
  readonly header: 'ethernet' | 'cooked';
  /** Its number of linux/if_arp.h. */
  readonly hardware: number;
  /** The name of the other end of its cable, if that is listened on too. */
  readonly peer: string | undefined;
  /** Names of the interfaces of its node on which it stands: ports, what carries a tunnel or a VLAN, and what those stand on. */
  readonly below: ReadonlySet<string>;
}

/** A packet as it was seen at one interface. */
export interface CapturedPacket {
  readonly interface: CapturedInterface;
  /** Nanoseconds since 1970, by the kernel's clock, which is one for all interfaces. */
  readonly time: bigint;
  /** `out`: it leaves the node by the interface. */
  readonly direction: 'in' | 'out';
  /** To whom its link-layer address is: this interface, all, a group, or somebody else. */
  readonly to: 'host' | 'broadcast' | 'multicast' | 'other';
  /** Bytes that it had. */
  readonly length: number;
  /** What was kept of it: see {@link CapturedInterface.header}; a VLAN tag stands in its place. */
  readonly data: Uint8Array;
}

/**
 * In the order of their time. A packet keeps its stamp where the kernel only hands it up, from a port to its bridge, out of a tunnel: of those
 * the longer one was before, and else the one at the lower interface.
 */
export function byTime(a: CapturedPacket, b: CapturedPacket): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return b.length - a.length || a.interface.below.size - b.interface.below.size;
}

/** What came of one interface. */
export interface InterfaceSummary {
  readonly interface: string;
  /** Those that the filter means and that were taken. */
  readonly packets: number;
  /** The kernel had no room for so many. */
  readonly dropped: number;
}

/** What came of a capture. */
export interface CaptureSummary {
  readonly packets: number;
  readonly dropped: number;
  readonly interfaces: readonly InterfaceSummary[];
}

/** Bytes of the header that libpcap writes for packets without one: LINKTYPE_LINUX_SLL. */
export const COOKED = 16;
/** And of Ethernet's. */
export const ETHERNET = 14;

/** What stands behind a link-layer header. */
export interface Network {
  /** The protocol over Ethernet. */
  readonly protocol: number;
  /** Where its packet begins. */
  readonly at: number;
  /** The tags before it, the outer one first. */
  readonly vlans: readonly number[];
}

/** What has more of them is no frame of anybody's. */
const MOST_TAGS = 8;

/** Undefined when too little was kept. */
export function networkOf({
  interface: { header },
  data,
}: Pick<CapturedPacket, 'interface' | 'data'>): Network | undefined {
  return networkBehind(header === 'ethernet' ? ETHERNET : COOKED, data);
}

/** The same of any frame, whose header has so many bytes and ends with the protocol. */
export function networkBehind(header: number, data: Uint8Array): Network | undefined {
  const vlans: number[] = [];
  for (let at = header; data.length >= at && vlans.length <= MOST_TAGS; at += 4) {
    const protocol = (data[at - 2]! << 8) | data[at - 1]!;
    if (protocol !== 0x8100 && protocol !== 0x88a8) return { protocol, at, vlans };
    if (data.length >= at + 4) vlans.push(((data[at]! << 8) | data[at + 1]!) & 0xfff);
  }
  return undefined;
}
