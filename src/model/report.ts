/** What the verbs report, as plain values: `--json` prints exactly these, and the library returns them. */
import type { Problem } from '../errors.ts';
import type { Limits } from './limits.ts';
import type { Place } from './place.ts';
import type { Isolation, LinkType, ResourceKind } from './resource.ts';

/** One property that is not as wanted, in the words of the file. Undefined: not there. */
export interface Difference {
  readonly field: string;
  readonly from?: string;
  readonly to?: string;
}

export type Action = 'create' | 'update' | 'replace' | 'remove';

/** One change that `up` would make, or has made. */
export interface PlannedChange {
  readonly action: Action;
  readonly kind: ResourceKind;
  readonly node: string;
  /** The thing in words: `address 10.0.0.1/24 on r1:eth0`. */
  readonly what: string;
  /** Why, in words: `the file has it, the kernel doesn't`. */
  readonly reason: string;
  /** For `update` and `replace`. */
  readonly differences: readonly Difference[];
  /** Who else is disturbed by it: `r2:eth0 goes with it; addresses and routes of both are put back`. */
  readonly disturbs?: string;
  /** The line that asks for it. A removal has none. */
  readonly at?: Place;
}

/** What `plan` prints. */
export interface PlanReport {
  readonly lab: string;
  readonly file: string;
  /** False when the lab does not exist yet. */
  readonly running: boolean;
  readonly changes: readonly PlannedChange[];
  /** What stands in the lab's namespaces and was made by somebody else, in words. It stays. */
  readonly unmanaged: readonly string[];
  /** What in the file is suspicious, but allowed. */
  readonly warnings: readonly Problem[];
  /** With `explain`: the changes as a script for sh. */
  readonly script?: string;
}

/** What `up` prints when it is done. */
export interface UpReport {
  readonly lab: string;
  readonly file: string;
  /** True when the lab did not exist before. */
  readonly created: boolean;
  readonly changes: readonly PlannedChange[];
  readonly unmanaged: readonly string[];
  /** What in the file is suspicious, but allowed. */
  readonly warnings: readonly Problem[];
  readonly nodes: number;
  readonly bridges: number;
  readonly links: number;
  readonly processes: number;
  readonly milliseconds: number;
}

