/** Why a node has no route for a packet: what is gone, empty, passed over or too narrow, and else that nobody has said one. */
import { contains, parsePrefix } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import { AF, FR_ACT, IFF, RT_TABLE, RTN } from '../netlink/constants.ts';
import { type Evidence, familyWords, type Finding, finding, type Standing } from './evidence.ts';
import { prefixOf, routeText, rulesFor } from './tables.ts';
import type { RouteEntry } from './view.ts';

/** Why there is none: what is down, empty or too narrow, and else that nobody has said one. */
export function noRoute(e: Evidence, at: Standing): Finding {
  const { view, destination, direction, iif } = at;
  const { node } = view;
  const known = downTo(e, at) ?? lost(e, at) ?? emptyTable(e, at) ?? passedOver(e, at);
  if (known !== undefined) return known;
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
      `${node} has no route to ${destination}${back ? ', so the answer goes nowhere' : ''}: the ${routeText(written.to)} of its file is not in its kernel any more`,
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

/** An address of the file's that the kernel has not got: the network that it stands for went with it. */
function lost(e: Evidence, { view, destination }: Standing): Finding | undefined {
  const { node } = view;
  const vias = e.lines.routesTo(node, destination).flatMap(({ nexthops }) => nexthops.flatMap(({ via }) => via ?? []));
  const wanted = [destination, ...vias].map((each) => parseIp(each)!);
  for (const { link, prefix, at } of e.lines.addresses(node)) {
    const parsed = parsePrefix(prefix)!;
    if (!wanted.some((each) => each.length === parsed.bytes.length && contains(parsed, each))) continue;
    const isThere = view.ports.some(({ name }) => name === link);
    if (isThere && view.has(prefix.replace(/\/.*/, ''))) continue;
    return finding(
      isThere ? 'no-address' : 'link-down',
      { node, name: link },
      isThere
        ? `${node}:${link}, by which ${destination} would be reached, has not got its address ${prefix} any more, and its routes are gone with it`
        : `${node}:${link}, by which ${destination} would be reached, is not there any more`,
      'netlab plan shows what has changed, and netlab up puts it back',
      e.lines.at(at) ?? e.lines.link(node, link),
    );
  }
  return undefined;
}

/** A table has a route, and the rules lead past it, or back out of it. */
function passedOver(e: Evidence, at: Standing): Finding | undefined {
  const { view, destination } = at;
  const { node } = view;
  const bytes = parseIp(destination)!;
  const family = bytes.length === 4 ? AF.INET : AF.INET6;
  const tables = rulesFor(at).map(({ header, attrs }) => attrs.table ?? header.table);
  const fitting = view
    .routes()
    .filter((each) => each.header.family === family && contains(parsePrefix(prefixOf(each))!, bytes))
    .toSorted((a, b) => b.header.dst_len - a.header.dst_len);
  const tableOf = ({ attrs, header }: RouteEntry): number => attrs.table ?? header.table;
  const thrown = fitting.find((each) => each.header.type === RTN.THROW && tables.includes(tableOf(each)));
  if (thrown !== undefined)
    return finding(
      'no-route',
      { node },
      `the longest route of ${node} for ${destination} is throw ${prefixOf(thrown)}: it leads out of table ${tableOf(thrown)}, and no rule after that has a route`,
      `remove the throw route, or give the next table a route to ${destination}`,
      e.lines.route(node, prefixOf(thrown)) ?? e.lines.node(node),
    );
  const unread = fitting.find((each) => each.header.type === RTN.UNICAST && !tables.includes(tableOf(each)));
  if (unread === undefined) return undefined;
  const table = tableOf(unread) === RT_TABLE.MAIN ? 'main' : String(tableOf(unread));
  return finding(
    'no-route',
    { node },
    `${node} has a route ${prefixOf(unread)} in table ${table}, and no rule that leads ${destination} there`,
    `netlab exec ${node} -- ip rule add lookup ${table} priority 32766`,
    e.lines.route(node, prefixOf(unread)) ?? e.lines.node(node),
  );
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
    if (contains(held.prefix, parseIp(destination)!)) continue;
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
