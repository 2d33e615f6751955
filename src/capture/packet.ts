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

/** The protocol over Ethernet, and where its packet begins; behind VLAN tags. Undefined when too little was kept. */
export function networkOf({
  interface: { header },
  data,
}: Pick<CapturedPacket, 'interface' | 'data'>):
  { readonly protocol: number; readonly at: number; readonly vlans: readonly number[] } | undefined {
  let at = header === 'ethernet' ? 14 : COOKED;
  const vlans: number[] = [];
  for (;;) {
    if (data.length < at) return undefined;
    const protocol = (data[at - 2]! << 8) | data[at - 1]!;
    if (protocol !== 0x8100 && protocol !== 0x88a8) return { protocol, at, vlans };
    if (data.length < at + 4) return undefined;
    vlans.push(((data[at]! << 8) | data[at + 1]!) & 0xfff);
    at += 4;
  }
}
