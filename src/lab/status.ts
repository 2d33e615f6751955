import { existsSync } from 'node:fs';
import { hostname } from 'node:os';

import { groupBy } from '../model/group-by.ts';
import { HOST } from '../model/host.ts';
import type { InterfaceStatus, LabStatus, NamespaceNumbers, NodeStatus, ProcessStatus } from '../model/report.ts';
import type { Device } from '../reconcile/read/link.ts';
import { type Join, joinWords } from '../model/namespace.ts';
import type { Address, Link, Namespace, Resource } from '../model/resource.ts';
import { limitHits } from '../process/cgroup/counters.ts';
import { treesOf } from '../process/cgroup/places.ts';
import { outerPid } from '../process/pids.ts';
import { isReady } from '../process/ready.ts';
import { keeperOf } from '../state/keepers.ts';
import { logPath, netnsPath } from '../state/paths.ts';
import { type LabRecord, readRecord } from '../state/record.ts';
import { isJoined } from './join.ts';
import { summaryOf } from './list.ts';
import { type FoundProgram, observeLab, type ObservedLab } from './observe.ts';
import { logFiles } from './log-files.ts';
import { numberOfNetns, numbersOf } from './namespace-numbers.ts';
import { requireNamespaces } from './privilege.ts';
import { Parts } from './parts.ts';
import { placeOfProcess } from './programs.ts';
import { Session } from './session.ts';

export interface StatusOptions {
  /** Tell the numbers of namespaces, too. */
  readonly namespaces?: boolean;
}

/** A lab as it stands in the kernel now: nodes, interfaces, addresses, processes. A dead lab has no members. */
export async function status(lab: string, { namespaces = false }: StatusOptions = {}): Promise<LabStatus> {
  const keeper = keeperOf(lab);
  const summary = summaryOf(lab, keeper);
  using session = Session.open(lab, keeper);
  if (session === undefined) return { ...summary, members: [] };
  requireNamespaces('to look into a running lab');
  using parts = Parts.open(lab, { keeper });
  session.foreign.attach(parts);
  const { host } = parts;
  const record = readRecord(lab, keeper);
  const seen = observeLab(session, record, []);
  const links = groupBy(seen.resources.filter(isLink), ({ node }) => node);
  const addresses = groupBy(seen.resources.filter(isAddress), ({ node, link }) => `${node}:${link}`);
  const ready = await readiness(session, record, seen.programs);
  const trees = treesOf(lab);
  const members = seen.resources.flatMap((each): NodeStatus[] => {
    if (each.kind !== 'namespace') return [];
    const { node, role, isolation } = each;
    const init = session.init(node);
    const pid = init?.pid ?? null;
    init?.close();
    return [
      {
        name: node,
        role,
        hostname: each.hostname,
        netns: netnsPath(lab, node),
        isolation,
        joined: each.join === undefined ? null : joinedWords(each.join),
        frozen: each.frozen === true,
        limits: each.limits ?? null,
        hits: limitHits(trees, lab, node) ?? null,
        pid,
        ...(namespaces ? { namespaces: numbers(each, pid, netnsPath(lab, node)) } : {}),
        interfaces: (links.get(node) ?? []).flatMap((link) => interfaceStatus(link, seen, addresses)),
        processes: inOrder(
          seen.programs.filter((found) => found.node === node),
          ({ program }) => `${node}/${program.name}`,
          Object.keys(record?.processes ?? {}),
        )
          .map((found) =>
            processStatus(
              lab,
              pid ?? session.keeper.pid,
              found,
              record?.processes[`${node}/${found.program.name}`]?.command ?? [],
              ready.get(`${node}/${found.program.name}`) ?? null,
            ),
          )
          .map((process) => ({ ...process, hits: limitHits(trees, lab, node, process.name) ?? null }))
          .map((process) =>
            namespaces && process.pid !== null ? { ...process, namespaces: numbersOf(process.pid) } : process,
          ),
      },
    ];
  });
  if (host !== undefined) {
    const interfaces = (links.get(HOST) ?? []).flatMap((link) => interfaceStatus(link, seen, addresses));
    const own = {
      name: HOST,
      role: HOST,
      hostname: hostname(),
      netns: host.path,
      isolation: [],
      joined: null,
      frozen: false,
      limits: null,
      hits: null,
      pid: null,
    } as const;
    members.push({ ...own, interfaces, processes: [] });
  }
  return { ...summary, members: inOrder(members, ({ name }) => name, Object.keys(record?.nodes ?? {})) };
}

