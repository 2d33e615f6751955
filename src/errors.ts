/**
 * Every error that netlab throws on purpose. One base class with a stable `code`, the facts as fields, the message
 * composed here and nowhere else. docs/errors.md lists the codes; a test keeps that page true.
 */

import type { Place } from './model/place.ts';
import { formatProblem, type Problem } from './model/problem.ts';

export { formatProblem, type Problem };

/** What each code means, in one sentence. The keys are part of the public interface and never change. */
export const ERROR_CODES = {
  ERR_TOPOLOGY: 'The topology file is wrong; every problem in it is listed with its line.',
  ERR_KERNEL: 'The kernel of this machine lacks what the topology asks for; nothing has been touched.',
  ERR_USAGE: 'The command line (or a call to the library) asks for something that does not exist.',
  ERR_NETLINK: 'The kernel refused a netlink request.',
  ERR_SYSTEM: 'A system call failed.',
  ERR_APPLY: 'A change could not be made; what this run had done has been undone.',
  ERR_VERIFY: 'Every change was accepted, yet the kernel is not as the file says.',
  ERR_PROCESS: 'A process could not be started, or did not become ready.',
  ERR_SETUP: 'A command of a `setup` failed.',
  ERR_KEEPER: "The lab's keeper did not do what it was asked.",
  ERR_LAB: 'There is no such lab, or it is not in a state that allows the operation.',
  ERR_IMAGE: 'An image or archive that is to be a root file system cannot be used; nothing of it has been kept.',
  ERR_HOST: 'The host, or what is joined, has or lacks something that the topology cannot go with; nothing is touched.',
  ERR_LIMIT: 'A limit of this machine is too low for the lab.',
  ERR_INTERRUPTED: 'The operation was interrupted, and what it had done has been undone.',
} as const;

/** The stable name of an error, for programs to branch on. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** The base of all errors of netlab: `code` for programs, `message` for people, `cause` where there is one. */
export class NetlabError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The topology is wrong. `problems` holds all of its errors and warnings; nothing has been touched. */
export class TopologyError extends NetlabError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('ERR_TOPOLOGY', problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }

  /** Problems in the order of the file, each once: what `defaults` says wrong is wrong of every node. */
  static of(problems: readonly Problem[]): TopologyError {
    const each = new Map(problems.map((problem) => [formatProblem(problem), problem]));
    return new TopologyError([...each.values()].toSorted((a, b) => a.line - b.line || a.column - b.column));
  }
}

