/** Why a node's kernel has no way for a packet, or takes none. */
import { contains, parsePrefix } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import { AF, FR_ACT, IFF, RTN } from '../netlink/constants.ts';
import { duplicateAddress, type Evidence, familyWords, type Finding, finding, type Standing } from './evidence.ts';
import { filteredReverse, refusesReverse } from './reverse-path.ts';
import type { Decision, RouteEntry, RuleEntry, View } from './view.ts';

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

/** Why there is none: what is down, empty or too narrow, and else that nobody has said one. */
export function noRoute(e: Evidence, at: Standing): Finding {
  const { view, destination, direction, iif } = at;
  const { node } = view;
  const down = downTo(e, at);
  if (down !== undefined) return down;
  const empty = emptyTable(e, at);
  if (empty !== undefined) return empty;
  const six = destination.includes(':');
  const own = view.held.filter(({ address, index }) => address.includes(':') === six && view.name(index) !== 'lo');
  const global = own.filter(({ address }) => !address.startsWith('fe80:'));
  if (iif === undefined && global.length === 0) {
    const [dev] = view.ports.filter(({ flags }) => (flags & IFF.LOOPBACK) === 0);
    return finding(
      'no-address',
      { node, name: dev?.name },
      `${node} has no ${six ? 'IPv6' : 'IPv4'} address to send from`,
      `give ${dev === undefined ? 'it an interface and' : dev.name} an address`,
      dev === undefined ? e.lines.node(node) : e.lines.link(node, dev.name),
    );
  }
  const narrow = tooNarrow(e, at);
  if (narrow !== undefined) return narrow;
  const { any } = familyWords(destination);
  const back = direction === 'back';
  const [written] = e.lines
    .routesTo(node, destination)
    .filter(
      (each) =>
        each.type === 'unicast' &&
        !view
          .routes()
          .some((route) => prefixOf(route) === each.to && (route.attrs.table ?? route.header.table) === each.table),
    );
  if (written !== undefined)
    return finding(
      back ? 'no-return-route' : 'no-route',
      { node },
      `${node} has no route to ${destination}${back ? ', so the answer goes nowhere' : ''}, although its file says one to ${written.to}: it is not in its kernel any more`,
      'netlab plan shows what has changed, and netlab up puts it back',
      e.lines.at(written.at) ?? e.lines.node(node),
    );
  return finding(
    back ? 'no-return-route' : 'no-route',
    { node },
    `${node} has no route to ${destination}${back ? ', so the answer goes nowhere' : ''}`,
    `give ${node} a route: { to: ${any}, via: … } or one to the network of ${destination}`,
    e.lines.node(node),
  );
}

/** An interface that is down takes its routes with it. */
function downTo(e: Evidence, { view, destination }: Standing): Finding | undefined {
  const { node } = view;
  const bytes = parseIp(destination)!;
  const vias = e.lines.routesTo(node, destination).flatMap(({ nexthops }) => nexthops);
  const addresses = [
    ...e.lines.addresses(node).map(({ link, prefix }) => ({ name: link, prefix: parsePrefix(prefix)! })),
    ...view.held.map(({ index, prefix }) => ({ name: view.name(index), prefix })),
  ];
  for (const port of view.ports.filter(({ up }) => !up)) {
    const prefixes = addresses.filter(({ name }) => name === port.name).map(({ prefix }) => prefix);
    const reaches = (address: Uint8Array | undefined): boolean =>
      address !== undefined && prefixes.some((each) => each.bytes.length === address.length && contains(each, address));
    const used = vias.some(({ via, dev }) => dev === port.name || (via !== undefined && reaches(parseIp(via))));
    if (!used && !reaches(bytes)) continue;
    return finding(
      'link-down',
      { node, name: port.name },
      `${node}:${port.name}, by which ${destination} would be reached, is down, and its routes are gone with it`,
      `set it up: netlab link up ${node}:${port.name}, and look for up: false in the file`,
      e.lines.link(node, port.name),
    );
  }
  return undefined;
}

function emptyTable(e: Evidence, at: Standing): Finding | undefined {
  const { view, destination } = at;
  const routes = view.routes();
  for (const rule of rulesFor(at)) {
    const table = rule.attrs.table ?? rule.header.table;
    if (rule.header.action !== FR_ACT.TO_TBL || table >= 253) continue;
    const family = destination.includes(':') ? AF.INET6 : AF.INET;
    if (routes.some((each) => (each.attrs.table ?? each.header.table) === table && each.header.family === family))
      continue;
    const priority = rule.attrs.priority ?? 0;
    return finding(
      'empty-table',
      { node: view.node },
      `rule ${priority} of ${view.node} sends the packet to table ${table}, in which there is no route, and no other table has one to ${destination}`,
      `put a route into table ${table}, or let the rule name the table that has one`,
      e.lines.rule(view.node, priority) ?? e.lines.node(view.node),
    );
  }
  return undefined;
}