/** Where a long operation stands. */
export interface Progress {
  /** In words: `creating links`. */
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

/** One line of `netlab ls`. */
export interface LabSummary {
  readonly lab: string;
  /** `dead`: its keeper has ended (killed, reboot), and `down` removes what is left of it. */
  readonly state: 'running' | 'dead';
  readonly keeper: number | null;
  readonly file: string;
  readonly nodes: number;
  readonly bridges: number;
  /** ISO 8601. */
  readonly since: string;
}

export interface InterfaceStatus {
  readonly name: string;
  readonly index: number;
  readonly type: LinkType;
  /** `no-carrier`: set up, but the far end is down. */
  readonly state: 'up' | 'down' | 'no-carrier';
  /** It was set down by `netlab link down`, and has not been mended. */
  readonly cut: boolean;
  readonly mac: string | null;
  readonly mtu: number;
  readonly master: string | null;
  /** The other end, as `node:link`. */
  readonly peer: string | null;
  readonly addresses: readonly string[];
}

/** The number of each namespace by its kind, as lsns(8) shows them. */
export type NamespaceNumbers = Readonly<Partial<Record<Isolation, number>>>;

/** How often bounds were met since the node, or the process, has them. */
export interface LimitHits {
  /** Processes that were killed because there was no more memory for them. */
  readonly oomKills: number;
  /** Forks that were refused because there were too many processes. */
  readonly forksRefused: number;
  /** Tenths of a second in which the CPU time was used up before their end. */
  readonly cpuThrottled: number;
}

export interface ProcessStatus {
  readonly name: string;
  /** As the caller's pid namespace numbers it; null when it does not run. */
  readonly pid: number | null;
  /** `restarting`: it has ended and waits to be started again. `stopped`: it was asked to end. */
  readonly state: 'running' | 'restarting' | 'stopped' | 'exited';
  /** Whether its `ready` holds now; null when it has none or does not run. */
  readonly ready: boolean | null;
  /** How often it was started again by itself. */
  readonly restarts: number;
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly started: string;
  readonly uptimeSeconds: number | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly log: string;
  /** Null where neither it nor its node has limits. */
  readonly hits: LimitHits | null;
  /** When asked for, and while it runs. */
  readonly namespaces?: NamespaceNumbers;
}

/** What `start`, `stop` or `restart` did with a process. */
export interface ProcessChange {
  readonly node: string;
  readonly process: string;
  /** `none`: it ran already, or did not run, as was wanted. */
  readonly did: 'started' | 'stopped' | 'restarted' | 'none';
}

/** What `freeze` or `thaw` did with a node. */
export interface NodeChange {
  readonly node: string;
  /** `none`: it was frozen already, or was not, as was wanted. */
  readonly did: 'frozen' | 'thawed' | 'none';
}

/** What `link up`, `link down` or `link reset` did with one end of a link. */
export interface LinkChange {
  readonly node: string;
  /** The interface's name. */
  readonly link: string;
  /** `none`: it was so already; for `reset`, it had not been turned by `netlab link`. */
  readonly did: 'cut' | 'raised' | 'reset' | 'none';
}

export interface NodeStatus {
  readonly name: string;
  /** `host` is this machine itself, of which only the lab's part is told. */
  readonly role: 'node' | 'bridge' | 'host';
  readonly hostname: string;
  /** `/run/netns/LAB.NODE` */
  readonly netns: string;
  readonly isolation: readonly Isolation[];
  /** What it has joined, in words: `pid 1234`, `/run/netns/x`, `pid 1234, which has gone`; null for a node of the lab's own. */
  readonly joined: string | null;
  /** The node's PID 1 as the caller numbers it; null until the node first needs one. */
  readonly pid: number | null;
  /** Its processes stand still: `netlab freeze`. */
  readonly frozen: boolean;
  /** What all of its processes may use together; null without limits. */
  readonly limits: Limits | null;
  readonly hits: LimitHits | null;
  readonly interfaces: readonly InterfaceStatus[];
  readonly processes: readonly ProcessStatus[];
  /** When asked for: those of its PID 1; until there is one, of its network alone. */
  readonly namespaces?: NamespaceNumbers;
}

/** What `status` prints. */
export interface LabStatus extends LabSummary {
  readonly members: readonly NodeStatus[];
}

/** One thing that `doctor` looked at. */
export interface Finding {
  readonly check: string;
  /** `missing`: labs cannot run without it (or not this one); `absent`: some topologies want it. */
  readonly state: 'ok' | 'absent' | 'missing';
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** What a dead lab has left. */
export interface Leftover {
  /** Null: of no lab that could still be told. */
  readonly lab: string | null;
  /** It runs, and the program with which it was to end has ended without it. */
  readonly running?: true;
  readonly what: readonly string[];
  readonly removed: boolean;
}

/** What `doctor` prints. */
export interface DoctorReport {
  /** Whether labs can run here. */
  readonly able: boolean;
  readonly findings: readonly Finding[];
  readonly leftovers: readonly Leftover[];
}

/** An echo request that was answered. */
export interface PingReply {
  /** From 1. */
  readonly seq: number;
  /** Milliseconds from the request to the answer. */
  readonly ms: number;
  /** What was left of its time to live. */
  readonly ttl: number;
  readonly from: string;
  /** With the ICMP header. */
  readonly bytes: number;
  /** Not the first answer to that request. */
  readonly duplicate: boolean;
}

/** What `ping A B` prints. */
export interface PingReport {
  readonly lab: string;
  /** The node that asks. */
  readonly from: string;
  /** As it was given: a node, node:interface, or an address. */
  readonly to: string;
  readonly address: string;
  /** True when one request was answered. */
  readonly ok: boolean;
  /** Why not, in a few words. */
  readonly why: string;
  readonly sent: number;
  readonly received: number;
  /** How long all of it took, in milliseconds. */
  readonly ms: number;
  readonly replies: readonly PingReply[];
  readonly refusals: readonly { readonly seq: number; readonly from: string; readonly what: string }[];
  /** Of the answers, in milliseconds; null without any. mdev: their standard deviation. */
  readonly rtt: { readonly min: number; readonly avg: number; readonly max: number; readonly mdev: number } | null;
}

/** What `ping --arp A B` prints. */
export interface ArpReport {
  readonly lab: string;
  /** The node that asks. */
  readonly from: string;
  /** As it was given: a node, node:interface, or an address. */
  readonly to: string;
  readonly address: string;
  /** The interface of the node that asks on whose link it was asked; empty when it was not. */
  readonly link: string;
  /** True when just one has the address. */
  readonly ok: boolean;
  /** Why not, in a few words. */
  readonly why: string;
  /** How long all of it took, in milliseconds: all answers are waited for. */
  readonly ms: number;
  /** The link-layer addresses that answered, in their order, and whose they are, as far as they are of the lab: `web:eth0`. */
  readonly answers: readonly { readonly mac: string; readonly interfaces: readonly string[] }[];
}

/** One pair of `pingall`. */
export interface PingallPair {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly ok: boolean;
  /** Milliseconds from the request to the answer, or until nobody waited any more. */
  readonly ms: number;
  readonly why: string;
}

/** What `pingall` prints. */
export interface PingallReport {
  readonly lab: string;
  /** Those that asked and were asked, in the order of the file. */
  readonly nodes: readonly string[];
  /** Nodes without an address, which can neither ask nor be asked. */
  readonly silent: readonly string[];
  readonly pairs: readonly PingallPair[];
  readonly answered: number;
  readonly failed: number;
  /** How long all of it took, in milliseconds. */
  readonly ms: number;
}
