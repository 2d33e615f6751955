/** All that a script says of packet filters → `nat` and `firewall`, where every line of it is understood. */
import type { Network } from '../network/network.ts';
import { chainOf } from './filter.ts';
import type { TableLine } from './iptables.ts';
import { Tables } from './tables.ts';
import { arriving, leaving } from './translation.ts';
import type { Origin } from '../draft.ts';

/** A line of iptables; `line` is undefined where it was not understood. */
export interface FilterLine {
  readonly line: TableLine | undefined;
  readonly origin: Origin;
}

/** Fills the node, and says whether it did. All of it or nothing: a rule means something by those before it. */
export function takeFilters(network: Network, lines: readonly FilterLine[]): boolean {
  const tables = new Tables();
  for (const { line, origin } of lines) if (line === undefined || !tables.take(line, origin)) return false;
  const chains = (['input', 'forward', 'output'] as const).map((hook) => {
    const chain = tables.chain('filter', hook.toUpperCase());
    return [hook, chainOf(network, chain)] as const;
  });
  const pre = arriving(network, tables.chain('nat', 'PREROUTING').rules);
  const post = leaving(network, tables.chain('nat', 'POSTROUTING').rules);
  if (pre === undefined || post === undefined || chains.some(([, chain]) => chain === undefined)) return false;
  const { node, draft, name } = network;
  const [first] = lines;
  const nat = [...pre, ...post];
  if (nat.length > 0) node.nat = [...(node.nat ?? []), ...nat];
  const closed = chains.flatMap(([hook, chain]) => (chain === undefined || chain === 'open' ? [] : [[hook, chain]]));
  if (closed.length > 0) node.firewall = Object.fromEntries(closed) as NonNullable<typeof node.firewall>;
  for (const key of ['nat', 'firewall']) draft.from(['nodes', name, key], first!.origin);
  return true;
}
