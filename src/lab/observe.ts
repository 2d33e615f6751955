/** All that is known of a running lab, as resources. */
import { createHash } from 'node:crypto';

import { KeeperError } from '../errors.ts';
import { HOST } from '../model/host.ts';
import { splitProcess } from '../model/process.ts';
import type { Namespace, Process, Resource, Setup } from '../model/resource.ts';
import { realPaths } from '../process/mounts.ts';
import type { NodeInit, Told } from '../process/node-init.ts';
import { namespaceRecords } from '../process/program-namespaces.ts';
import type { ProgramStatus } from '../process/program.ts';
import type { Change } from '../reconcile/diff.ts';
import { either, keysOf } from '../reconcile/keys.ts';
import { type Network, observeNetwork, type Scope } from '../reconcile/observe.ts';
import type { LabRecord, ProcessRecord } from '../state/record.ts';
import { readTurned } from '../state/turned.ts';
import { Bounds } from './bounds.ts';
import { observeFiles } from './files.ts';
import { type Inside, lookInside, withInside } from './inside.ts';
import type { Session } from './session.ts';
import { withTurned } from './turned.ts';

/** A program as its PID 1 tells of it, and the node that it is in. */
export interface FoundProgram {
  readonly node: string;
  readonly program: ProgramStatus;
}

export interface ObservedLab extends Network {
  readonly programs: readonly FoundProgram[];
  /** The nodes in which a PID 1 runs. */
  readonly inits: readonly string[];
}

/** What is seen of a lab that does not run, or has just begun. */
export const NOTHING: ObservedLab = {
  resources: [],
  ours: new Set(),
  devices: new Map(),
  others: new Map(),
  late: new Map(),
  programs: [],
  inits: [],
};

/** Dumps all namespaces of a lab, and asks for its files and processes. `wanted` names settings to look at besides those of the record. */
export function observeLab(session: Session, record: LabRecord | undefined, wanted: readonly Resource[]): ObservedLab {
  const { programs, inside } = askInits(session);
  const nodes = [...session.namespaces.names(), ...(session.foreign.has(HOST) ? [HOST] : [])];
  const network = observeMembers(session, record, wanted, { nodes }, inside);
  const own = [
    ...observeFiles(session, record, inside),
    ...observeSetups(session, record),
    ...readProcesses(session, programs, record),
  ];
  const ours = either(network.ours, keysOf(own));
  return { ...network, ours, resources: [...network.resources, ...own], programs, inits: [...inside.keys()] };
}

/** The namespaces of some nodes, and what stands in them. `inside`: those of which it is known what their processes see. */
export function observeMembers(
  session: Session,
  record: LabRecord | undefined,
  wanted: readonly Resource[],
  scope: Scope,
  inside: ReadonlyMap<string, Inside> = new Map(),
): Network {
  const unmarked = new Set(record?.unmarked);
  const nodes = scope.nodes.filter((node) => node !== HOST);
  const own = nodes.filter((node) => !session.foreign.has(node));
  const foreign = scope.nodes.filter((node) => session.foreign.has(node)).map((node) => session.foreign.scope(node));
  const keys = sysctlKeys(wanted, unmarked);
  const network = observeNetwork(session.namespaces, { ...scope, nodes: own }, keys, unmarked, foreign);
  const bounds = new Bounds(session.lab);
  const common = { keeper: session.keeper.pid, mounts: () => session.mounts(), resolve: realPaths() };
  const members = nodes.map((node): Namespace => {
    const { unsettled, join, ...settled } = record?.nodes[node] ?? unknownNode(node);
    const identity = session.foreign.identity(node);
    const known = unsettled === true ? { ...settled, isolation: [] } : settled;
    const misnamed = scope.fresh?.has(node) === true ? undefined : session.misnamed(node);
    const told: Namespace = {
      kind: 'namespace',
      node,
      ...known,
      ...(identity === undefined ? {} : { join: { ...join, identity } }),
      ...(misnamed === undefined ? {} : { misnamed }),
    };
    const member = bounds.ofNode(told);
    const within = inside.get(node);
    return within === undefined ? member : withInside(member, within, common);
  });
  const ours = either(network.ours, keysOf(members));
  const links = withTurned(network.resources, readTurned(session.lab, session.keeper.pid));
  return { ...network, ours, resources: [...members, ...links] };
}

/** A setup that was run in a namespace that is no more was run for nothing. */
function observeSetups(session: Session, record: LabRecord | undefined): Setup[] {
  return Object.entries(record?.setups ?? {})
    .filter(([node]) => session.namespaces.has(node))
    .map(([node, commands]) => ({ kind: 'setup', node, commands }));
}

/** A node of which the state folder says nothing: its namespace was made, and its name was not yet written down. */
function unknownNode(node: string): LabRecord['nodes'][string] {
  return { role: 'node', hostname: node, isolation: ['net', 'uts', 'mnt', 'pid', 'ipc'] };
}

