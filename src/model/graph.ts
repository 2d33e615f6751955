/** A lab as a picture shows it: what `graph --format json` prints. All lengths are CSS pixels, from the left and from the top. */

/**
 * What stands at a place of the picture: a node of the file, one of its `bridges`, the host's own namespace, the world beyond it
 * (`internet: true`), or a tunnel that more than two ends share.
 */
export type GraphNodeKind = 'node' | 'bridge' | 'host' | 'internet' | 'tunnel';

/** `down`: by the file, or set down by somebody. `no-carrier`: up, but the far end is not. */
export type GraphState = 'up' | 'down' | 'no-carrier';

/** A rectangle of the picture. */
export interface GraphBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One end of a link. */
export interface GraphEnd {
  readonly node: string;
  /** Empty where the place has no interface: the world, a shared tunnel. */
  readonly interface: string;
  /** With prefix length; without those of scope link. */
  readonly addresses: readonly string[];
  readonly state: GraphState;
  /** The bridge, bond or vrf of which it is a member, in the same node. */
  readonly master: string | null;
}

/** A line of the picture: a veth pair; a tunnel over other links; the way from the host to the world. */
export interface GraphLink {
  readonly kind: 'veth' | 'tunnel' | 'way-out';
  /** `vxlan 1`, `gre`; null for what needs no name. */
  readonly label: string | null;
  /** The networks that both ends have an address in. */
  readonly networks: readonly string[];
  /** Nothing passes: an end is down, or has no carrier. */
  readonly cut: boolean;
  readonly ends: readonly [GraphEnd, GraphEnd];
}

/** An interface that is no end of a link: a bridge in a node, a macvlan, a loopback with addresses of its own. */
export interface GraphDevice {
  readonly name: string;
  readonly type: string;
  /** `vlan 10 on eth0`; null for what its type says. */
  readonly about: string | null;
  readonly addresses: readonly string[];
  readonly state: GraphState;
  /** Whether others are members of it: a bridge, a bond, a vrf. */
  readonly members: readonly string[];
}

export interface GraphProcess {
  readonly name: string;
  /** In words what it is at, when it neither runs nor has done what it was for; null otherwise, and of a file. */
  readonly trouble: string | null;
}

export interface GraphNode {
  readonly name: string;
  readonly kind: GraphNodeKind;
  /** It hands on packets of others. */
  readonly forwarding: boolean;
  /** Of a bridge: the networks of all that is attached to it. */
  readonly networks: readonly string[];
  readonly devices: readonly GraphDevice[];
  readonly processes: readonly GraphProcess[];
  /** Lines of address translation: `masquerade out eth0`. */
  readonly nat: readonly string[];
  /** Chains of the packet filter: `forward: drop, but for 3 rules`. */
  readonly filter: readonly string[];
  /** `default via 10.0.0.1`; of the main table unless it says another. */
  readonly routes: readonly string[];
  /** Its processes stand still. */
  readonly frozen: boolean;
}

/** A pair of nodes of which the one does not reach the other. */
export interface GraphGap {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** What there is to be drawn. */
export interface Graph {
  readonly lab: string;
  readonly description: string | null;
  /** Whether it is what a file asks for, or what the kernel has. */
  readonly source: 'file' | 'lab';
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  /** Null when nobody asked. */
  readonly unreachable: readonly GraphGap[] | null;
}

/** A point of the picture. */
export interface GraphPoint {
  readonly x: number;
  readonly y: number;
}

/** A graph with its places: what `graph --format json` prints. */
export interface PlacedGraph extends Graph {
  /** Of the picture without its title. */
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (GraphNode & { readonly box: GraphBox })[];
  /** `points`: the way from the first end to the second. */
  readonly links: readonly (GraphLink & { readonly points: readonly GraphPoint[] })[];
}
