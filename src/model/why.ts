/** What `netlab why` finds out. */
import type { Connection } from './connection.ts';
import type { Place } from './place.ts';

/** The word for each thing that can stop a packet. Programs may rely on them. */
export type CauseWord =
  | 'arp-ignore'
  | 'blackhole'
  | 'bridge-port-down'
  | 'bridge-port-missing'
  | 'broadcast-address'
  | 'dad-failed'
  | 'dnat-to-nobody'
  | 'duplicate-address'
  | 'duplicate-mac'
  | 'empty-table'
  | 'fdb-wrong'
  | 'filter-drop'
  | 'forwarding-off'
  | 'ignored'
  | 'impaired'
  | 'link-down'
  | 'mtu'
  | 'nat-bypassed'
  | 'nat-clash'
  | 'nat-missing'
  | 'nat-wrong-interface'
  | 'neighbour-unanswered'
  | 'neighbour-wrong'
  | 'no-address'
  | 'no-answer'
  | 'no-listener'
  | 'no-return-route'
  | 'no-route'
  | 'port-isolated'
  | 'prohibit'
  | 'reject'
  | 'routing-loop'
  | 'rp-filter'
  | 'stp-blocking'
  | 'tunnel-mismatch'
  | 'tunnel-remote'
  | 'ttl'
  | 'unknown'
  | 'unreachable'
  | 'wrong-gateway'
  | 'wrong-interface'
  | 'wrong-prefix';

/** Which of the two ways: of the packet, or of what is said to it. */
export type Direction = 'there' | 'back';

/** What one node (or bridge) did with the packet. */
export interface WhyHop {
  readonly direction: Direction;
  readonly node: string;
  /** By which interface it came; null at the sender. */
  readonly in: string | null;
  /** By which interface it left; null where it ended. */
  readonly out: string | null;
  /** Addresses as the packet left, or ended: translation is seen in them. */
  readonly source: string;
  readonly destination: string;
  readonly text: string;
  /** What the node's connection tracking holds of it; null where it holds nothing, or its kernel does not tell. `conntrack -L` */
  readonly connection: Connection | null;
  /** The line of the topology that this follows from. */
  readonly place: Place | null;
}

/** The first thing that stops it. */
export interface WhyCause {
  readonly word: CauseWord;
  readonly direction: Direction;
  /** Where it happens. */
  readonly node: string;
  readonly interface: string | null;
  /** One sentence. */
  readonly text: string;
  /** What would mend it; empty where that is not known. */
  readonly hint: string;
  /** The line of the topology to look at. */
  readonly place: Place | null;
}

/** What `why A B` prints. */
export interface WhyReport {
  readonly lab: string;
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  readonly port: number | null;
  /** A probe of this very kind went there, and its answer came back. */
  readonly reaches: boolean;
  readonly hops: readonly WhyHop[];
  /** Null when it reaches. */
  readonly cause: WhyCause | null;
  /** What is worth knowing besides. */
  readonly notes: readonly string[];
  /** How long all of it took, in milliseconds. */
  readonly ms: number;
}
