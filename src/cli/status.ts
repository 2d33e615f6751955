/** Running labs, as `ls` and `status` print them. */
import { LIMIT_KEYS, LIMIT_WORDS } from '../model/limits.ts';
import { limitWords } from '../resource/limits.ts';
import type { InterfaceStatus, LabStatus, LimitHits, LabSummary, NodeStatus, ProcessStatus } from '../model/report.ts';
import { count } from '../model/text.ts';
import type { Palette } from './color.ts';
import { age, ageOf } from './duration.ts';
import { shownFile } from './shown-file.ts';
import { table, type Row } from './table.ts';
import { commandLine, cut } from './words.ts';

const COMMAND_WIDTH = 60;

/** What the printing depends on besides the report. */
export interface StatusStyle {
  readonly verbose: boolean;
  readonly paint: Palette;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Files below this folder are named from here. */
  readonly cwd: string;
}

/** Here and now. */
export function statusStyle({ verbose, paint }: Pick<StatusStyle, 'verbose' | 'paint'>): StatusStyle {
  return { verbose, paint, now: Date.now(), cwd: process.cwd() };
}

/** `netlab ls`. */
export function labTable(labs: readonly LabSummary[], { verbose, paint, now, cwd }: StatusStyle): string {
  const rows = labs.map((lab) => [
    lab.lab,
    labState(lab, paint),
    String(lab.nodes),
    String(lab.bridges),
    ageOf(lab.since, now),
    shownFile(lab.file, cwd),
    verbose ? String(lab.keeper ?? '') : '',
  ]);
  return table(['LAB', 'STATE', 'NODES', 'BRIDGES', 'AGE', 'FILE', 'KEEPER'], rows, paint.bold);
}

function labState({ state }: LabSummary, paint: Palette): string {
  return state === 'running' ? paint.green(state) : paint.red(state);
}

/** `netlab status`. */
export function statusText(lab: LabStatus, style: StatusStyle): string {
  const { paint } = style;
  const nodes = lab.members.filter(({ role }) => role === 'node').length;
  const bridges = lab.members.filter(({ role }) => role === 'bridge').length;
  const facts = [
    labState(lab, paint),
    count(nodes, 'node'),
    ...(bridges > 0 ? [count(bridges, 'bridge')] : []),
    `up ${ageOf(lab.since, style.now)}`,
    shownFile(lab.file, style.cwd),
  ];
  if (lab.state === 'dead') {
    return `${paint.bold(lab.lab)}  ${labState(lab, paint)}: its keeper has ended; \`netlab down ${lab.lab}\` removes what is left`;
  }
  const blocks = [`${paint.bold(lab.lab)}  ${facts.join(', ')}`];
  if (lab.members.length > 0) blocks.push(interfaceTable(lab.members, style));
  if (lab.members.some(({ processes }) => processes.length > 0)) blocks.push(processTable(lab.members, style));
  if (lab.members.some(({ limits }) => limits !== null)) blocks.push(limitTable(lab.members, style));
  if (style.verbose && lab.members.length > 0) blocks.push(namespaceTable(lab.members, style));
  return blocks.join('\n\n');
}

function interfaceTable(members: readonly NodeStatus[], { verbose, paint }: StatusStyle): string {
  const rows = members.flatMap(({ name, frozen, joined, interfaces }): Row[] => {
    const telling = interfaces.filter((link) => verbose || !isPlainLoopback(link));
    const shown = telling.length > 0 ? telling : interfaces;
    const word = frozen ? 'frozen' : joined === null ? undefined : `joined ${joined}`;
    const called = word === undefined ? name : `${name} ${paint.cyan(`(${word})`)}`;
    if (shown.length === 0) return [[called]];
    return shown.map((link, position) => [
      position === 0 ? called : '',
      link.name,
      link.type === 'veth' || link.type === 'loopback' ? '' : link.type,
      linkState(link, paint),
      link.addresses.join('\n'),
      link.peer ?? '',
      link.master ?? '',
      ...(verbose ? [String(link.mtu), link.mac ?? '', String(link.index)] : []),
    ]);
  });
  const head = ['NODE', 'INTERFACE', 'TYPE', 'STATE', 'ADDRESSES', 'PEER', 'MASTER', 'MTU', 'MAC', 'INDEX'];
  return table(head, rows, paint.bold);
}

