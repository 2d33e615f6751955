/** Routes of a node. */
import {
  broadcastOf,
  compareIp,
  family,
  formatPrefix,
  isLinkLocal,
  isMulticast,
  isUnspecified,
  type Prefix,
} from '../../model/address.ts';
import { formatIp } from '../../model/ip.ts';
import type { Path } from '../../model/place.ts';
import { items, type NexthopDocument, type RouteDocument } from '../document.ts';
import { isUp, type DraftNode } from '../draft.ts';
import { deviceToward, onLinkOf, type OnLink } from '../expand/routes.ts';
import type { Problems } from '../problems.ts';
import { destination, tableNumber } from '../values.ts';
import { quoted } from '../words.ts';
import { readIp, readNetwork } from './addresses.ts';
import { readDevice, unsure } from './devices.ts';

/** Judges each route of a node. */
export function checkRoutes(node: DraftNode, problems: Problems): void {
  const list = items(node.document.routes);
  if (list.length === 0) return;
  const rules = new RouteRules(node, problems);
  for (const [i, route] of list) rules.route(route, [...node.at, 'routes', i]);
}

class RouteRules {
  readonly #node: DraftNode;
  readonly #problems: Problems;
  readonly #onLink: readonly OnLink[];
  readonly #seen = new Map<string, number>();

  constructor(node: DraftNode, problems: Problems) {
    this.#node = node;
    this.#problems = problems;
    this.#onLink = onLinkOf(node);
  }

