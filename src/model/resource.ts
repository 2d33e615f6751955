/**
 * What a lab is made of. A topology expands to a list of these, and the kernel is observed as a list of the same types,
 * so that comparing the two needs no translation. All values are in one canonical form: prefixes and addresses as
 * `model/address.ts` prints them, MACs in lower case, a default route as `0.0.0.0/0` or `::/0`.
 *
 * `at` leads to the words of the file that asked for the resource; an observed resource has none.
 */
import type { FilterChain, InstalledChain, NatRule } from './netfilter.ts';
import type { Namespace } from './namespace.ts';
import type { Path } from './place.ts';
import type { File, Process, Setup } from './process.ts';

/** What every resource has. */
export interface Declared {
  /** The node (or bridge) in whose namespaces the thing stands. */
  readonly node: string;
  readonly at?: Path;
}

/** A network device. Like `ip link add`. */
export interface Link extends Declared {
  readonly kind: 'link';
  readonly name: string;
  readonly type: LinkType;
  readonly up: boolean;
  /** Bytes. Undefined in a wanted link: whatever the kernel chose is right. */
  readonly mtu?: number;
  /** Lower case, colons. Undefined in a wanted link: whatever it has is right. */
  readonly mac?: string;
  /** The bridge of which this link is a port, in the same namespace. */
  readonly master?: string;
  /** As a bridge port: frames may leave by it that came in by it. Never false. */
  readonly hairpin?: boolean;
  /** The other end of a veth pair. */
  readonly peer?: LinkEnd;
  /** Observed only: it was set down, or up, by `netlab link`, and is meant to be so until the next `up`. */
  readonly turned?: 'down' | 'up';
  readonly bridge?: BridgeOptions;
  readonly vxlan?: VxlanOptions;
  readonly vlan?: VlanOptions;
  readonly macvlan?: MacvlanOptions;
  readonly ipvlan?: IpvlanOptions;
  readonly bond?: BondOptions;
  readonly vrf?: VrfOptions;
  readonly tunnel?: TunnelOptions;
  readonly geneve?: GeneveOptions;
}

/** Tunnels that differ in what they carry and in what, but not in their options. */
export type TunnelType = 'gre' | 'gretap' | 'ip6gre' | 'ipip' | 'ip6tnl' | 'sit';

/** Devices that are made by one message with a kind in it, as `ip link add … type KIND`. */
export type DeviceType =
  | 'veth'
  | 'bridge'
  | 'vxlan'
  | 'dummy'
  | 'ifb'
  | 'vlan'
  | 'macvlan'
  | 'ipvlan'
  | 'bond'
  | 'vrf'
  | TunnelType
  | 'geneve';

/** `other` is a device that netlab does not make; it is only ever observed. */
export type LinkType = 'loopback' | DeviceType | 'other';

/** The device under a link, in the same namespace: `ip link add link eth0 …`, or a tunnel's `dev eth0`. */
export function lowerOf({ vxlan, vlan, macvlan, ipvlan, tunnel }: Link): string | undefined {
  return (vxlan ?? vlan ?? macvlan ?? ipvlan ?? tunnel)?.link;
}

/** One end of a veth pair, as `node:link`. */
export interface LinkEnd {
  readonly node: string;
  readonly link: string;
}

/** What `ip link add type bridge` takes. Undefined in a wanted link: not compared. */
export interface BridgeOptions {
  /** Spanning tree on; a bridge without it forwards at once. */
  readonly stp?: boolean;
  readonly vlanFiltering?: boolean;
  readonly mcastSnooping?: boolean;
}

/** What `ip link add type vxlan` takes. */
export interface VxlanOptions {
  /** The VXLAN network identifier, 0 to 16777215. */
  readonly id: number;
  /** The device under it, in the same namespace. */
  readonly link?: string;
  readonly local?: string;
  /** The one far end (unicast) or the multicast group. */
  readonly remote?: string;
  /** UDP destination port, 1 to 65535. */
  readonly port: number;
  readonly learning: boolean;
}

/** What `ip link add link eth0 type vlan` takes. */
export interface VlanOptions {
  readonly link?: string;
  /** 1 to 4094. */
  readonly id: number;
  readonly protocol: '802.1Q' | '802.1ad';
}

/** What `ip link add link eth0 type macvlan` takes. */
export interface MacvlanOptions {
  readonly link?: string;
  readonly mode: 'private' | 'vepa' | 'bridge' | 'passthru' | 'source';
}

/** What `ip link add link eth0 type ipvlan` takes. */
export interface IpvlanOptions {
  readonly link?: string;
  readonly mode: 'l2' | 'l3' | 'l3s';
}

/** What `ip link add type bond` takes. */
export interface BondOptions {
  readonly mode:
    'balance-rr' | 'active-backup' | 'balance-xor' | 'broadcast' | '802.3ad' | 'balance-tlb' | 'balance-alb';
  /** How often it looks whether its members have a carrier, in milliseconds. */
  readonly miimon: number;
}

/** What `ip link add type vrf` takes. */
export interface VrfOptions {
  readonly table: number;
}

