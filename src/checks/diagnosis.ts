/** What a person looks at first when a check has failed: routes, neighbours and logs of the nodes that it is about. */
import type { NodeDiagnosis } from '../model/check.ts';
import { HOST } from '../model/host.ts';
import { AF, NUD } from '../netlink/constants.ts';
import { getneigh } from '../netlink/spec/rt-neigh.ts';
import { logFiles } from '../lab/log-files.ts';
import { lastLines } from '../process/logs.ts';
import type { Names } from '../reconcile/read/link.ts';
import { readMainRoutes } from '../reconcile/read/route.ts';
import { routeWords } from '../resource/route.ts';
import { neighbourLine } from './neighbours.ts';
import type { Subject } from './subject.ts';

/** So many lines of each kind: a report is read by people. */
const LINES = 10;
const NODES = 8;

/** Looks at some nodes of a lab. A node that is gone meanwhile is left out. */
export function diagnose(subject: Subject, nodes: readonly string[]): NodeDiagnosis[] {
  return [...new Set(nodes)].slice(0, NODES).flatMap((node) => {
    try {
      return [look(subject, node)];
    } catch {
      return [];
    }
  });
}

function look(subject: Subject, node: string): NodeDiagnosis {
  const names = subject.names(node);
  const routes = readMainRoutes(node, subject.route(node), names).map(routeWords);
  const files = node === HOST ? [] : [...logFiles(subject.lab, node)];
  return {
    node,
    routes: shortened(routes),
    neighbours: shortened(neighbours(subject, node, names)),
    logs: Object.fromEntries(files.map(([process, path]) => [process, lastLines(path, LINES).lines])),
  };
}

function shortened(lines: readonly string[]): string[] {
  return lines.length <= LINES ? [...lines] : [...lines.slice(0, LINES), `and ${lines.length - LINES} more`];
}

/** Like `ip neighbour show`. */
function neighbours(subject: Subject, node: string, names: Names): string[] {
  const keep = ({ family, state }: { family: number; state: number }): boolean =>
    family !== AF.BRIDGE && state !== NUD.NOARP;
  return subject
    .route(node)
    .dump(getneigh, {}, keep)
    .map((entry) => neighbourLine(entry, names));
}