  route(route: RouteDocument, at: Path): void {
    const to = this.#to(route.to, [...at, 'to']);
    if (to === undefined) return;
    this.#twice(route, to, at);
    const six = family(to.bytes) === 6;
    if (six && route.scope !== undefined) {
      this.#problems.error([...at, 'scope'], 'found a scope, which only IPv4 routes have');
    }
    if (six && route.mtu !== undefined && route.mtu < 1280) {
      this.#problems.error([...at, 'mtu'], `found ${route.mtu}, expected at least 1280 for IPv6`);
    }
    if (route.src !== undefined) this.#source(route.src, to, [...at, 'src']);
    if ((route.type ?? 'unicast') === 'unicast') this.#ways(route, to, at);
    else {
      for (const key of ['via', 'dev', 'nexthops', 'onlink'] as const) {
        if (route[key] === undefined) continue;
        this.#problems.keyError(
          [...at, key],
          `found ${quoted(key)}, but a route of type ${String(route.type)} leads nowhere`,
        );
      }
    }
  }

  #to(text: string, at: Path): Prefix | undefined {
    return text === 'default' || text === 'default6' ? destination(text) : readNetwork(text, at, this.#problems);
  }

  #twice(route: RouteDocument, to: Prefix, at: Path): void {
    const metric = route.metric ?? 0;
    const table = tableNumber(route.table);
    const key = `${formatPrefix(to)} ${family(to.bytes) === 6 && metric === 0 ? 1024 : metric} ${table}`;
    const first = this.#seen.get(key);
    if (first === undefined) this.#seen.set(key, Number(at.at(-1)));
    else {
      const several = route.via === undefined ? '' : '; several ways to one network are "nexthops"';
      this.#problems.error(
        at,
        `routes[${first}] leads to ${route.to} already, with the same metric and table${several}`,
      );
    }
  }

  #source(text: string, to: Prefix, at: Path): void {
    const source = readIp(text, at, this.#problems);
    if (source === undefined) return;
    if (source.length !== to.bytes.length) {
      this.#problems.error(
        at,
        `found ${quoted(text)}, expected an IPv${family(to.bytes)} address, as the route is for IPv${family(to.bytes)}`,
      );
    } else if (!this.#isOwn(source) && !unsure(this.#node, this.#problems)) {
      this.#problems.error(at, `found ${quoted(text)}, expected an address of ${this.#node.name} itself`);
    }
  }

  #ways(route: RouteDocument, to: Prefix, at: Path): void {
    if (route.nexthops !== undefined) {
      for (const key of ['via', 'dev', 'onlink'] as const) {
        if (route[key] === undefined) continue;
        this.#problems.keyError([...at, key], `found ${quoted(key)} beside "nexthops", expected it inside of them`);
      }
      for (const [i, way] of items(route.nexthops)) this.#way(way, to, [...at, 'nexthops', i]);
      return;
    }
    this.#way(route, to, at);
  }

  #way({ via, dev, onlink }: NexthopDocument, to: Prefix, at: Path): void {
    const device = dev === undefined ? undefined : readDevice(this.#node, dev, [...at, 'dev'], this.#problems);
    if (dev !== undefined) this.#up(dev, [...at, 'dev']);
    if (via === undefined) {
      if (onlink === true) this.#problems.error([...at, 'onlink'], 'found onlink without a gateway (via)');
      if (dev === undefined && !this.#problems.damaged(at))
        this.#problems.error(at, 'found no way, expected via, dev or nexthops (or a type such as blackhole)');
      return;
    }
    const gateway = readIp(via, [...at, 'via'], this.#problems);
    if (gateway === undefined) return;
    if (gateway.length !== to.bytes.length) {
      const six = family(to.bytes);
      this.#problems.error(
        [...at, 'via'],
        `found ${quoted(via)}, expected an IPv${six} address, as the route is for IPv${six}${otherDefault(to)}`,
      );
      return;
    }
    if (isMulticast(gateway) || isUnspecified(gateway)) {
      this.#problems.error([...at, 'via'], `found ${quoted(via)}, which is no address of a gateway`);
      return;
    }
    if (this.#isOwn(gateway)) {
      this.#problems.error([...at, 'via'], `found ${quoted(via)}, which is an address of ${this.#node.name} itself`);
      return;
    }
    if (isLinkLocal(gateway)) {
      if (dev === undefined)
        this.#problems.error(
          [...at, 'via'],
          `found ${quoted(via)}, a link-local address, expected dev beside it: it is on every link`,
        );
      return;
    }
    if (onlink === true) {
      if (dev === undefined)
        this.#problems.error(
          [...at, 'onlink'],
          'found onlink without dev, expected the interface that the gateway is behind',
        );
      return;
    }
    if (dev === undefined || device !== undefined) this.#onLinkAt(gateway, dev, [...at, 'via']);
  }

  /** The kernel takes no route by an interface that is down. */
  #up(name: string, at: Path): void {
    const device = this.#node.devices.get(name);
    if (device === undefined || isUp(device)) return;
    this.#problems.error(at, `found a route by ${name}, which is not up`);
  }

  #onLinkAt(gateway: Uint8Array, dev: string | undefined, at: Path): void {
    const reached = dev === undefined ? this.#onLink : this.#onLink.filter((one) => one.dev === dev);
    const found = deviceToward(gateway, reached);
    if (found !== undefined) {
      if (dev === undefined) this.#up(found, at);
      this.#broadcast(gateway, found, at);
      return;
    }
    if (unsure(this.#node, this.#problems)) return;
    const text = formatIp(gateway);
    const elsewhere = dev === undefined ? undefined : deviceToward(gateway, this.#onLink);
    if (elsewhere !== undefined) {
      this.#problems.error(
        at,
        `${text} is not on ${String(dev)} but on ${elsewhere}; "onlink: true" would send it there nevertheless`,
      );
      return;
    }
    const where = dev === undefined ? `any network of ${this.#node.name}` : `a network of ${this.#node.name}:${dev}`;
    this.#problems.error(
      at,
      `${text} is not in ${where}, so it cannot be a gateway; "onlink: true" with "dev" would say that it is there`,
    );
  }

  #broadcast(gateway: Uint8Array, name: string, at: Path): void {
    for (const { prefix } of this.#node.devices.get(name)?.addresses ?? []) {
      const all = gateway.length === 4 && prefix.length < 31 && compareIp(broadcastOf(prefix), gateway) === 0;
      if (all)
        this.#problems.error(at, `found ${quoted(formatIp(gateway))}, which is the broadcast address of ${name}`);
    }
  }

  #isOwn(address: Uint8Array): boolean {
    return [...this.#node.devices.values()].some(({ addresses }) =>
      addresses.some(({ prefix }) => compareIp(prefix.bytes, address) === 0),
    );
  }
}

/** Whoever writes `default` and a gateway of the other family means the other default route. */
function otherDefault({ length, bytes }: Prefix): string {
  return length > 0 ? '' : `; did you mean "to: ${family(bytes) === 4 ? 'default6' : 'default'}"?`;
}
