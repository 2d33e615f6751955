/** What a lab takes of the machine, as numbers to hold against its limits. */
import { formatPrefix, networkOf, parsePrefix } from '../model/address.ts';
import type { LabModel } from '../model/lab.ts';
import { hasInit } from '../process/operations.ts';

/** What a lab takes at most, while it is brought up. */
export interface Demand {
  /** Network namespaces. */
  readonly namespaces: number;
  /** Namespaces of each other kind: those of nodes in which something runs, and the keeper's. */
  readonly inits: number;
  /** Descriptors that the command holds at once; the keeper holds fewer. */
  readonly descriptors: number;
  /** Processes and threads. */
  readonly tasks: number;
  readonly kilobytes: number;
}

/** What Node has open, and netlab beside the nodes; what the threads of both are. */
const OWN_DESCRIPTORS = 48;
const OWN_TASKS = 24;
/** About what the kernel needs for a namespace with an interface or two, and what a process needs that does nothing. */
const NAMESPACE_KB = 400;
const PROCESS_KB = 2_000;

/** Counts, in one walk. */
export function demandOf({ resources }: Pick<LabModel, 'resources'>): Demand {
  const isolated = new Set<string>();
  const busy = new Set<string>();
  let [namespaces, processes, asked, tables, setups] = [0, 0, 0, 0, 0];
  for (const each of resources) {
    switch (each.kind) {
      case 'namespace':
        namespaces += 1;
        if (hasInit(each.isolation)) isolated.add(each.node);
        break;
      case 'process':
        processes += 1;
        if (each.ready !== undefined) asked += 1;
        busy.add(each.node);
        break;
      case 'setup':
        setups += 1;
        busy.add(each.node);
        break;
      case 'file':
        busy.add(each.node);
        break;
      case 'netfilter':
        tables += 1;
        break;
      default:
    }
  }
  const inits = [...busy].filter((node) => isolated.has(node)).length;
  return {
    namespaces,
    inits: inits + 1,
    // A namespace and a netlink socket for each node, one more where there is a table, what asks whether a process is ready, and a
    // command's streams.
    descriptors: 2 * namespaces + tables + 4 * asked + 4 * setups + OWN_DESCRIPTORS,
    tasks: processes + inits + setups + OWN_TASKS,
    kilobytes: NAMESPACE_KB * namespaces + PROCESS_KB * (processes + inits),
  };
}

/**
 * Entries of the ARP and of the ND table when each host of the largest network has spoken with each other one. All namespaces share the
 * tables.
 */
export function neighboursOf({ resources }: Pick<LabModel, 'resources'>): {
  readonly ipv4: number;
  readonly ipv6: number;
} {
  const networks = { ipv4: new Map<string, number>(), ipv6: new Map<string, number>() };
  for (const each of resources) {
    const prefix = each.kind === 'address' && each.scope === 'global' ? parsePrefix(each.prefix) : undefined;
    if (prefix === undefined) continue;
    const own = networks[prefix.bytes.length === 4 ? 'ipv4' : 'ipv6'];
    const network = formatPrefix(networkOf(prefix));
    own.set(network, (own.get(network) ?? 0) + 1);
  }
  return { ipv4: pairs(networks.ipv4), ipv6: pairs(networks.ipv6) };
}

function pairs(networks: ReadonlyMap<string, number>): number {
  const largest = [...networks.values()].reduce((most, each) => Math.max(most, each), 0);
  return largest * (largest - 1);
}
