/** A lab as it stands in the kernel → what is drawn of it. */
import { LabError } from '../errors.ts';
import { observeLab } from '../lab/observe.ts';
import { Parts } from '../lab/parts.ts';
import { pingall } from '../lab/pingall.ts';
import { requireNamespaces } from '../lab/privilege.ts';
import { Session } from '../lab/session.ts';
import type { Graph, GraphGap, GraphState } from '../model/graph.ts';
import { HOST } from '../model/host.ts';
import type { Link, Resource, Sysctl } from '../model/resource.ts';
import { keeperOf } from '../state/keepers.ts';
import { readRecord } from '../state/record.ts';
import { FORWARDING, graphOf } from './build.ts';

/** What is asked of a lab that runs. */
export interface RunningOptions {
  /** Ask by ICMP which pairs of nodes do not reach each other, as `pingall` does. */
  readonly reach?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The graph of a lab that runs: what is down, what has ended and what does not reach what is in it.
 * @throws LabError when it does not run; with `reach` also when there are no two nodes with an address.
 */
export async function runningGraph(lab: string, { reach = false, signal }: RunningOptions = {}): Promise<Graph> {
  const graph = observed(lab);
  return reach ? { ...graph, unreachable: await gapsOf(lab, signal) } : graph;
}

function observed(lab: string): Graph {
  requireNamespaces('to look into a running lab');
  const keeper = keeperOf(lab);
  using session = Session.open(lab, keeper);
  if (session === undefined) throw new LabError(`the lab ${lab} does not run`);
  using parts = Parts.open(lab, { keeper });
  session.foreign.attach(parts);
  const record = readRecord(lab, keeper);
  const nodes = [...session.namespaces.names(), ...(session.foreign.has(HOST) ? [HOST] : [])];
  const asked = nodes.flatMap((node) => FORWARDING.map((key): Sysctl => ({ kind: 'sysctl', node, key, value: '' })));
  const { resources, devices } = observeLab(session, record, asked);
  const stateOf = (link: Link): GraphState => {
    if (!link.up) return 'down';
    return devices.get(`${link.node}:${link.name}`)?.carrier === false ? 'no-carrier' : 'up';
  };
  // In the order of the file, as far as it is known.
  const nodeRank = ranks(Object.keys(record?.nodes ?? {}));
  const processRank = ranks(Object.keys(record?.processes ?? {}));
  const placeOf = (each: Resource): number =>
    each.kind === 'process' ? (processRank.get(`${each.node}/${each.name}`) ?? Infinity) : -1;
  const sorted = resources.toSorted(
    (a, b) =>
      compare(nodeRank.get(a.node) ?? Infinity, nodeRank.get(b.node) ?? Infinity) ||
      compare(a.node, b.node) ||
      compare(placeOf(a), placeOf(b)),
  );
  return graphOf(sorted, { lab, source: 'lab', stateOf });
}

function ranks(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, i) => [name, i]));
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The pairs that fail. Throws LabError when there are no two nodes with an address. */
async function gapsOf(lab: string, signal: AbortSignal | undefined): Promise<GraphGap[]> {
  const { pairs } = await pingall(lab, signal === undefined ? {} : { signal });
  return pairs.flatMap(({ from, to, ok, why }) => (ok ? [] : [{ from, to, why }]));
}
