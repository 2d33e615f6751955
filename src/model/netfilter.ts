/** What a node does to packets on their way: translation of addresses, and the packet filter. */
import type { Path } from './place.ts';

/** A transport protocol that address translation can tell ports of. */
export type Protocol = 'tcp' | 'udp';

/** Where packets are sent instead: an address, and a port when that changes too. */
export interface Target {
  readonly address: string;
  readonly port?: number;
}

/** One line of a node's `nat`. */
export type NatRule =
  | { readonly type: 'masquerade'; readonly out?: string; readonly from?: string; readonly at?: Path }
  | { readonly type: 'snat'; readonly out?: string; readonly from?: string; readonly to: string; readonly at?: Path }
  | {
      readonly type: 'dnat';
      readonly in?: string;
      readonly dest?: string;
      readonly proto?: Protocol;
      readonly port?: number;
      /** One or several of one family; of several each connection gets one, at random. All of them have a port or none has. */
      readonly to: readonly Target[];
      readonly at?: Path;
    }
  | {
      readonly type: 'redirect';
      readonly in?: string;
      readonly proto: Protocol;
      readonly port?: number;
      /** The port of this node that gets the packets. */
      readonly to: number;
      readonly at?: Path;
    }
  | {
      readonly type: 'publish';
      readonly proto: Protocol;
      readonly port: number;
      readonly to: string;
      readonly toPort: number;
      /** The prefix of the link toward `to`, when it is attached to this node: whoever calls from there needs the hairpin. */
      readonly hairpin?: string;
      readonly at?: Path;
    }
  /** What comes in by an interface and is for 127.0.0.0/8 is dropped: `route_localnet` would let it in. */
  | { readonly type: 'guard'; readonly in: string; readonly at?: Path };

/** Where a chain of the packet filter hooks in: packets to this node, through it, and from it. */
export type FilterHook = 'input' | 'forward' | 'output';

/** A protocol that a rule of the packet filter can name. */
export type FilterProtocol = Protocol | 'icmp' | 'icmpv6' | 'sctp' | 'gre' | 'esp' | 'ah';

/** What conntrack knows of the connection that a packet belongs to. */
export type ConnectionState = 'new' | 'established' | 'related' | 'invalid' | 'untracked';

/** What a rejected sender is told. */
export type RejectWith = 'port-unreachable' | 'host-unreachable' | 'net-unreachable' | 'admin-prohibited' | 'tcp-reset';

/** One rule of the packet filter: what becomes of which packets. A list means any of its members; what is left out, all packets. */
export interface FilterRule {
  /** `log` and nothing else: the packet goes on to the next rule. */
  readonly verdict: 'accept' | 'drop' | 'reject' | 'return' | 'log';
  readonly in?: readonly string[];
  readonly out?: readonly string[];
  /** Networks, canonical; both families may stand together. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly proto?: readonly FilterProtocol[];
  /** `80` or `1000-2000` each. */
  readonly port?: readonly string[];
  readonly sourcePort?: readonly string[];
  readonly state?: readonly ConnectionState[];
  /** Names of ICMP types, or numbers as text. */
  readonly icmpType?: readonly string[];
  readonly with?: RejectWith;
  /** The prefix under which the packet is logged; may be empty. */
  readonly log?: string;
  readonly counter?: boolean;
  readonly comment?: string;
  readonly at?: Path;
}

/** A chain of the packet filter. */
export interface FilterChain {
  readonly hook: FilterHook;
  /** What becomes of packets that no rule decides on. */
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly FilterRule[];
  readonly at?: Path;
}

/** One instruction of nft's register machine, as the netlink tables read it. */
export interface Instruction {
  readonly name?: string | undefined;
  readonly data?: object | undefined;
}

/** An anonymous set (or map) that belongs to one rule: `{ 80, 443 }`. */
export interface RuleSet {
  readonly keyType: number;
  readonly keyLength: number;
  /** Of a map. */
  readonly dataType?: number;
  readonly dataLength?: number;
  /** Its elements are the beginnings and the ends (exclusive) of intervals. */
  readonly interval: boolean;
  readonly elements: readonly { readonly key: Uint8Array; readonly end?: boolean; readonly data?: Uint8Array }[];
}

/** A rule as the kernel runs it. A `lookup` names its set by `set_id`: 1 for the first of `sets`. */
export interface InstalledRule {
  /** The words of the line that it was made for, as `nft list ruleset` prints them beside it. */
  readonly comment?: string;
  readonly code: readonly Instruction[];
  readonly sets: readonly RuleSet[];
  /** Where the file asks for it. */
  readonly at?: Path;
}

/** A chain as it stands in the kernel. One that is not hooked in has neither type nor hook. */
export interface InstalledChain {
  readonly name: string;
  readonly type?: string;
  readonly hook?: number;
  readonly priority?: number;
  readonly policy?: number;
  readonly rules: readonly InstalledRule[];
  readonly at?: Path;
}
