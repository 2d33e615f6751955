/** `ip route …` */
import { formatPrefix, networkOf, parsePrefix } from '../../model/address.ts';
import { parseIp } from '../../model/ip.ts';
import type { Origin } from '../draft.ts';
import { withLength } from './address.ts';
import type { Network, Outcome, RouteDraft } from './network.ts';
import { deviceOf, means, Words } from './words.ts';

const TYPES = ['unicast', 'blackhole', 'unreachable', 'prohibit', 'throw'] as const;
/** The table that a route stands in without being told. */
const MAIN = new Set(['main', '254']);

/** The destination of a route in the language's words; undefined where it is none. */
export function routeTarget(word: string, isIpv6: boolean): string | undefined {
  if (word === 'default' || word === 'any' || word === 'all') return isIpv6 ? 'default6' : 'default';
  const whole = withLength(word);
  const prefix = whole === undefined ? undefined : parsePrefix(whole);
  if (prefix === undefined) return undefined;
  if (prefix.length === 0) return prefix.bytes.length === 16 ? 'default6' : 'default';
  return formatPrefix(networkOf(prefix));
}

/** `words` stand behind `ip route`; `family`: what -4 or -6 said. */
export function ipRoute(
  network: Network,
  words: readonly string[],
  family: 4 | 6 | undefined,
  origin: Origin,
): Outcome {
  const rest = new Words(words);
  const verb = rest.take();
  if (verb === '' || means(verb, 'show', 'list', 'get')) return 'done';
  const removes = means(verb, 'del', 'delete');
  if (!removes && !means(verb, 'add', 'append', 'replace', 'change', 'prepend')) return 'unknown';
  const route = routeOf(rest, family);
  if (route === undefined) return 'unknown';
  if (removes) {
    const { to, via, dev } = route;
    return network.removeRoute(
      to,
      (other) => (via === undefined || other.via === via) && (dev === undefined || (other.dev ?? dev) === dev),
    );
  }
  if (route.dev !== undefined && !network.has(route.dev)) return 'unknown';
  const isIpv6 = `${route.to}${route.via ?? ''}`.includes(':') || route.to === 'default6';
  if (isIpv6 && !network.hasIpv6(route.dev ?? 'all')) {
    network.leave(origin, `the IPv6 route to ${route.to} is left out: IPv6 is off in this node`);
    return 'done';
  }
  return network.addRoute(route, origin, means(verb, 'replace', 'change') && verb !== 'c');
}

function routeOf(rest: Words, family: 4 | 6 | undefined): RouteDraft | undefined {
  const type = TYPES.find((each) => rest.skip(each));
  rest.skip('to');
  const target = rest.take();
  const route: Partial<RouteDraft> = type === undefined || type === 'unicast' ? {} : { type };
  while (!rest.done) {
    const word = rest.take();
    if (word === 'via') {
      rest.skip('inet', 'inet6');
      route.via = rest.take();
      if (parseIp(route.via) === undefined) return undefined;
    } else if (word === 'dev' || word === 'oif') route.dev = deviceOf(rest.take());
    else if (word === 'onlink') route.onlink = true;
    else if (/^(?:metric|preference|priority)$/.test(word)) {
      const metric = Number(rest.take());
      if (!Number.isInteger(metric)) return undefined;
      if (metric !== 0) route.metric = metric;
    } else if (word === 'table') {
      const table = rest.take();
      if (!MAIN.has(table)) route.table = /^\d+$/.test(table) ? Number(table) : (table as 'local');
    } else if (word === 'src') route.src = rest.take();
    else if (word === 'scope') {
      const scope = rest.take();
      if (!/^(?:global|link|host)$/.test(scope)) return undefined;
      route.scope = scope as 'link';
    } else if (word === 'proto' || word === 'protocol') rest.take();
    else if (word === 'mtu' && /^\d+$/.test(rest.next ?? '')) route.mtu = Number(rest.take());
    else if (word === 'nexthop') {
      const hop = nexthop(rest);
      if (hop === undefined) return undefined;
      route.nexthops = [...(route.nexthops ?? []), hop];
    } else return undefined;
  }
  const via = route.via ?? route.nexthops?.[0]?.via;
  const to = routeTarget(target, family === 6 || via?.includes(':') === true);
  return to === undefined ? undefined : { to, ...route };
}

type Nexthop = NonNullable<RouteDraft['nexthops']>[number];

function nexthop(rest: Words): Nexthop | undefined {
  const hop: Nexthop = {};
  while (!rest.done && rest.next !== 'nexthop') {
    const word = rest.take();
    if (word === 'via') hop.via = rest.take();
    else if (word === 'dev') hop.dev = deviceOf(rest.take());
    else if (word === 'weight') hop.weight = Number(rest.take());
    else if (word === 'onlink') hop.onlink = true;
    else return undefined;
  }
  return hop;
}
