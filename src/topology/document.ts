/**
 * The topology language as it is typed: what a file says once the schema has passed. docs/topology.md explains each key. Only
 * what this version builds is here; `unsupported.ts` refuses the rest of the schema.
 */
import type { Bound, UlimitName } from '../model/ulimit.ts';
import type { LimitsDocument } from './limits-document.ts';
import type { LogDocument } from './log-document.ts';
import type { ConnectionState, FilterProtocol, Protocol, RejectWith } from '../model/netfilter.ts';
import type { Propagation } from '../model/mount.ts';
import type { RestartPolicy } from '../model/process.ts';
import type { DeviceType, Isolation, RouteType, VlanOptions } from '../model/resource.ts';
import type { ClocksDocument, IdMapDocument } from './namespace-document.ts';
import type { MountDocument, RootfsDocument } from './mount-document.ts';

/** A whole topology, as a file or as an object given to the library. */
export interface TopologyDocument {
  readonly name?: string;
  readonly description?: string;
  readonly defaults?: {
    readonly node?: NodeDocument | null;
    readonly link?: LinkOptions;
    readonly process?: Partial<ProcessDocument>;
  } | null;
  readonly nodes?: Readonly<Record<string, NodeDocument | null>> | null;
  readonly bridges?: Readonly<Record<string, BridgeDocument>> | null;
  readonly links?: readonly LinkDocument[] | null;
  readonly checks?: readonly CheckDocument[] | null;
}

/** A value that becomes a string: `0` and `"0"` are the same sysctl. */
export type ScalarDocument = string | number | boolean;

/** Which capabilities are lost, or kept: exactly one of the two. */
export interface CapabilitiesDocument {
  readonly drop?: readonly string[];
  readonly keep?: readonly string[];
}

/** What a node's programs may not do, and what one of them may not do besides. */
export interface ConfinementDocument {
  readonly capabilities?: CapabilitiesDocument;
  readonly no_new_privileges?: boolean;
  readonly seccomp?: 'default' | 'unconfined';
  readonly ulimits?: Readonly<Partial<Record<UlimitName, UlimitDocument>>>;
}

/** One bound for both, or each. */
export type UlimitDocument = Bound | { readonly soft?: Bound; readonly hard?: Bound };

/** A node. */
export interface NodeDocument extends ConfinementDocument {
  readonly hostname?: string;
  readonly forwarding?: boolean | { readonly ipv4?: boolean; readonly ipv6?: boolean };
  readonly sysctls?: Readonly<Record<string, ScalarDocument>>;
  readonly interfaces?: Readonly<Record<string, InterfaceDocument | null>>;
  readonly routes?: readonly RouteDocument[];
  readonly rules?: readonly RuleDocument[];
  readonly neighbors?: readonly NeighborDocument[];
  readonly fdb?: readonly FdbDocument[];
  readonly nat?: readonly NatDocument[];
  readonly firewall?: FirewallDocument;
  readonly nftables?: string;
  readonly isolation?: readonly Isolation[];
  /** Exactly one of the two. */
  readonly join?: { readonly pid?: number; readonly netns?: string };
  readonly uid_map?: IdMapDocument;
  readonly gid_map?: IdMapDocument;
  readonly time?: ClocksDocument;
  readonly internet?: boolean;
  readonly rootfs?: RootfsDocument;
  readonly mounts?: readonly MountDocument[];
  readonly propagation?: Propagation;
  readonly masked_paths?: 'default' | 'none';
  readonly limits?: LimitsDocument;
  readonly log?: LogDocument;
  readonly files?: Readonly<Record<string, string>>;
  readonly setup?: readonly CommandDocument[];
  readonly processes?: Readonly<Record<string, ProcessDocument>>;
}

/** An interface; without `type` it is a link end, a bridge port or `lo`. */
export interface InterfaceDocument {
  readonly type?: Exclude<DeviceType, 'veth'>;
  readonly addresses?: readonly string[];
  readonly mac?: string;
  readonly mtu?: number;
  readonly up?: boolean;
  readonly ports?: readonly string[];
  readonly stp?: boolean;
  readonly vlan_filtering?: boolean;
  readonly id?: number;
  readonly link?: string;
  readonly local?: string;
  readonly remote?: string;
  readonly port?: number;
  readonly learning?: boolean;
  readonly protocol?: VlanOptions['protocol'];
  /** Which words it takes depends on the type. */
  readonly mode?: string;
  readonly miimon?: number;
  readonly table?: TableDocument;
  readonly key?: number;
  readonly ttl?: number;
}

/** A table by number or by one of the kernel's names. */
export type TableDocument = number | 'main' | 'local' | 'default';

/** A route. */
export interface RouteDocument {
  readonly to: string;
  readonly via?: string;
  readonly dev?: string;
  readonly metric?: number;
  readonly type?: RouteType;
  readonly nexthops?: readonly NexthopDocument[];
  readonly onlink?: boolean;
  readonly table?: TableDocument;
  readonly scope?: 'global' | 'link' | 'host';
  readonly src?: string;
  readonly mtu?: number;
}

/** One way of a multipath route. */
export interface NexthopDocument {
  readonly via?: string;
  readonly dev?: string;
  readonly weight?: number;
  readonly onlink?: boolean;
}

/** A policy routing rule. */
export interface RuleDocument {
  readonly from?: string;
  readonly to?: string;
  readonly iif?: string;
  readonly oif?: string;
  readonly fwmark?: number;
  readonly table: TableDocument;
  readonly priority?: number;
}