/** What a node has joined, and whether that is still where the file says. */
function joinedWords(join: Join): string {
  return isJoined(join) ? joinWords(join) : `${joinWords(join)}, which has gone`;
}

/** Those of its PID 1, or of the process that it has joined; else of its network alone. */
function numbers({ join }: Namespace, pid: number | null, netns: string): NamespaceNumbers {
  const whose = pid ?? (join?.pid !== undefined && isJoined(join) ? join.pid : undefined);
  return whose === undefined ? numberOfNetns(netns) : numbersOf(whose);
}

/** In the order of the file, and what it does not name after that. */
function inOrder<T>(items: readonly T[], nameOf: (item: T) => string, names: readonly string[]): T[] {
  const rank = new Map(names.map((name, index) => [name, index]));
  const place = (item: T): number => rank.get(nameOf(item)) ?? names.length;
  return items.toSorted((a, b) => place(a) - place(b));
}

function isLink(resource: Resource): resource is Link {
  return resource.kind === 'link';
}

function isAddress(resource: Resource): resource is Address {
  return resource.kind === 'address';
}

/** One interface as it is told; empty for one that has gone. */
export function interfaceStatus(
  link: Link,
  seen: Pick<ObservedLab, 'devices'>,
  addresses: ReadonlyMap<string, readonly Address[]>,
): InterfaceStatus[] {
  const name = `${link.node}:${link.name}`;
  const device = seen.devices.get(name);
  if (device === undefined) return [];
  return [
    {
      name: link.name,
      index: device.index,
      type: link.type,
      state: stateOf(device),
      cut: link.turned === 'down',
      mac: link.type === 'loopback' ? null : (link.mac ?? null),
      mtu: link.mtu ?? 0,
      master: link.master ?? null,
      peer: link.peer === undefined ? null : `${link.peer.node}:${link.peer.link}`,
      addresses: (addresses.get(name) ?? []).map(({ prefix }) => prefix),
    },
  ];
}

function stateOf({ link, carrier }: Device): InterfaceStatus['state'] {
  if (!link.up) return 'down';
  return carrier ? 'up' : 'no-carrier';
}

/** How long the answer to one condition is waited for. */
const READY_LIMIT_MS = 1_000;

/** Whether each process that runs is ready now, all asked side by side. */
async function readiness(
  session: Session,
  record: LabRecord | undefined,
  programs: readonly FoundProgram[],
): Promise<Map<string, boolean>> {
  const asked = programs.flatMap(({ node, program }) => {
    const condition = record?.processes[`${node}/${program.name}`]?.ready;
    if (condition === undefined || program.state !== 'running') return [];
    const named = placeOfProcess(session, { node, name: program.name });
    const place = existsSync(named.log)
      ? named
      : { ...named, log: logFiles(session.lab, node).get(program.name) ?? named.log };
    return [
      isReady(condition, place, program.logFrom, READY_LIMIT_MS).then((is) => [`${node}/${program.name}`, is] as const),
    ];
  });
  return new Map(await Promise.all(asked));
}

function processStatus(
  lab: string,
  supervisor: number,
  { node, program }: FoundProgram,
  command: readonly string[],
  ready: boolean | null,
): Omit<ProcessStatus, 'hits'> {
  const running = program.state === 'running';
  return {
    name: program.name,
    pid: running ? outerPid(supervisor, program.pid) : null,
    state: program.state,
    ready,
    restarts: program.restarts,
    command,
    started: new Date(program.started * 1000).toISOString(),
    uptimeSeconds: running ? Math.max(0, Date.now() / 1000 - program.started) : null,
    exitCode: running || program.signal !== 0 ? null : program.exitCode,
    signal: running || program.signal === 0 ? null : program.signal,
    log: logPath(lab, node, program.name),
  };
}
