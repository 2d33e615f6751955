/** Each node that handled the packet, in a sentence. */
import type { WhyHop } from '../model/why.ts';
import type { Evidence } from './evidence.ts';
import type { Visit } from './journey.ts';
import { type Mapping, mappingOf, mappingText } from './mapping.ts';
import { lastSeen } from './nft-trace.ts';
import { routePlace } from './routing.ts';
import type { Way } from './stop.ts';
import { routeText } from './tables.ts';
import { packing } from './tunnel.ts';
import type { Decision, View } from './view.ts';

/** All that is known of a way, node by node. */
export function hopsOf(e: Evidence, way: Way): WhyHop[] {
  const { direction } = way;
  return way.visits.map((visit, i): WhyHop => {
    const view = e.views.get(visit.node)!;
    const frame = (visit.out ?? visit.in)!.frame;
    const next = way.visits[i + 1];
    const decision = visit.out === undefined ? undefined : decided(view, visit);
    const place = decision === undefined ? null : routePlace(e, view, decision);
    const came = visit.in === undefined ? null : view.name(visit.in.index);
    const left = visit.out === undefined ? null : view.name(visit.out.index);
    const role = direction === 'there' ? 'probe' : 'answer';
    const passed = visit.out === undefined ? lastSeen(e.passages.get(visit.node), role)?.frame : undefined;
    const mapping = mappingOf(view, visit, passed);
    return {
      direction,
      node: visit.node,
      in: came,
      out: left,
      source: frame.source,
      destination: frame.destination,
      text: `${begin(visit, direction, came, mapping)}${end(e, view, visit, next, decision, mapping)}${translation(mapping)}`,
      connection: mapping?.connection ?? null,
      place,
    };
  });
}

function begin(
  { node, in: came, out }: Visit,
  direction: Way['direction'],
  name: string | null,
  mapping: Mapping | undefined,
): string {
  if (came === undefined)
    return `${node} ${direction === 'there' ? 'sends' : 'answers'} from ${mapping?.before.source ?? out!.frame.source}`;
  if (out !== undefined) return `${node} gets it by ${name} and passes it on`;
  return name === 'lo' ? `${node} speaks with itself, by lo` : `${node} gets it by ${name}`;
}

function end(
  e: Evidence,
  view: View,
  { in: came, out }: Visit,
  next: Visit | undefined,
  decision: Decision | undefined,
  mapping: Mapping | undefined,
): string {
  if (out === undefined) {
    const { destination } = came!.frame;
    return view.has(mapping?.after.destination ?? destination) && view.has(destination)
      ? `: ${destination} is its own address`
      : '';
  }
  const port = view.port(out.index);
  const arrival = next?.in === undefined ? undefined : e.views.get(next.node)?.port(next.in.index);
  const over =
    port === undefined || arrival === undefined
      ? []
      : bridges(
          e,
          port.node,
          arrival.node,
          e.lans.wire(port, arrival).map(({ node }) => node),
        );
  const words = [` by ${view.name(out.index)}`];
  if (over.length > 0) words.push(` over ${over.join(', ')}`);
  const packed = port === undefined || arrival === undefined ? [] : packing(e, port, arrival);
  for (const { near, remote } of packed)
    words.push(
      `, packed by ${near.node}:${near.name} for ${remote ?? 'nobody'}${near === packed.at(-1)?.near ? ',' : ''}`,
    );
  const hop = decision?.gateway;
  words.push(hop === undefined ? ` straight to ${out.frame.destination}` : ` to ${hop}`);
  const prefix = decision?.match?.prefix;
  if (prefix !== undefined) words.push(` (${routeText(prefix)})`);
  return words.join('');
}

function translation(mapping: Mapping | undefined): string {
  return mapping === undefined ? '' : mappingText(mapping);
}

/** What the node's routes say, where that is what it has done. */
function decided(view: View, { in: came, out }: Visit): Decision | undefined {
  const decision = view.decide({
    destination: out!.frame.destination,
    ...(came === undefined ? {} : { iif: came.index, source: came.frame.source }),
  });
  return decision.oif === out!.index ? decision : undefined;
}

function bridges(e: Evidence, from: string, to: string, nodes: readonly string[]): string[] {
  return [...new Set(nodes)].filter(
    (node) => node !== from && node !== to && e.views.get(node)!.ports.some(({ kind }) => kind === 'bridge'),
  );
}