function sysctlKeys(wanted: readonly Resource[], unmarked: ReadonlySet<string>): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  const add = (node: string, key: string): void => {
    const own = keys.get(node);
    if (own === undefined) keys.set(node, new Set([key]));
    else own.add(key);
  };
  for (const resource of wanted) if (resource.kind === 'sysctl') add(resource.node, resource.key);
  for (const mark of unmarked) {
    const [kind, node, key] = mark.split(' ');
    if (kind === 'sysctl' && node !== undefined && key !== undefined) add(node, key);
  }
  return keys;
}

/** What PID 1s tell. */
interface InitAnswers {
  readonly programs: FoundProgram[];
  /** Of the nodes that have a PID 1. */
  readonly inside: ReadonlyMap<string, Inside>;
}

/** The programs of all nodes, or of `only` these: those of PID 1s, and those that the keeper runs for nodes without one. */
export function findPrograms(session: Pick<Session, 'keeper' | 'init'>, only?: ReadonlySet<string>): FoundProgram[] {
  return ask(session, only).programs;
}

/** The same, and what the nodes' processes see around them. */
export function askInits(session: Pick<Session, 'keeper' | 'init'>, only?: ReadonlySet<string>): InitAnswers {
  const inside = new Map<string, Inside>();
  const { programs } = ask(session, only, (node, init, told) => {
    const own = lookInside(init, told);
    if (own !== undefined) inside.set(node, own);
  });
  return { programs, inside };
}

/** What the processes of those nodes see now whose surroundings were changed under them. */
export function furnished(session: Session, changes: readonly Change[]): InitAnswers['inside'] | undefined {
  const nodes = changes.flatMap(({ action, wanted }) =>
    action === 'update' && wanted?.kind === 'namespace' ? [wanted.node] : [],
  );
  return nodes.length === 0 ? undefined : askInits(session, new Set(nodes)).inside;
}

function ask(
  session: Pick<Session, 'keeper' | 'init'>,
  only: ReadonlySet<string> | undefined,
  onInit?: (node: string, init: NodeInit, told: Told) => void,
): Pick<InitAnswers, 'programs'> {
  const asked = (node: string): boolean => only === undefined || only.has(node);
  const { nodes, programs } = session.keeper.list();
  const found = programs.map((program): FoundProgram => {
    const { node, process: name = '' } = splitProcess(program.name);
    return { node, program: { ...program, name } };
  });
  for (const { name: node } of nodes) {
    if (!asked(node)) continue;
    tellOf(session, node, (init, told) => {
      found.push(...told.programs.map((program) => ({ node, program })));
      onInit?.(node, init, told);
    });
  }
  return { programs: found.filter(({ node }) => asked(node)) };
}

/** How often a PID 1 that hangs up is asked before that counts as a failure. */
const ASKED = 3;

/** Hands on what a node's PID 1 tells, if there is one. One that ends while it is asked hangs up, and is not there any more when it is asked again. */
function tellOf(session: Pick<Session, 'init'>, node: string, use: (init: NodeInit, told: Told) => void): void {
  for (let times = 1; ; times++) {
    const init = session.init(node);
    if (init === undefined) return;
    try {
      use(init, init.tell());
      return;
    } catch (error) {
      const hungUp = error instanceof KeeperError && (error.errno === 'ECONNRESET' || error.errno === 'EPIPE');
      if (!hungUp || times === ASKED) throw error;
    } finally {
      init.close();
    }
  }
}

/** Programs as the processes that the last `up` started, with the bounds that they have now. */
export function readProcesses(
  session: Pick<Session, 'lab'>,
  programs: readonly FoundProgram[],
  record: LabRecord | undefined,
): Process[] {
  if (programs.length === 0) return [];
  const bounds = new Bounds(session.lab);
  return programs.map((found) => bounds.ofProcess(readProcess(found, record)));
}

function readProcess({ node, program }: FoundProgram, record: LabRecord | undefined): Process {
  const known = record?.processes[`${node}/${program.name}`];
  const what = stateOf(program);
  const state = what === undefined ? {} : { state: what };
  const said: ProcessRecord =
    known === undefined || digest(known) !== program.digest
      ? {
          command: ['(unknown)'],
          env: {},
          restart: program.policy,
          stop: { signal: 'TERM', timeoutMs: 2_000 },
          after: [],
        }
      : known;
  return { ...said, kind: 'process', node, name: program.name, restart: program.policy, ...state };
}

/** One that ended well has done what it was for; of others it is said what they are at. */
function stateOf({ state, exitCode, signal }: ProgramStatus): string | undefined {
  if (state === 'stopped') return 'stopped';
  if (state !== 'exited' || (exitCode === 0 && signal === 0)) return undefined;
  return signal === 0 ? `ended with ${exitCode}` : `killed by signal ${signal}`;
}

/** What its PID 1 remembers of how a process was started. */
export function digest(said: ProcessRecord): string {
  const { command, env, cwd, user, confinement } = said;
  return createHash('sha256')
    .update(
      JSON.stringify([
        command,
        Object.keys(env)
          .toSorted()
          .map((name) => [name, env[name]]),
        cwd ?? null,
        user ?? null,
        ...(confinement === undefined ? [] : [confinement]),
        ...namespaceRecords(said),
        ...(said.ids === undefined ? [] : [said.ids]),
      ]),
    )
    .digest('hex')
    .slice(0, 32);
}
