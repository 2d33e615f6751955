/** What the commands of a script make of a node's network, followed command by command, as far as that is certain. */
import { contains, networkOf, parsePrefix } from '../../model/address.ts';
import { parseIp } from '../../model/ip.ts';
import type { Path } from '../../model/place.ts';
import type { Draft, NodeDraft, Origin, Writable } from '../draft.ts';
import { settingValue } from '../values.ts';
import type { TopologyInterface, TopologyNeighbor, TopologyRoute, TopologyRule } from '../../topology/language.ts';

export type InterfaceDraft = Writable<NonNullable<TopologyInterface>>;
export type RouteDraft = Writable<TopologyRoute>;
export type RuleDraft = Writable<TopologyRule>;
export type NeighborDraft = Writable<TopologyNeighbor>;

/**
 * What became of a command. `done`: it stands in the topology, or says nothing; `aside`: it must be run, and nothing that stands in the
 * topology depends on it; `unknown`: it must be run, and who knows what it changes.
 */
export type Outcome = 'done' | 'aside' | 'unknown';

/** The network of one node while a script is read. */
export class Network {
  readonly draft: Draft;
  readonly name: string;
  readonly node: NodeDraft;
  /** Links of the node: their ends have no type. */
  readonly #ends: Set<string>;
  /** Addresses that ifconfig has given to an alias: `eth0:1`. */
  readonly aliases = new Map<string, string>();
  readonly #ipv6: boolean;

  /** `ends`: the interfaces that links and bridges give it; `ipv6`: whether it has IPv6 without asking. */
  constructor(draft: Draft, name: string, ends: Iterable<string>, ipv6: boolean) {
    this.draft = draft;
    this.name = name;
    this.node = draft.topology.nodes[name]!;
    this.#ends = new Set(ends);
    this.#ipv6 = ipv6;
  }

  /** Whether there is such an interface now. */
  has(dev: string): boolean {
    return dev === 'lo' || this.#ends.has(dev) || this.node.interfaces?.[dev]?.type !== undefined;
  }