/** Every node has one like it, so it says nothing, unless the node has nothing else. */
function isPlainLoopback({ type, state, addresses }: InterfaceStatus): boolean {
  const own = addresses.filter((address) => address !== '127.0.0.1/8' && address !== '::1/128');
  return type === 'loopback' && state !== 'down' && own.length === 0;
}

function linkState({ state, cut: isCut }: InterfaceStatus, paint: Palette): string {
  if (isCut) return paint.red('cut');
  return { up: paint.green, down: paint.red, 'no-carrier': paint.yellow }[state](state);
}

function processTable(members: readonly NodeStatus[], { verbose, paint }: StatusStyle): string {
  const rows = members.flatMap(({ name, frozen, processes }) =>
    processes.map((process, position) => [
      position === 0 ? name : '',
      process.name,
      process.pid === null ? '' : String(process.pid),
      frozen && process.state === 'running' ? paint.cyan('frozen') : processState(process, paint),
      process.ready === null ? '' : process.ready ? paint.green('yes') : paint.yellow('no'),
      process.restarts === 0 ? '' : String(process.restarts),
      process.uptimeSeconds === null ? '' : age(process.uptimeSeconds),
      verbose ? shownCommand(process) : cut(shownCommand(process), COMMAND_WIDTH),
      hitWords(process.hits, paint),
      verbose ? process.log : '',
    ]),
  );
  return table(
    ['NODE', 'PROCESS', 'PID', 'STATE', 'READY', 'RESTARTS', 'UPTIME', 'COMMAND', 'LIMITS MET', 'LOG'],
    rows,
    paint.bold,
  );
}

/** `1 killed, 3 forks refused, throttled 20 times`. */
function hitWords(hits: LimitHits | null, paint: Palette): string {
  if (hits === null) return '';
  const { oomKills, forksRefused, cpuThrottled } = hits;
  return [
    ...(oomKills > 0 ? [paint.red(`${oomKills} killed for memory`)] : []),
    ...(forksRefused > 0 ? [paint.yellow(`${count(forksRefused, 'fork')} refused`)] : []),
    ...(cpuThrottled > 0 ? [paint.dim(`throttled ${cpuThrottled} times`)] : []),
  ].join(', ');
}

/** The limits of nodes, and how often all that runs there has met them. */
function limitTable(members: readonly NodeStatus[], { paint }: StatusStyle): string {
  const rows = members.flatMap(({ name, limits, hits }): Row[] => {
    if (limits === null) return [];
    const words = LIMIT_KEYS.flatMap((key) => {
      const value = limitWords(key, limits);
      return value === undefined ? [] : [`${LIMIT_WORDS[key]} ${value}`];
    });
    return [[name, words.join(', '), hitWords(hits, paint)]];
  });
  return table(['NODE', 'LIMITS', 'LIMITS MET'], rows, paint.bold);
}

/** A shell string as the file has it, without the shell. */
function shownCommand({ command }: ProcessStatus): string {
  const [shell, option, line, ...more] = command;
  const isString = shell === '/bin/sh' && option === '-c' && line !== undefined && more.length === 0;
  return isString ? line.trim().replaceAll(/\s+/g, ' ') : commandLine(command);
}

/** `running`, `stopped`, `exited 0`, `killed by signal 9`, `restarting (exited 1)`. */
function processState({ state, exitCode, signal }: ProcessStatus, paint: Palette): string {
  if (state === 'running') return paint.green(state);
  if (state === 'stopped') return paint.dim(state);
  if (state === 'restarting') {
    return paint.yellow(`restarting (${signal === null ? `exited ${exitCode ?? '?'}` : `killed by signal ${signal}`})`);
  }
  if (signal !== null && signal !== 0) return paint.red(`killed by signal ${signal}`);
  return exitCode === 0 ? paint.dim('exited 0') : paint.red(`exited ${exitCode ?? '?'}`);
}

function namespaceTable(members: readonly NodeStatus[], { paint }: StatusStyle): string {
  const rows = members.map(({ name, hostname, pid, netns, isolation }) => [
    name,
    hostname,
    pid === null ? '' : String(pid),
    netns,
    isolation.join(' '),
  ]);
  return table(['NODE', 'HOSTNAME', 'PID 1', 'NETWORK NAMESPACE', 'OWN NAMESPACES'], rows, paint.bold);
}
