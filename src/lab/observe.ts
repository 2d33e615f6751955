/** All that is known of a running lab, as resources. */
import { createHash } from 'node:crypto';

import { HOST } from '../model/host.ts';
import type { Namespace, Process, Resource } from '../model/resource.ts';
import type { ProgramStatus } from '../process/program.ts';
import { type Network, observeNetwork, type Scope } from '../reconcile/observe.ts';
import { keyOf } from '../resource/index.ts';
import type { LabRecord, ProcessRecord } from '../state/record.ts';
import type { Session } from './session.ts';

/** A program as its PID 1 tells of it, and the node that it is in. */
export interface FoundProgram {
  readonly node: string;
  readonly program: ProgramStatus;
}

export interface ObservedLab extends Network {
  readonly programs: readonly FoundProgram[];
}

/** Dumps all namespaces of a lab, and asks for its processes. `wanted` names settings to look at besides those of the record. */
export function observeLab(session: Session, record: LabRecord | undefined, wanted: readonly Resource[]): ObservedLab {
  const network = observeMembers(session, record, wanted, {
    nodes: [...session.namespaces.names(), ...(session.hostScope === undefined ? [] : [HOST])],
  });
  const programs = findPrograms(session);
  const processes = programs.filter(isThere).map((found) => readProcess(found, record));
  const ours = new Set([...network.ours, ...processes.map(keyOf)]);
  return { ...network, ours, resources: [...network.resources, ...processes], programs };
}

/** The namespaces of some nodes, and what stands in them. */
export function observeMembers(
  session: Session,
  record: LabRecord | undefined,
  wanted: readonly Resource[],
  scope: Scope,
): Network {
  const unmarked = new Set(record?.unmarked);
  const nodes = scope.nodes.filter((node) => node !== HOST);
  const host = nodes.length < scope.nodes.length ? session.hostScope : undefined;
  const keys = sysctlKeys(wanted, unmarked);
  const network = observeNetwork(session.namespaces, { ...scope, nodes }, keys, unmarked, host);
  const members = nodes.map((node): Namespace => {
    return { kind: 'namespace', node, ...(record?.nodes[node] ?? unknownNode(node)) };
  });
  const ours = new Set([...network.ours, ...members.map(keyOf)]);
  return { ...network, ours, resources: [...members, ...network.resources] };
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

/** The programs of all nodes: those of PID 1s, and those that the keeper runs for nodes without one. */
export function findPrograms(session: Pick<Session, 'keeper' | 'init'>): FoundProgram[] {
  const { nodes, programs } = session.keeper.list();
  const found = programs.map((program): FoundProgram => {
    const slash = program.name.indexOf('/');
    return { node: program.name.slice(0, slash), program: { ...program, name: program.name.slice(slash + 1) } };
  });
  for (const { name: node } of nodes) {
    const init = session.init(node);
    if (init === undefined) continue;
    found.push(...init.status().map((program) => ({ node, program })));
    init.close();
  }
  return found;
}

/** A program that ended well has done what it was for; one that failed is not there. */
function isThere({ program }: FoundProgram): boolean {
  return program.state === 'running' || (program.exitCode === 0 && program.signal === 0);
}

function readProcess({ node, program }: FoundProgram, record: LabRecord | undefined): Process {
  const known = record?.processes[`${node}/${program.name}`];
  const base = { kind: 'process', node, name: program.name, after: [] } as const;
  if (known === undefined || digest(known) !== program.digest) return { ...base, command: ['(unknown)'], env: {} };
  const { command, env, cwd } = known;
  return { ...base, command, env, ...(cwd === undefined ? {} : { cwd }) };
}

/** What its PID 1 remembers of how a process was started. */
export function digest({ command, env, cwd }: ProcessRecord): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        command,
        Object.keys(env)
          .toSorted()
          .map((name) => [name, env[name]]),
        cwd ?? null,
      ]),
    )
    .digest('hex')
    .slice(0, 32);
}
