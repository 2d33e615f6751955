/** What must be true of a running lab, after expansion: defaults filled in, units read, names looked up. */
import type { Place } from './place.ts';

/** Whom a check asks: the word of the file, and the address that the file gives it. */
export interface Target {
  readonly word: string;
  /** Undefined: the file gives it none, so it is looked for in the running lab. */
  readonly address?: string;
}

/** What each kind of check says. Times are in milliseconds. */
export interface Claims {
  /** `count` ICMP echoes are answered, all of them. */
  readonly ping: { readonly from: string; readonly to: Target; readonly count: number };
  /** A TCP connection is accepted. */
  readonly tcp: { readonly from: string; readonly to: Target; readonly port: number };
  /** An HTTP request is answered; any status below 400 will do unless one is said. */
  readonly http: {
    readonly from: string;
    readonly url: string;
    readonly to: Target;
    readonly status?: number;
    readonly body?: string;
  };
  /** A command ends so. */
  readonly exec: {
    readonly on: string;
    readonly command: readonly string[];
    readonly exit: number;
    readonly stdout?: string;
    readonly stderr?: string;
  };
  /** A unicast route to exactly this network stands in the table `main`. */
  readonly route: { readonly on: string; readonly to: string; readonly via?: string; readonly dev?: string };
  /** Each of these reaches each of those; nobody is asked for himself. */
  readonly reach: { readonly from: readonly string[]; readonly to: readonly Target[] };
  /** Packets pass through exactly these nodes, in this order. */
  readonly path: { readonly from: string; readonly to: Target; readonly via: readonly string[] };
  /** The shortest of some round trips takes this long. */
  readonly rtt: { readonly from: string; readonly to: Target; readonly min?: number; readonly max?: number };
  /** A name server answers with this code, and with these records among others. */
  readonly dns: {
    readonly from: string;
    readonly server: Target;
    readonly name: string;
    readonly type: 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SOA' | 'SRV' | 'TXT';
    readonly answer: readonly string[];
    readonly rcode: string;
  };
  /** The largest packet that gets through, in bytes with its IP header. */
  readonly mtu: { readonly from: string; readonly to: Target; readonly min?: number; readonly max?: number };
  /** Bits per second that arrive. */
  readonly throughput: {
    readonly from: string;
    readonly to: Target;
    readonly proto: 'tcp' | 'udp';
    /** How long to send. */
    readonly timeMs: number;
    readonly rate?: number;
    readonly min?: number;
    readonly max?: number;
  };
  /** An entry of the neighbour table. */
  readonly neighbor: { readonly on: string; readonly to: string; readonly mac?: string; readonly dev?: string };
  /** An entry of a forwarding table. */
  readonly fdb: { readonly on: string; readonly mac: string; readonly dev?: string; readonly dst?: string };
  /** So many packets have met rules with a counter. */
  readonly nft: {
    readonly on: string;
    /** With its family: `inet netlab`. */
    readonly table: string;
    readonly chain?: string;
    readonly comment?: string;
    readonly min: number;
    readonly max?: number;
  };
  /** A line of a process's log. */
  readonly log: { readonly on: string; readonly process: string; readonly match: string };
  /** A packet on an interface. */
  readonly pcap: {
    readonly on: string;
    readonly link: string;
    readonly filter: string;
    /** The names of checks while which it is looked for. */
    readonly during: readonly string[];
  };
  /** One thing after the other, and what is done at the end. */
  readonly steps: { readonly steps: readonly Step[]; readonly mend: readonly Step[] };
}

/** One step: something that is done to the lab, or a check. */
export type Step =
  | { readonly action: 'link_down' | 'link_up'; readonly ends: readonly string[] }
  | { readonly action: 'stop' | 'start'; readonly processes: readonly string[] }
  | { readonly action: 'check'; readonly check: Check };

/** `link_down r1:eth0`, or the name of a check. */
export function stepWords(step: Step): string {
  if (step.action === 'check') return step.check.name;
  return `${step.action} ${('ends' in step ? step.ends : step.processes).join(', ')}`;
}

/** The kinds of check. */
export type ClaimKind = keyof Claims;

/** What one check says. */
export type Claim<K extends ClaimKind = ClaimKind> = { [Each in K]: Claims[Each] & { readonly kind: Each } }[K];

/** One check. */
export interface Check {
  /** As the file has it, else made from what it says. */
  readonly name: string;
  readonly at: Place;
  readonly claim: Claim;
  readonly expect: 'pass' | 'fail';
  /** How long to wait for it to hold (or, when it must not, to see that it does not). */
  readonly withinMs: number;
  /** The names of checks that come first. */
  readonly after: readonly string[];
  /** What it counts in a grading. */
  readonly points: number;
  /** Why it cannot be tried in this lab, which lacks something that it names. */
  readonly broken?: string;
}

/** What became of one check. */
export interface CheckResult {
  readonly name: string;
  readonly kind: ClaimKind;
  readonly at: Place;
  readonly expect: 'pass' | 'fail';
  readonly passed: boolean;
  /** What was seen, in words: of a check that failed why, of another how. */
  readonly saw: string;
  readonly tries: number;
  readonly milliseconds: number;
  readonly points: number;
  /** What a person needs to find the fault: routes, neighbours and logs of the nodes involved. Of failed checks alone. */
  readonly diagnosis?: readonly NodeDiagnosis[];
}

/** One node of those that a failed check was about, as it stood then. */
export interface NodeDiagnosis {
  readonly node: string;
  /** As `ip route` and `ip neighbour` say it. */
  readonly routes: readonly string[];
  readonly neighbours: readonly string[];
  /** The last lines of each process, by its name. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
}

/** What became of the checks of one lab. */
export interface LabResult {
  readonly lab: string;
  readonly file: string;
  /** `skipped`: this machine lacks what the lab needs; `broken`: the file is wrong, and nothing was done. */
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'broken';
  /** Why it was skipped, is broken, or did not come up. */
  readonly reason?: string;
  readonly milliseconds: number;
  readonly checks: readonly CheckResult[];
}
