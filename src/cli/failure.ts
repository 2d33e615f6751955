/** An error → what the person reads, what a program reads, and the exit code. Composed here and printed by main. */
import { getSystemErrorMap } from 'node:util';

import {
  type Aftermath,
  ApplyError,
  HostError,
  ImageError,
  KernelError,
  LabError,
  NetlabError,
  SystemError,
  TopologyError,
  VerifyError,
} from '../errors.ts';
import type { Palette } from './color.ts';
import { placed, problemLines } from './problems.ts';

/** What is known about the command that failed. */
export interface Circumstances {
  /** What the verb's own failures exit with: 1, or 125 where other codes belong to a command. */
  readonly failure: number;
  /** `up [FILE]`, printed below a wrong use. */
  readonly usage: string;
  readonly root: boolean;
  /** NETLAB_DEBUG=1: print where an error came from. */
  readonly debug: boolean;
  readonly verbose: boolean;
  readonly paint: Palette;
}

/** A failure, ready to be printed. */
export interface Failure {
  readonly exitCode: number;
  /** For standard error. */
  readonly text: string;
  /** For standard output with `--json`. */
  readonly json: { readonly error: Readonly<Record<string, unknown>> };
}

/** Composes everything that is said about an error. */
export function failure(error: unknown, circumstances: Circumstances): Failure {
  const lines = [explain(error, circumstances)];
  if (circumstances.verbose) lines.push(...causes(error));
  // Nothing else stops at them.
  if (error instanceof TopologyError && error.problems.every(({ severity }) => severity === 'warning'))
    lines.push('netlab: --strict takes warnings for errors');
  if (!circumstances.root && isForbidden(error) && !(error instanceof LabError))
    lines.push('netlab needs root for this: try it with sudo');
  if (circumstances.debug && error instanceof Error) lines.push(stacks(error));
  return { exitCode: exitCode(error, circumstances.failure), text: lines.join('\n'), json: { error: facts(error) } };
}

/**
 * 130 for an interruption; 2 for bad usage and bad files, else 1. A verb that runs a command of the user's has one code for
 * all failures of its own, because 1 and 2 are the command's there.
 */
export function exitCode(error: unknown, verbFailure = 1): number {
  const code = error instanceof NetlabError ? error.code : undefined;
  if (code === 'ERR_INTERRUPTED') return 130;
  if (verbFailure !== 1) return verbFailure;
  return code === 'ERR_USAGE' || code === 'ERR_TOPOLOGY' ? 2 : 1;
}

function explain(error: unknown, { paint, usage }: Circumstances): string {
  if (error instanceof TopologyError || error instanceof KernelError || error instanceof HostError)
    return problemLines(error.problems, paint);
  if (error instanceof ApplyError) return applyLines(error, paint);
  if (error instanceof ImageError && error.place !== undefined)
    return placed(error.message, (position) => paint.bold(paint.red(position)));
  if (error instanceof SystemError) return `${paint.red('netlab:')} ${error.message}${inWords(error.errno)}`;
  if (error instanceof NetlabError) {
    const text = `${paint.red('netlab:')} ${error.message}`;
    return error.code === 'ERR_USAGE' ? `${text}\nusage: netlab ${usage}` : text;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isEnvironment(error)) return `${paint.red('netlab:')} ${message}`;
  return [
    `${paint.red('netlab: internal error:')} ${message}`,
    'This is a mistake in netlab; please report it, with the output of the same command under NETLAB_DEBUG=1.',
  ].join('\n');
}

/** What an error of the system is in words: `, no such file or directory`. */
function inWords(errno: string): string {
  const [, words] = [...getSystemErrorMap().values()].find(([name]) => name === errno) ?? [];
  return words === undefined ? '' : `, ${words}`;
}

function applyLines(error: ApplyError, paint: Palette): string {
  const text =
    error.place === undefined
      ? `${paint.red('netlab:')} ${error.message}`
      : placed(error.message, (position) => paint.bold(paint.red(position)));
  return `${text}\n${aftermathLines(error)}`;
}

/** What became of the rest. */
export function aftermathLines({ undone, left, restarted }: Aftermath): string {
  const list = left.map((line) => `\n  ${line.replaceAll('\n', '\n  ')}`).join('');
  const anew = restarted.length === 0 ? '' : ` Started again, with new pids: ${restarted.join(', ')}.`;
  switch (undone) {
    case 'nothing':
      return 'Nothing had been changed.';
    case 'all':
      return `Everything that this run had done has been undone.${anew}`;
    case 'kept':
      return 'What this run had done is kept as it is.';
    case 'partly':
      return `Not everything that this run had done could be undone: \`netlab up\` tries again, \`netlab down\` removes the lab.${anew}${list}`;
  }
}

/** The chain of causes below an error, when its message does not hold them already. */
function causes(error: unknown): string[] {
  const lines: string[] = [];
  let told = error instanceof Error ? error.message : '';
  let cause = error instanceof Error ? error.cause : undefined;
  for (; cause instanceof Error; cause = cause.cause) {
    if (!told.includes(cause.message)) lines.push(`  because: ${cause.message}`);
    told = cause.message;
  }
  return lines;
}

function stacks(error: Error): string {
  const stack = error.stack ?? '';
  return error.cause instanceof Error ? `${stack}\ncaused by ${stacks(error.cause)}` : stack;
}

/** The error's own fields, for programs: code and message first, then whatever the class knows. */
function facts(error: unknown): Record<string, unknown> {
  if (!(error instanceof NetlabError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: isEnvironment(error) ? 'ERR_SYSTEM' : 'ERR_INTERNAL', message };
  }
  const { code, message } = error;
  if (error instanceof TopologyError || error instanceof KernelError || error instanceof HostError)
    return { code, message, problems: error.problems };
  if (error instanceof ApplyError) {
    const { change, place, undone, left, restarted, cause } = error;
    return {
      code,
      message,
      change,
      place,
      undone,
      left,
      restarted,
      cause: cause === undefined ? undefined : facts(cause),
    };
  }
  if (error instanceof VerifyError) return { code, message, differences: error.differences };
  const own = Object.entries(error).filter(([key]) => key !== 'name' && key !== 'code' && key !== 'cause');
  return { code, message, ...Object.fromEntries(own) };
}

const FORBIDDEN = new Set(['EPERM', 'EACCES']);
// What the machine says and no change to netlab would mend.
const ENVIRONMENT = new Set([...FORBIDDEN, 'EROFS', 'ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM', 'EDQUOT', 'EIO', 'EAGAIN']);

/** An error of Node's own for a system call, where the reason is the machine. */
function isEnvironment(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ENVIRONMENT.has(String(error.code));
}

/** Whether the permission to do it was missing, anywhere down the chain of causes. */
function isForbidden(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const name = 'errno' in error && typeof error.errno === 'string' ? error.errno : 'code' in error ? error.code : '';
  return FORBIDDEN.has(String(name)) || isForbidden(error.cause);
}
