/** What is left of a startup → `setup`, and processes that begin one after the other. */
import { basename } from 'node:path';

import { shellWord } from '../../resource/shell.ts';
import type { Origin } from '../draft.ts';
import type { Network } from '../network/network.ts';
import type { NodeFiles, ProcessDraft } from '../services/service.ts';
import { canonicalService, startService } from '../services/services.ts';
import type { Command } from './commands.ts';
import { isShellOnly, mayLast, needsBash } from './programs.ts';

/** A line that is run (one of packet filters, or one of which nobody knows what it does), a service, or a program that goes on. */
export type Step =
  | { readonly kind: 'kept'; readonly text: string; readonly origin: Origin; readonly does?: 'filter' | 'anything' }
  | { readonly kind: 'service'; readonly name: string; readonly origin: Origin }
  | { readonly kind: 'background'; readonly command: Command; readonly origin: Origin };

/** What the node has besides its scripts. */
export interface StageOptions {
  /** Commands before all others, which must succeed. */
  readonly before?: readonly string[];
  /** Variables that scripts and services are given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly files: NodeFiles;
}

/**
 * Lines before the first program that goes on are `setup`; those behind one are a process `startup`, which begins when what stands before
 * is ready, and which what stands behind it waits for.
 */
export function fillStages(
  network: Network,
  steps: readonly Step[],
  { before = [], env = {}, files }: StageOptions,
): void {
  const { node, draft } = network;
  const setup: unknown[] = [...before];
  const processes: Record<string, ProcessDraft> = {};
  const kept: string[] = [];
  /** What has to be ready before the next one begins. */
  let waits: string[] = [];
  let scripts = 0;
  const started = (): boolean => Object.keys(processes).length > 0;
  const flush = (isLast: boolean): void => {
    if (kept.every(isShellOnly)) return;
    const text = kept.splice(0).join('\n');
    // What may never end, or take its time, is no part of `up`: there, too, the device is up while its startup runs.
    if (!started() && !(isLast && mayLast(text))) {
      setup.push(setupCommand(text, env));
      return;
    }
    const before = Object.keys(processes).filter(
      (other) => waits.length === 0 || waits.includes(other) || !other.startsWith('startup'),
    );
    const name = `startup${++scripts === 1 ? '' : `-${scripts}`}`;
    const mark = `/tmp/${name}.done`;
    const body = isLast ? `${text}\ntrue\n` : `${text}\n: > ${mark}\n`;
    processes[name] = {
      command: needsBash(text) ? ['bash', '-c', body] : body,
      ...(before.length === 0 ? {} : { after: before }),
      ...(isLast ? {} : { ready: { file: mark, timeout: '120s' } }),
      ...withEnv(env),
    };
    waits = [name];
  };
  for (const step of withoutRestarts(steps)) {
    if (step.kind === 'kept') {
      kept.push(step.text);
      continue;
    }
    flush(false);
    const made = step.kind === 'background' ? background(step.command, processes) : startService(step.name, files);
    if (made === undefined) {
      if (step.kind === 'service')
        draft.leave(
          step.origin,
          `the service ${step.name} is not known: add a process with its command in the foreground`,
        );
      continue;
    }
    for (const { message, origin } of made.notes ?? []) draft.leave(origin ?? step.origin, message);
    for (const command of made.setup ?? []) if (!setup.includes(command)) setup.push(command);
    for (const [name, process] of Object.entries(made.processes)) {
      const after = [...waits, ...(process.after ?? [])];
      processes[name] = { ...process, ...(after.length === 0 ? {} : { after }), ...withEnv(env) };
      draft.from(['nodes', network.name, 'processes', name], step.origin);
    }
  }
  flush(true);
  if (setup.length > 0) node.setup = setup as NonNullable<typeof node.setup>;
  if (started()) node.processes = { ...node.processes, ...processes };
}

/** Lines that talk to a service that runs. */
const TALKS = /\b(?:vtysh|rndc|mysql|mariadb|psql|birdc|ldapadd|swanctl)\b/;

/**
 * Each service once. What was written for its second start counts, unless lines between talk to the first: then that one stays, and has been told
 * by them what the second would read.
 */
function withoutRestarts(steps: readonly Step[]): Step[] {
  const again = new Set<Step>();
  const seen = new Map<string, { readonly step: Step; readonly at: number }>();
  for (const [at, step] of steps.entries()) {
    if (step.kind !== 'service') continue;
    const name = canonicalService(step.name);
    const first = seen.get(name);
    const talks = steps.slice(first?.at ?? at, at).some((each) => each.kind === 'kept' && TALKS.test(each.text));
    if (first !== undefined) again.add(talks ? step : first.step);
    if (!talks) seen.set(name, { step, at });
  }
  return steps.filter((step) => !again.has(step));
}

function withEnv(env: Readonly<Record<string, string>>): { env?: Record<string, string> } {
  return Object.keys(env).length === 0 ? {} : { env: { ...env } };
}

/** Lines of a startup as one command. A line that fails there is no failure of the node, and those behind it are run. */
function setupCommand(script: string, env: Readonly<Record<string, string>>): string | string[] {
  // Where the script itself may end in the middle, that is its end there, too.
  const text = /(?:^|\n)\s*(?:set\s+-\w*e|set\s+-o\s+errexit)|\bexit\b/.test(script)
    ? `trap 'exit 0' EXIT\n${script}`
    : script;
  const variables = Object.entries(env).map(([key, value]) => `export ${key}=${shellWord(value)}\n`);
  if (needsBash(text)) return ['bash', '-c', `${variables.join('')}${text}\ntrue\n`];
  return variables.length === 0 && !text.includes('\n') ? `${text} || true` : `${variables.join('')}${text}\ntrue\n`;
}

/** `python3 -m http.server 80 &` */
function background(
  { words, text }: Command,
  taken: object,
): { processes: Record<string, ProcessDraft>; setup?: string[]; notes?: [] } {
  const base = basename(words[0] === 'nohup' ? (words[1] ?? 'program') : (words[0] ?? 'program'))
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  const stem = base === '' ? 'program' : base;
  let name = stem;
  for (let i = 2; Object.hasOwn(taken, name); i++) name = `${stem}-${i}`;
  return { processes: { [name]: { command: `exec ${text.replace(/^nohup\s+/, '')}` } } };
}
