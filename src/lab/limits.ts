/** The machine's limits, against what a lab takes. */
import { readFileSync } from 'node:fs';

import type { LabModel } from '../model/lab.ts';
import type { Finding } from '../model/report.ts';

interface Limit {
  readonly check: string;
  readonly value: number | undefined;
  /** What the lab takes; 0 without one. */
  readonly needs: number;
  /** Below this a lab of any size soon meets it. */
  readonly modest: number;
  /** Without enough of it `up` fails; else the lab merely suffers. */
  readonly hard: boolean;
  readonly advice: (needs: number) => string;
}

/** Open files, network namespaces, and the neighbour table, which all namespaces share. */
export function limits(model: LabModel | undefined): Finding[] {
  const count = (kind: string): number => model?.resources.filter((each) => each.kind === kind).length ?? 0;
  const nodes = count('namespace');
  const list: Limit[] = [
    {
      check: 'open files',
      value: openFiles(),
      // A namespace and a netlink socket or two each, and what the program itself has open.
      needs: nodes === 0 ? 0 : 3 * nodes + 64,
      modest: 1024,
      hard: true,
      advice: (needs) => `raise it: ulimit -n ${needs} (LimitNOFILE= of a systemd unit)`,
    },
    {
      check: 'network namespaces',
      value: number('/proc/sys/user/max_net_namespaces'),
      needs: nodes,
      modest: 128,
      hard: true,
      advice: (needs) => `sysctl -w user.max_net_namespaces=${needs}`,
    },
    {
      check: 'neighbour entries',
      value: number('/proc/sys/net/ipv4/neigh/default/gc_thresh3'),
      needs: count('address'),
      modest: 1024,
      hard: false,
      advice: (needs) => `sysctl -w net.ipv4.neigh.default.gc_thresh3=${2 * needs}; else ARP fails in large labs`,
    },
  ];
  return list.flatMap(judge);
}

function judge({ check, value, needs, modest, hard, advice }: Limit): Finding[] {
  if (value === undefined) return [];
  const least = Math.max(needs, needs === 0 ? modest : 0);
  const found = `${value === Infinity ? 'unlimited' : value}${needs === 0 ? '' : `, the lab takes ${needs}`}`;
  if (value >= least) return [{ check, state: 'ok', found }];
  return [{ check, state: hard && needs > 0 ? 'missing' : 'absent', found, advice: advice(least) }];
}

/** The hard limit: netlab may raise its own up to there. */
function openFiles(): number | undefined {
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return hard === undefined ? undefined : hard === 'unlimited' ? Infinity : Number(hard);
}

function number(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