/** Both stand on one LAN, and the prefix length of the one does not tell it so. */
function tooNarrow(e: Evidence, { view, destination }: Standing): Finding | undefined {
  const [owner] = e.lans.ownersOf(destination).filter(({ port }) => port.node !== view.node);
  if (owner === undefined) return undefined;
  for (const held of view.held) {
    const port = view.port(held.index);
    if (port === undefined || held.address.includes(':') !== destination.includes(':') || port.name === 'lo') continue;
    if (held.address.startsWith('fe80:') || !e.lans.joined(port, owner.port)) continue;
    const length = held.prefix.length;
    const theirs = contains(
      { bytes: owner.held.prefix.bytes, length: owner.held.prefix.length },
      parseIp(held.address)!,
    );
    return finding(
      'wrong-prefix',
      { node: view.node, name: port.name },
      `${owner.port.node} (${destination}) stands on the same LAN as ${view.node}:${port.name}, whose ${held.address}/${length} does not take it in`,
      theirs
        ? `${owner.port.node} has /${owner.held.prefix.length}: give ${view.node}:${port.name} the same prefix length`
        : 'give both addresses of one network',
      e.lines.address(view.node, held.address) ?? e.lines.link(view.node, port.name),
    );
  }
  return undefined;
}

/** The route and the rule that the kernel must have come by, worked out from its tables: of what it refuses it does not say. */
function matching(at: Standing): { readonly route?: RouteEntry; readonly rule?: RuleEntry } {
  const { view, destination } = at;
  const bytes = parseIp(destination)!;
  const family = bytes.length === 4 ? AF.INET : AF.INET6;
  const routes = view.routes().filter(({ header }) => header.family === family);
  for (const rule of rulesFor(at)) {
    if (rule.header.action !== FR_ACT.TO_TBL) return { rule };
    const table = rule.attrs.table ?? rule.header.table;
    const [route] = routes
      .filter(
        (each) => (each.attrs.table ?? each.header.table) === table && contains(parsePrefix(prefixOf(each))!, bytes),
      )
      .toSorted((a, b) => b.header.dst_len - a.header.dst_len || (a.attrs.priority ?? 0) - (b.attrs.priority ?? 0));
    if (route !== undefined && route.header.type !== RTN.THROW) return { route, rule };
  }
  return {};
}

/** The rules that are for a packet, in their order; those that ask for a mark or a port are not. */
function rulesFor({ view, iif, source, destination }: Standing): RuleEntry[] {
  const family = destination.includes(':') ? AF.INET6 : AF.INET;
  const within = (prefix: string | undefined, length: number, address: string): boolean => {
    const bytes = parseIp(address);
    if (prefix === undefined || length === 0) return true;
    // Nothing has been sent yet: it would be from one of its own addresses.
    if (address === '')
      return view.held.some((held) => contains({ bytes: parseIp(prefix)!, length }, held.prefix.bytes));
    return bytes !== undefined && contains({ bytes: parseIp(prefix)!, length }, bytes);
  };
  return view
    .rules()
    .filter(({ header, attrs }) => {
      if (header.family !== family || (attrs.fwmark ?? 0) !== 0 || attrs.ip_proto !== undefined) return false;
      if (attrs.iifname !== undefined && attrs.iifname !== (iif === undefined ? 'lo' : view.name(iif))) return false;
      if (attrs.oifname !== undefined) return false;
      return within(attrs.src, header.src_len, source) && within(attrs.dst, header.dst_len, destination);
    })
    .toSorted((a, b) => (a.attrs.priority ?? 0) - (b.attrs.priority ?? 0));
}

export function prefixOf({ header, attrs }: RouteEntry): string {
  return `${attrs.dst ?? (header.family === AF.INET6 ? '::' : '0.0.0.0')}/${header.dst_len}`;
}

/** The line of the route that a packet takes on a node. */
export function routePlace(e: Evidence, view: View, decision: Decision): ReturnType<Evidence['lines']['route']> {
  return decision.match === undefined ? null : e.lines.route(view.node, decision.match.prefix);
}
