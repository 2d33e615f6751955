/** Why a node's kernel has no way for a packet, or takes none. */
import { FR_ACT, RTN } from '../netlink/constants.ts';
import { duplicateAddress, type Evidence, familyWords, type Finding, finding, type Standing } from './evidence.ts';
import { noRoute } from './no-route.ts';
import { filteredReverse, refusesReverse } from './reverse-path.ts';
import { matching, prefixOf } from './tables.ts';
import type { Decision, View } from './view.ts';

/** Why a node refuses to route a packet; undefined when it does not refuse. */
export function refusal(e: Evidence, at: Standing, decision: Decision): Finding | undefined {
  const { view, iif, source, destination } = at;
  const { node } = view;
  switch (decision.errno) {
    case undefined:
      return unforwarded(e, at, decision);
    case 'EXDEV':
      return filteredReverse(e, at);
    case 'EINVAL':
      if (iif !== undefined && view.has(source)) return ownSource(e, at);
      return rejected(e, at, 'blackhole') ?? (refusesReverse(at, 'EINVAL') ? filteredReverse(e, at) : undefined);
    case 'EACCES':
      return rejected(e, at, 'prohibit');
    case 'EHOSTUNREACH':
      return forwardingOff(e, at) ?? rejected(e, at, 'unreachable') ?? noRoute(e, at);
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return rejected(e, at, 'unreachable') ?? noRoute(e, at);
    default:
      return finding(
        'unknown',
        { node },
        `the kernel of ${node} refuses to route ${source} → ${destination}: ${decision.errno}`,
        '',
        e.lines.node(node),
      );
  }
}

/** Routes are asked in another place than whether a node passes packets on at all. */
function unforwarded(e: Evidence, at: Standing, { type }: Decision): Finding | undefined {
  if (at.iif === undefined || type !== RTN.UNICAST) return undefined;
  return forwardingOff(e, at);
}

function forwardingOff(e: Evidence, { view, iif, destination }: Standing): Finding | undefined {
  if (iif === undefined || view.has(destination)) return undefined;
  const { ip } = familyWords(destination);
  const { node } = view;
  const dev = view.name(iif);
  const own = view.sysctl(`${ip}/conf/${dev}/forwarding`);
  const all = view.sysctl(`${ip}/conf/all/forwarding`);
  if (ip === 'ipv4' ? own !== 0 : all !== 0 && own !== 0) return undefined;
  const gateway = e.lines.sysctl(
    node,
    `net.${ip}.conf.all.forwarding`,
    'net.ipv4.ip_forward',
    `net.${ip}.conf.${dev}.forwarding`,
  );
  return finding(
    'forwarding-off',
    { node, name: dev },
    `${node} got a packet for ${destination}, which is none of its addresses, and does not pass on ${ip === 'ipv4' ? 'IPv4' : 'IPv6'} packets (net.${ip}.conf.${ip === 'ipv4' ? dev : 'all'}.forwarding = 0)`,
    `if ${node} is to be a router, say forwarding: true in it; if not, whoever sent it here has the wrong gateway`,
    gateway,
  );
}

function ownSource(e: Evidence, { view, iif, source }: Standing): Finding {
  const { node } = view;
  return duplicateAddress(
    e,
    { node, name: view.name(iif) },
    source,
    `${node} got a packet from ${source}, which is an address of its own: two nodes have the same one`,
  );
}

/** A route whose type refuses. */
function rejected(e: Evidence, at: Standing, word: 'blackhole' | 'prohibit' | 'unreachable'): Finding | undefined {
  const { view, destination } = at;
  const { node } = view;
  const type = { blackhole: RTN.BLACKHOLE, prohibit: RTN.PROHIBIT, unreachable: RTN.UNREACHABLE }[word];
  const { route, rule } = matching(at);
  const action = { blackhole: FR_ACT.BLACKHOLE, prohibit: FR_ACT.PROHIBIT, unreachable: FR_ACT.UNREACHABLE }[word];
  if (route?.header.type === type) {
    const prefix = prefixOf(route);
    return finding(
      word,
      { node },
      `the longest route of ${node} for ${destination} is ${word} ${prefix}: it is there to refuse`,
      `remove the ${word} route, or give ${node} a longer one for ${destination}`,
      e.lines.route(node, prefix) ?? e.lines.node(node),
    );
  }
  if (rule !== undefined && rule.header.action === action) {
    const priority = rule.attrs.priority ?? 0;
    return finding(
      word,
      { node },
      `rule ${priority} of ${node} is ${word}`,
      'change that rule',
      e.lines.rule(node, priority) ?? e.lines.node(node),
    );
  }
  return undefined;
}

/** The line of the route that a packet takes on a node. */
export function routePlace(e: Evidence, view: View, decision: Decision): ReturnType<Evidence['lines']['route']> {
  return decision.match === undefined ? null : e.lines.route(view.node, decision.match.prefix);
}