/** What `ip link add type gre` and its like take. */
export interface TunnelOptions {
  readonly link?: string;
  readonly local?: string;
  readonly remote?: string;
  readonly key?: number;
  /** 0: that of the packet inside. */
  readonly ttl: number;
}

/** What `ip link add type geneve` takes. */
export interface GeneveOptions {
  readonly id: number;
  readonly remote?: string;
  readonly port: number;
  /** 0: the kernel's own. */
  readonly ttl: number;
}

/** An address on a link. Like `ip address add 10.0.0.1/24 dev eth0`. */
export interface Address extends Declared {
  readonly kind: 'address';
  readonly link: string;
  /** Address and prefix length, canonical: `10.0.0.1/24`, `2001:db8::1/64`. */
  readonly prefix: string;
  readonly scope: 'global' | 'link' | 'host';
  /** Made because another line needs it (an IPv6 link-local address), not because a line names it. */
  readonly implied?: boolean;
  /** Observed only: the kernel's route to its network has been removed, which was the first one to there, or came after another link's. */
  readonly unrouted?: 'first' | 'later';
}

export type RouteType = 'unicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw';

/** One way that a route may take. */
export interface Nexthop {
  readonly via?: string;
  readonly dev?: string;
  readonly onlink?: boolean;
  /** 1 to 256; 1 unless said. */
  readonly weight: number;
}

/** A route. Like `ip route add 10.2.0.0/24 via 10.1.0.2`. */
export interface Route extends Declared {
  readonly kind: 'route';
  /** Destination prefix, canonical and with host bits zero. */
  readonly to: string;
  readonly type: RouteType;
  readonly table: number;
  /** 0 for IPv4 unless said; the kernel makes that 1024 for IPv6, and so does a wanted route. */
  readonly metric: number;
  /** One entry for a plain route, several for multipath, none for blackhole and its like. */
  readonly nexthops: readonly Nexthop[];
  /** The preferred source address. */
  readonly source?: string;
  readonly scope?: 'global' | 'link' | 'host';
  readonly mtu?: number;
}

/** A policy routing rule. Like `ip rule add from 10.1.0.0/16 lookup 100 priority 1000`. */
export interface Rule extends Declared {
  readonly kind: 'rule';
  readonly family: 'inet' | 'inet6';
  readonly priority: number;
  readonly from?: string;
  readonly to?: string;
  readonly iif?: string;
  readonly oif?: string;
  readonly fwmark?: number;
  readonly table: number;
}

/** A permanent neighbour (ARP or ND) entry. Like `ip neighbour add ADDRESS lladdr MAC dev DEV nud permanent`. */
export interface Neighbour extends Declared {
  readonly kind: 'neighbour';
  readonly to: string;
  readonly mac: string;
  readonly dev: string;
}

/** A forwarding entry of a bridge port or a vxlan. Like `bridge fdb append MAC dev DEV dst ADDRESS`. */
export interface Fdb extends Declared {
  readonly kind: 'fdb';
  readonly mac: string;
  readonly dev: string;
  /** The far tunnel end, for a vxlan. */
  readonly dst?: string;
}

/** A kernel setting in the node's network namespace. Like `sysctl -w net.ipv4.ip_forward=1`. */
export interface Sysctl extends Declared {
  readonly kind: 'sysctl';
  /** The dotted name; a slash stands for a dot inside an interface's name, as sysctl(8) has it. */
  readonly key: string;
  readonly value: string;
  /** Taken over from `default`, and not named by a line. */
  readonly implied?: boolean;
}

/**
 * The address translation and the packet filter of a node: the nftables table `inet netlab`, on the host
 * `inet netlab-LAB`. Like `nft -f -` with that table in it.
 */
export interface Netfilter extends Declared {
  readonly kind: 'netfilter';
  /** `netlab` unless said. */
  readonly table?: string;
  readonly nat: readonly NatRule[];
  /** The chains of the packet filter, at most one for each hook. */
  readonly firewall: readonly FilterChain[];
  /** Observed only: the table as the kernel runs it. `nat` and `firewall` are empty then. */
  readonly installed?: readonly InstalledChain[];
}

/** Raw text in the language of nft, and the tables that it makes. Like `nft -f -`. */
export interface NftText extends Declared {
  readonly kind: 'nftables';
  /** Of an observed one: the tables as nft prints them. */
  readonly text: string;
  /** `inet extra` each: netlab's as long as the text names them. */
  readonly tables: readonly string[];
  /** Of the file's text. */
  readonly digest: string;
  /** Observed only: the tables are no longer as they were when the text was loaded. */
  readonly altered?: boolean;
}

/** A table of nftables that netlab did not make; it is only ever observed. */
export interface Table extends Declared {
  readonly kind: 'table';
  /** Its family and its name, as nft has them: `ip filter`. */
  readonly name: string;
}

export type { Isolation } from './namespace.ts';
export type { File, Namespace, Process, Setup };

/** Anything that a lab is made of. */
export type Resource =
  | Namespace
  | Link
  | Address
  | Route
  | Rule
  | Neighbour
  | Fdb
  | Sysctl
  | Netfilter
  | NftText
  | Table
  | File
  | Setup
  | Process;

export type ResourceKind = Resource['kind'];