/** A permanent neighbour. */
export interface NeighborDocument {
  readonly to: string;
  readonly mac: string;
  readonly dev: string;
}

/** A forwarding entry. */
export interface FdbDocument {
  readonly mac: string;
  readonly dev: string;
  readonly dst?: string;
}

/** One line of NAT: exactly one of the keys. */
export interface NatDocument {
  readonly masquerade?: { readonly out: string; readonly from?: string };
  readonly snat?: { readonly out?: string; readonly from?: string; readonly to: string };
  readonly dnat?: {
    readonly in?: string;
    readonly dest?: string;
    readonly proto?: Protocol;
    readonly port?: number;
    readonly to: string | readonly string[];
  };
  readonly redirect?: { readonly in?: string; readonly proto?: Protocol; readonly port?: number; readonly to: number };
  readonly publish?: { readonly proto?: Protocol; readonly port: number; readonly to: string };
}

/** A packet filter, by chain. */
export interface FirewallDocument {
  readonly input?: ChainDocument;
  readonly forward?: ChainDocument;
  readonly output?: ChainDocument;
}

/** What happens to packets at one point of their way. */
export interface ChainDocument {
  readonly policy?: 'accept' | 'drop';
  readonly rules?: readonly FilterDocument[];
}

/** One rule: exactly one of the keys. */
export interface FilterDocument {
  readonly accept?: MatchDocument | null;
  readonly drop?: MatchDocument | null;
  readonly reject?: MatchDocument | null;
  readonly return?: MatchDocument | null;
  readonly log?: MatchDocument | null;
}

/** One value, or a list of which any will do. */
export type OneOrMore<T> = T | readonly T[];

/** Which packets, and what else is done with them. */
export interface MatchDocument {
  readonly in?: OneOrMore<string>;
  readonly out?: OneOrMore<string>;
  readonly from?: OneOrMore<string>;
  readonly to?: OneOrMore<string>;
  readonly proto?: OneOrMore<FilterProtocol>;
  readonly port?: OneOrMore<number | string>;
  readonly source_port?: OneOrMore<number | string>;
  readonly state?: OneOrMore<ConnectionState>;
  readonly icmp_type?: OneOrMore<string | number>;
  readonly with?: RejectWith;
  readonly log?: string;
  readonly prefix?: string;
  readonly counter?: boolean;
  readonly comment?: string;
}

/** A program and its arguments, or a string for the shell. */
export type CommandDocument = string | readonly ScalarDocument[];

/** A long-running program. */
export interface ProcessDocument extends ConfinementDocument {
  readonly umask?: string;
  readonly groups?: readonly (string | number)[];
  /** What is missing here, an image says: only in a node whose root is one. */
  readonly command?: CommandDocument;
  readonly args?: readonly ScalarDocument[];
  readonly env?: Readonly<Record<string, ScalarDocument>>;
  readonly cwd?: string;
  readonly user?: string | number;
  readonly isolation?: readonly Isolation[];
  readonly uid_map?: IdMapDocument;
  readonly gid_map?: IdMapDocument;
  readonly time?: ClocksDocument;
  readonly share?: Readonly<Partial<Record<Isolation, string>>>;
  readonly restart?: RestartPolicy;
  readonly ready?: ReadyDocument;
  readonly after?: readonly string[];
  readonly stop?: { readonly signal?: string; readonly timeout?: string };
  readonly limits?: LimitsDocument;
  readonly log?: LogDocument;
}

/** When a process counts as ready: exactly one condition. */
export interface ReadyDocument {
  readonly tcp?: number;
  readonly http?: string;
  readonly command?: CommandDocument;
  readonly log?: string;
  readonly file?: string;
  readonly timeout?: string;
}

/** An L2 segment. */
export interface BridgeDocument {
  readonly ports: readonly string[];
  readonly subnet?: string;
  readonly stp?: boolean;
  readonly vlan_filtering?: boolean;
  readonly mtu?: number;
}

/** What a link may say beside its ends. */
export interface LinkOptions {
  readonly mtu?: number;
  readonly subnet?: string;
}

/** A link: its two ends, or a mapping with `endpoints`. */
export type LinkDocument = readonly string[] | (LinkOptions & { readonly endpoints: readonly string[] });

/** A check, exactly as the file has it. The schema has passed; `expand/checks.ts` gives it its meaning. */
export interface CheckDocument {
  readonly name?: string;
  readonly within?: string;
  readonly expect?: 'pass' | 'fail';
  readonly after?: OneOrMore<string>;
  readonly points?: number;
  readonly [kind: string]: unknown;
}

/** The entries of a mapping that may be absent. */
export function entries<T>(map: Readonly<Record<string, T>> | null | undefined): [string, T][] {
  return map === null || map === undefined ? [] : Object.entries(map);
}

/** The items of a list that may be absent, with their indexes; those that the schema refused have left holes. */
export function items<T>(list: readonly T[] | null | undefined): readonly [number, T][] {
  if (list === null || list === undefined) return NONE;
  const out: [number, T][] = [];
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (item !== undefined) out.push([i, item]);
  }
  return out;
}

const NONE: readonly never[] = [];

/** A member that a document has itself, never one of Object's. */
export function own<T>(map: Readonly<Record<string, T>> | null | undefined, name: string): T | undefined {
  return map !== null && map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}