/** The topology is right, and this machine's kernel cannot do it. `problems` holds each line that asks for too much. */
export class KernelError extends NetlabError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('ERR_KERNEL', problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** The topology cannot stand on this host, or in what its nodes join, as that is now. Nothing has been touched. */
export class HostError extends NetlabError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('ERR_HOST', problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** One limit of the machine, as `doctor` tells of it. */
export interface ShortLimit {
  readonly check: string;
  /** What there is, and what the lab takes. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** The machine's limits are too low for a lab. */
export class LimitError extends NetlabError {
  readonly limits: readonly ShortLimit[];

  constructor(message: string, limits: readonly ShortLimit[], options?: ErrorOptions) {
    const lines = limits.flatMap(({ check, found, advice }) => [
      `  ${check}: ${found}`,
      ...(advice === undefined ? [] : [`    ${advice}`]),
    ]);
    super('ERR_LIMIT', [`${message}:`, ...lines].join('\n'), options);
    this.limits = limits;
  }
}

/** Wrong use of the command line or of the library. */
export class UsageError extends NetlabError {
  constructor(message: string) {
    super('ERR_USAGE', message);
  }
}

/** The facts of a refused netlink request. */
export interface NetlinkFailure {
  /** The request's name in the kernel's headers: `RTM_NEWLINK`. */
  readonly request: string;
  /** The errno's name: `EINVAL`. */
  readonly errno: string;
  /** The kernel's own words (extended acknowledgement), when it gave any. */
  readonly detail?: string | undefined;
  /** The attribute that the kernel pointed at: `IFLA_LINKINFO.IFLA_INFO_DATA`. */
  readonly attribute?: string | undefined;
}

/** The kernel refused a netlink request. Knows nothing of topology files. */
export class NetlinkError extends NetlabError implements NetlinkFailure {
  readonly request: string;
  readonly errno: string;
  readonly detail: string | undefined;
  readonly attribute: string | undefined;

  constructor({ request, errno, detail, attribute }: NetlinkFailure) {
    const words = detail === undefined || detail === '' ? errno : `${detail} (${errno})`;
    const at = attribute === undefined || attribute === '' ? '' : ` at ${attribute}`;
    super('ERR_NETLINK', `the kernel refused ${request}: ${words}${at}`);
    this.request = request;
    this.errno = errno;
    this.detail = detail;
    this.attribute = attribute;
  }
}

/** A system call failed: `call`, the errno's name, and what it was about. */
export class SystemError extends NetlabError {
  readonly call: string;
  readonly errno: string;
  readonly subject: string;

  constructor(call: string, errno: string, subject = '') {
    super('ERR_SYSTEM', `${call}${subject === '' ? '' : ` ${subject}`}: ${errno}`);
    this.call = call;
    this.errno = errno;
    this.subject = subject;
  }
}

/** What became of the changes that were made before a failure. */
export interface Aftermath {
  /** `nothing`: none had been made. */
  readonly undone: 'all' | 'kept' | 'partly' | 'nothing';
  /** What could not be undone, in words. */
  readonly left: readonly string[];
  /** Processes (`node/process`) that had been ended and were started again, with new pids. */
  readonly restarted: readonly string[];
}

/** A change could not be made. Names the line of the topology that asked for it. */
export class ApplyError extends NetlabError implements Aftermath {
  /** What was being done, in words: `create address 10.0.0.1/24 on r1:eth0`. */
  readonly change: string;
  /** The line that asked, when it came from a file. */
  readonly place: Place | undefined;
  readonly undone: Aftermath['undone'];
  readonly left: readonly string[];
  readonly restarted: readonly string[];

  constructor(change: string, place: Place | undefined, aftermath: Aftermath | Aftermath['undone'], cause: unknown) {
    const where = place === undefined ? '' : `${formatPlace(place)}\n  `;
    const why = cause instanceof Error ? cause.message : String(cause);
    super('ERR_APPLY', `${where}could not ${change}: ${why}`, { cause });
    this.change = change;
    this.place = place;
    const { undone, left, restarted } =
      typeof aftermath === 'string' ? { undone: aftermath, left: [], restarted: [] } : aftermath;
    this.undone = undone;
    this.left = left;
    this.restarted = restarted;
  }
}

/** `file:line:column  path`, the way every error names a place. */
export function formatPlace(place: Place): string {
  const position = place.line > 0 ? `${place.file}:${place.line}:${place.column}` : place.file;
  return place.path === '' ? position : `${position}  ${place.path}`;
}

/** After all changes were accepted, the kernel still differs from the file. `differences` lists each in words. */
export class VerifyError extends NetlabError {
  readonly differences: readonly string[];
  /** The line that asked for the first of them. */
  readonly place: Place | undefined;

  constructor(differences: readonly string[], place?: Place) {
    super(
      'ERR_VERIFY',
      `the kernel is not as the topology says:\n${differences.map((line) => `  ${line}`).join('\n')}`,
    );
    this.differences = differences;
    this.place = place;
  }
}

/** A process could not be started, ended too soon, or did not become ready. */
export class ProcessError extends NetlabError {
  /** `node/process`. */
  readonly process: string;
  /** The last lines that it printed, oldest first. */
  readonly output: readonly string[];

  constructor(process: string, message: string, output: readonly string[] = []) {
    const tail = output.length === 0 ? '' : `\n  it printed:\n${output.map((line) => `    ${line}`).join('\n')}`;
    super('ERR_PROCESS', `process ${process} ${message}${tail}`);
    this.process = process;
    this.output = output;
  }
}

/** A command of a node's `setup` failed. */
export class SetupError extends NetlabError {
  /** As the file has it. */
  readonly command: string;
  /** The last lines that it printed, oldest first. */
  readonly output: readonly string[];

  constructor(command: string, outcome: string, output: readonly string[]) {
    const tail = output.length === 0 ? '' : `\n  it printed:\n${output.map((line) => `    ${line}`).join('\n')}`;
    super('ERR_SETUP', `the command ${JSON.stringify(command)} ${outcome}${tail}`);
    this.command = command;
    this.output = output;
  }
}

/** The keeper or a node's PID 1 refused an operation: which one, on what, and the errno's name. */
export class KeeperError extends NetlabError {
  readonly operation: string;
  readonly subject: string;
  readonly errno: string;
  /** Whose PID 1 could not start for this. */
  readonly node?: string;

  constructor(operation: string, subject: string, errno: string, node?: string) {
    super('ERR_KEEPER', `${operation}${subject === '' ? '' : ` ${subject}`}: ${errno}`);
    this.operation = operation;
    this.subject = subject;
    this.errno = errno;
    if (node !== undefined) this.node = node;
  }
}

/** No such lab, no such node, or the lab's state does not allow the operation. */
export class LabError extends NetlabError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_LAB', message, options);
  }
}

/** An image or archive cannot be the root of a node: it is missing, damaged, hostile, or not for this machine. */
export class ImageError extends NetlabError {
  /** What is wrong with it. */
  readonly problem: string;
  /** The line that names it, when it came from a file. */
  readonly place: Place | undefined;

  constructor(problem: string, place?: Place, options?: ErrorOptions) {
    super('ERR_IMAGE', place === undefined ? problem : `${formatPlace(place)}\n  ${problem}`, options);
    this.problem = problem;
    this.place = place;
  }
}

/** Ctrl-C (or an aborted signal) in the middle of `up`. */
export class InterruptedError extends NetlabError {
  /** What became of what had been done; undefined when nothing had been begun. */
  readonly aftermath: Aftermath | undefined;

  constructor(message = 'interrupted', aftermath?: Aftermath) {
    super('ERR_INTERRUPTED', message);
    this.aftermath = aftermath;
  }
}
