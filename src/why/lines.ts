/** Where the topology says what the kernel now does: the line that a person is to look at. */
import type { LabModel } from '../model/lab.ts';
import { contains, parsePrefix } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import type { FilterChain, FilterHook, NatRule } from '../model/netfilter.ts';
import { formatPath, type Path, type Place } from '../model/place.ts';
import type { Address, Resource, Route } from '../model/resource.ts';
import { compile } from '../resource/nft-table.ts';

export class Lines {
  readonly #model: LabModel | undefined;

  /** `model`: undefined when the file is not to be had any more, and then no line is known. */
  constructor(model: LabModel | undefined) {
    this.#model = model;
  }

  at(path: Path | undefined): Place | null {
    if (path === undefined || this.#model === undefined) return null;
    const place = this.#model.locate(path);
    return place.line === 0 ? null : place;
  }

  /** The node's own line, or the bridge's. */
  node(node: string): Place | null {
    return this.at(this.#find('namespace', ({ node: each }) => each === node)?.at);
  }

  link(node: string, name: string): Place | null {
    const link = this.#find('link', (each) => each.node === node && each.name === name);
    return this.at(link?.at) ?? this.node(node);
  }

  /** What is said of an interface: one key of it, else the interface, else the link that it is an end of. */
  interface(node: string, name: string, key: string): Place | null {
    const path = ['nodes', node, 'interfaces', name];
    const places = [[...path, key], path].map((each) => [formatPath(each), this.at(each)] as const);
    // Of what the file does not have the place of what is around it is told.
    return places.find(([wanted, place]) => place?.path === wanted)?.[1] ?? this.link(node, name);
  }

  address(node: string, address: string): Place | null {
    const own = this.#find('address', (each) => each.node === node && each.prefix.replace(/\/.*/, '') === address);
    return this.at(own?.at);
  }

  /** The line of a route to just that prefix. */
  route(node: string, prefix: string): Place | null {
    return this.at(this.#find('route', (each) => each.node === node && each.to === prefix)?.at);
  }

  /** The routes that the file has for an address on a node, longest first. */
  routesTo(node: string, address: string): Route[] {
    const bytes = parseIp(address);
    return this.#all('route')
      .filter((each) => {
        const prefix = parsePrefix(each.to);
        return each.node === node && bytes !== undefined && prefix !== undefined && contains(prefix, bytes);
      })
      .toSorted((a, b) => parsePrefix(b.to)!.length - parsePrefix(a.to)!.length);
  }

  addresses(node: string): Address[] {
    return this.#all('address').filter((each) => each.node === node);
  }

  /** Who has an address by the file. */
  holders(address: string): Address[] {
    return this.#all('address').filter((each) => each.prefix.replace(/\/.*/, '') === address);
  }

  sysctl(node: string, ...keys: readonly string[]): Place | null {
    for (const key of keys) {
      const found = this.#find('sysctl', (each) => each.node === node && each.key === key);
      if (found?.at !== undefined) return this.at(found.at);
    }
    return this.node(node);
  }

  rule(node: string, priority: number): Place | null {
    return this.at(this.#find('rule', (each) => each.node === node && each.priority === priority)?.at);
  }

  neighbour(node: string, address: string): Place | null {
    return this.at(this.#find('neighbour', (each) => each.node === node && each.to === address)?.at);
  }

  fdb(node: string, mac: string, dev: string): Place | null {
    const found = this.#find('fdb', (each) => each.node === node && each.mac === mac && each.dev === dev);
    return this.at(found?.at);
  }

  nat(node: string): readonly NatRule[] {
    return this.#all('netfilter').flatMap((each) => (each.node === node ? each.nat : []));
  }

  /** The chain of a node's `firewall`. */
  chain(node: string, hook: FilterHook): Place | null {
    const chains = this.#all('netfilter').flatMap((each): readonly FilterChain[] =>
      each.node === node ? each.firewall : [],
    );
    return this.at(chains.find((each) => each.hook === hook)?.at) ?? this.node(node);
  }

  /** The raw text of nft. */
  text(node: string): Place | null {
    return this.at(this.#find('nftables', (each) => each.node === node)?.at);
  }

  /** The line that a rule of our table was made for, by the words that it bears. */
  written(node: string, chain: string, comment: string): Place | null {
    const own = this.#find('netfilter', (each): boolean => each.node === node);
    if (own === undefined) return null;
    const rules = compile(own).filter(({ name }) => name === chain);
    return this.at(rules.flatMap((each) => each.rules).find((rule) => rule.comment === comment)?.at);
  }

  #all<K extends Resource['kind']>(kind: K): Extract<Resource, { kind: K }>[] {
    return (this.#model?.resources ?? []).filter((each): each is Extract<Resource, { kind: K }> => each.kind === kind);
  }

  #find<K extends Resource['kind']>(
    kind: K,
    fits: (each: Extract<Resource, { kind: K }>) => boolean,
  ): Extract<Resource, { kind: K }> | undefined {
    return this.#all(kind).find(fits);
  }
}
