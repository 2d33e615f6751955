/** What stands in the box of a node, as lines of text. */
import type { GraphNode } from '../model/graph.ts';
import type { Shown } from './show.ts';

/** A line for each thing that is shown, below the name. */
export function textRows(node: GraphNode, shown: ReadonlySet<Shown>): string[] {
  const { networks, devices, processes, routes, nat, filter } = node;
  return [
    ...(shown.size > 0 ? networks : []),
    ...(shown.has('devices')
      ? devices.map(({ name, type, about, addresses }) =>
          [name, ...(type === 'loopback' ? [] : [about ?? type]), ...addresses].join(' '),
        )
      : []),
    ...(shown.has('processes')
      ? processes.map(({ name, trouble }) => (trouble === null ? `process ${name}` : `process ${name} (${trouble})`))
      : []),
    ...(shown.has('routes') ? routes : []),
    ...(shown.has('nat') ? nat : nat.length > 0 && shown.size > 0 ? ['NAT'] : []),
    ...(shown.has('filter') ? filter : filter.length > 0 && shown.size > 0 ? ['filter'] : []),
  ];
}
