/** What a node's packet filter has done with the probe. */
import type { FilterHook } from '../model/netfilter.ts';
import { TABLE } from '../resource/nft-table.ts';
import { unrelated } from './connection.ts';
import { type Evidence, type Finding, finding } from './evidence.ts';

/** What a node's filters let go no further: the packet itself (`probe`), or the answer. */
export function filtered(e: Evidence, node: string, role: 'probe' | 'answer'): Finding | undefined {
  const passage = e.passages.get(node)?.find((each) => each.role === role && each.filtered !== undefined);
  const stop = passage?.filtered;
  if (stop === undefined) return undefined;
  const { table, chain, comment, byPolicy, hook } = stop;
  // Rules of iptables do not say what they do; who is told of it has been seen.
  const refusal = role === 'probe' ? 'refusal of probe' : 'refusal of answer';
  const rejects =
    stop.rejects || (!byPolicy && e.known.some((each) => each.role === refusal && each.node === node && each.out));
  const own = table === `inet ${TABLE}`;
  const what = role === 'probe' ? 'the packet' : 'the answer';
  const verb = rejects ? 'rejects' : 'drops';
  const where = own ? `its firewall, chain ${chain}` : `the chain ${chain} of the table ${table}`;
  const how = byPolicy
    ? `no rule of ${own ? `the chain ${chain} of its firewall` : where} takes it, and the policy is drop`
    : `${where}${comment === undefined ? '' : `: ${comment}`}`;
  const place = own
    ? byPolicy
      ? e.lines.chain(node, chain as FilterHook)
      : comment === undefined
        ? null
        : e.lines.written(node, chain, comment)
    : (e.lines.text(node) ?? e.lines.node(node));
  const stray = role === 'probe' ? '' : unrelated(e, node);
  return finding(
    rejects ? 'reject' : 'filter-drop',
    { node },
    `${node} ${verb} ${what}${hook === undefined ? '' : ` (${hook})`}: ${how}${stray}`,
    role === 'probe'
      ? 'a rule that accepts it, before that one'
      : stray !== ''
        ? `let both ways go through ${node}, or neither`
        : 'accept what belongs to connections that stand: { accept: { state: [established, related] } }',
    place ?? e.lines.node(node),
  );
}