  /** The interfaces that there are now, but lo. */
  devices(): string[] {
    const made = Object.entries(this.node.interfaces ?? {}).filter(
      ([name, own]) => name !== 'lo' && own?.type !== undefined,
    );
    return [...new Set([...this.#ends, ...made.map(([name]) => name)])];
  }

  /** The interface to write to. */
  interface(dev: string, origin: Origin): InterfaceDraft {
    this.node.interfaces ??= {};
    const known = this.node.interfaces[dev];
    if (known !== undefined && known !== null) return known;
    const made: InterfaceDraft = {};
    this.node.interfaces[dev] = made;
    this.#from(['interfaces', dev], origin);
    return made;
  }

  /** Adds a device; false where there is one of that name, as the kernel says too. */
  add(dev: string, device: InterfaceDraft, origin: Origin): boolean {
    if (this.has(dev)) return false;
    this.node.interfaces = { ...this.node.interfaces, [dev]: device };
    this.#from(['interfaces', dev], origin);
    return true;
  }

  /** Says something about a command that has no effect here. */
  leave(origin: Origin, reason: string): void {
    this.draft.leave(origin, reason);
  }

  /** Whether an IPv6 address can be given there. */
  hasIpv6(dev: string): boolean {
    const sysctls = this.node.sysctls ?? {};
    const off = (name: string): boolean | undefined => {
      const value = sysctls[`net.ipv6.conf.${name}.disable_ipv6`];
      return value === undefined ? undefined : String(value) !== '0';
    };
    return !(off(dev) ?? off('all') ?? !this.#ipv6);
  }

  /** Adds `10.0.0.1/24`. */
  addAddress(dev: string, address: string, origin: Origin): Outcome {
    const prefix = parsePrefix(address);
    if (prefix === undefined || !this.has(dev)) return 'unknown';
    if (prefix.bytes.length === 16 && !this.hasIpv6(dev)) {
      this.leave(origin, `the IPv6 address ${address} is left out: IPv6 is off in this node`);
      return 'done';
    }
    const own = this.interface(dev, origin);
    if (own.addresses?.includes(address) === true) return 'done';
    this.#from(['interfaces', dev, 'addresses', own.addresses?.length ?? 0], origin);
    own.addresses = [...(own.addresses ?? []), address];
    return 'done';
  }

  /** Takes an address away again; there may be none such, which only fails there. */
  removeAddress(dev: string, address: string): Outcome {
    const own = this.node.interfaces?.[dev];
    const kept = own?.addresses?.filter((each) => each !== address && each.split('/')[0] !== address);
    if (own === undefined || own === null || kept?.length === own.addresses?.length) return 'done';
    own.addresses = kept!;
    return 'done';
  }

  /** Adds a route; one that is there already stays, as the kernel says (EEXIST), unless `replace`. */
  addRoute(route: RouteDraft, origin: Origin, replace = false): Outcome {
    const routes = (this.node.routes ??= []);
    const same = routes.findIndex((other) => routeKey(other) === routeKey(route));
    if (same >= 0 && !replace) {
      this.leave(origin, `a route to ${route.to} is there already: this one has no effect`);
      return 'done';
    }
    if (same >= 0) routes.splice(same, 1);
    this.#from(['routes', routes.length], origin);
    routes.push(route);
    return 'done';
  }

  /** Takes routes away; there may be none, which only fails there. */
  removeRoute(to: string, fits: (route: RouteDraft) => boolean): Outcome {
    const routes = this.node.routes;
    if (routes === undefined) return 'done';
    const at = routes.findIndex((route) => route.to === to && fits(route));
    if (at >= 0) routes.splice(at, 1);
    if (routes.length === 0) delete this.node.routes;
    return 'done';
  }

  /** Whether routes lead over it: they would go with its being down. */
  carriesRoutes(dev: string): boolean {
    const own = (this.node.interfaces?.[dev]?.addresses ?? []).flatMap((text) => parsePrefix(text) ?? []);
    return (this.node.routes ?? []).some(({ dev: out, via, nexthops }) => {
      if (out !== undefined || nexthops !== undefined) return out === dev || nexthops !== undefined;
      const gateway = via === undefined ? undefined : parseIp(via);
      return gateway !== undefined && own.some((prefix) => contains(networkOf(prefix), gateway));
    });
  }

  /** The interface whose network holds an address. */
  devFor(address: string): string | undefined {
    const bytes = parseIp(address);
    if (bytes === undefined) return undefined;
    const found = Object.entries(this.node.interfaces ?? {}).find(([, own]) =>
      (own?.addresses ?? []).some((text) => {
        const prefix = parsePrefix(text);
        return prefix !== undefined && contains(networkOf(prefix), bytes);
      }),
    );
    return found?.[0];
  }

  addRule(rule: RuleDraft, origin: Origin): Outcome {
    const rules = (this.node.rules ??= []);
    // As the kernel does: before those that are there.
    const priority = rule.priority ?? Math.min(32766, ...rules.map((other) => other.priority ?? 32766)) - 1;
    this.#from(['rules', rules.length], origin);
    rules.push({ ...rule, priority });
    return 'done';
  }

  addNeighbor(neighbor: NeighborDraft, origin: Origin): Outcome {
    const neighbors = (this.node.neighbors ??= []);
    const same = neighbors.findIndex(({ to, dev }) => to === neighbor.to && dev === neighbor.dev);
    if (same >= 0) neighbors.splice(same, 1);
    this.#from(['neighbors', neighbors.length], origin);
    neighbors.push(neighbor);
    return 'done';
  }

  addFdb(entry: { mac: string; dev: string; dst?: string }, origin: Origin): Outcome {
    const fdb = (this.node.fdb ??= []);
    this.#from(['fdb', fdb.length], origin);
    fdb.push(entry);
    return 'done';
  }

  setSysctl(key: string, value: string, origin: Origin): Outcome {
    const forwarding = { 'net.ipv4.ip_forward': 'ipv4', 'net.ipv6.conf.all.forwarding': 'ipv6' }[key];
    if (forwarding !== undefined && /^[01]$/.test(value)) {
      const known = this.node.forwarding;
      const both = typeof known === 'boolean' ? { ipv4: known, ipv6: known } : known;
      this.node.forwarding = { ...both, [forwarding]: value === '1' };
    } else {
      this.node.sysctls = { ...this.node.sysctls, [key]: settingValue(value) };
      this.#from(['sysctls', key], origin);
    }
    return 'done';
  }

  #from(path: Path, origin: Origin): void {
    this.draft.from(['nodes', this.name, ...path], origin);
  }
}

/** What the kernel tells routes apart by. */
function routeKey({ to, table, metric }: RouteDraft): string {
  return `${to} ${table ?? 'main'} ${metric ?? 0}`;
}
