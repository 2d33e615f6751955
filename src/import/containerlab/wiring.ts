/** Links between whatever became of the nodes. */
import type { BridgeDraft, Draft, NodeDraft } from '../draft.ts';
import { Names, RESERVED_NAMES } from '../names.ts';
import type { ClabDocument } from './document.ts';
import { MTU, type ClabEnd, type ClabLink, type LeftLink } from './links.ts';

/** What a node of the containerlab file became. */
export type Place =
  | { readonly what: 'node'; readonly name: string }
  | { readonly what: 'bridge'; readonly name: string }
  /** A bridge inside of a node. */
  | { readonly what: 'inner bridge'; readonly name: string; readonly parent: string }
  | { readonly what: 'host' }
  | { readonly what: 'nothing' };

type InterfaceDraft = NonNullable<NonNullable<NodeDraft['interfaces']>[string]>;

/** Takes links one by one. */
export class Wiring {
  readonly #draft: Draft;
  readonly #document: ClabDocument;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #bridges = new Map<string, BridgeDraft>();
  readonly #names = new Map<string, Names>();
  readonly #ends = new Map<string, Set<string>>();
  /** Ends whose other end is not there. */
  readonly #lonely: { end: string; link: LeftLink }[] = [];

  constructor(draft: Draft, document: ClabDocument, places: ReadonlyMap<string, Place>) {
    this.#draft = draft;
    this.#document = document;
    this.#places = places;
    for (const place of places.values()) if (place.what === 'bridge') this.#bridges.set(place.name, { ports: [] });
  }

  /** Makes a link, or a port of a bridge. */
  add(link: ClabLink): void {
    const { ends, mtu, path } = link;
    const [a, b] = ends;
    if (b === undefined) return this.#dummy(link);
    const places = ends.map((end) => this.#placeOf(end));
    const lost = ends.find((_, i) => places[i]!.what === 'nothing');
    if (lost !== undefined) return this.leave({ path, ends, reason: `the node ${lost.node} is not there` });
    const origin = this.#document.origin(path, `link ${a!.node}:${a!.link} ${b.node}:${b.link}`);
    const [first, second] = places;
    const ports = ends.filter((_, i) => places[i]!.what === 'bridge');
    if (ports.length === 2 || (ports.length === 1 && places.some(({ what }) => what === 'host'))) {
      const what = ports.length === 2 ? 'two bridges with each other' : 'a bridge with this machine';
      return this.leave({ path, ends: [], reason: `a link cannot join ${what}: a node with a bridge in it can` });
    }
    if (ports.length === 1) {
      const bridge = [first!, second!].find((place) => place.what === 'bridge')!;
      const port = ends.find((_, i) => places[i]!.what !== 'bridge')!;
      const made = this.#bridges.get(bridge.name)!;
      made.ports = [...(made.ports ?? []), this.#end(port)];
      made.mtu = Math.max(made.mtu ?? 0, mtu);
      this.#draft.from(['bridges', bridge.name], origin);
      return;
    }
    this.#draft.topology.links ??= [];
    this.#draft.from(['links', this.#draft.topology.links.length], origin);
    const endpoints: [string, string] = [this.#end(a!), this.#end(b)];
    this.#draft.topology.links.push(mtu === MTU ? endpoints : { endpoints, mtu });
  }

  /** Says that a link is not there, and keeps the ends that are. */
  leave(link: LeftLink): void {
    const { path, reason, ends } = link;
    this.#draft.leave(this.#document.origin(path), `left out: ${reason}`);
    for (const end of ends) if (this.#placeOf(end).what === 'node') this.#lonely.push({ end: this.#end(end), link });
  }

  /** Writes bridges, and gives ends without another end a bridge of their own: there is a carrier then, as addresses and routes expect it. */
  finish(): void {
    const { topology } = this.#draft;
    if (topology.links !== undefined) topology.defaults = { ...topology.defaults, link: { mtu: MTU } };
    const names = new Names(15, [...RESERVED_NAMES, ...Object.keys(topology.nodes), ...this.#bridges.keys()]);
    for (const [name, bridge] of this.#bridges)
      if (bridge.ports.length > 0) topology.bridges = { ...topology.bridges, [name]: bridge };
    for (const { end, link } of this.#lonely) {
      const name = names.of(end, end.replace(':', '-'));
      topology.bridges = { ...topology.bridges, [name]: { ports: [end] } };
      this.#draft.from(['bridges', name], this.#document.origin(link.path));
    }
  }

  /** The interfaces that links give a node. */
  endsOf(node: string): Iterable<string> {
    return this.#ends.get(node) ?? [];
  }

  #placeOf({ node }: ClabEnd): Place {
    return this.#places.get(node) ?? (node === 'host' ? { what: 'host' } : { what: 'nothing' });
  }

  /** `NODE:INTERFACE`, with what the end says of itself as keys of the interface. */
  #end(end: ClabEnd): string {
    const place = this.#placeOf(end);
    if (place.what === 'host') return `host:${this.#interfaceName('host', end.link)}`;
    const node = place.what === 'inner bridge' ? this.#nameOf(place.parent) : place.what === 'node' ? place.name : '';
    const name = this.#interfaceName(node, end.link);
    if (place.what === 'inner bridge') {
      const bridge = this.#interface(node, place.name);
      Object.assign(bridge, { type: 'bridge', ports: [...(bridge.ports ?? []), name] });
    }
    const ends = this.#ends.get(node) ?? new Set();
    this.#ends.set(node, ends.add(name));
    if (end.mac !== undefined) this.#interface(node, name).mac = end.mac;
    if (end.addresses.length > 0) {
      const made = this.#interface(node, name);
      made.addresses = [...(made.addresses ?? []), ...end.addresses];
    }
    return `${node}:${name}`;
  }

  #nameOf(node: string): string {
    const place = this.#places.get(node);
    return place?.what === 'node' ? place.name : node;
  }

  #interface(node: string, name: string): InterfaceDraft {
    const made = (this.#draft.topology.nodes[node] ??= {});
    made.interfaces ??= {};
    return (made.interfaces[name] ??= {});
  }

  /** As the kernel takes it. */
  #interfaceName(node: string, link: string): string {
    if (/^[^\s/:]{1,15}$/.test(link)) return link;
    const names = this.#names.get(node) ?? new Names(15);
    this.#names.set(node, names);
    return names.of(link);
  }

  #dummy({ ends: [end], mtu, path }: ClabLink): void {
    const place = this.#placeOf(end!);
    if (place.what !== 'node')
      return this.leave({
        path,
        ends: [],
        reason: `the node ${end!.node} is not there, or has no interfaces of its own`,
      });
    const [, name = ''] = this.#end(end!).split(/:(.*)/s);
    Object.assign(this.#interface(place.name, name), { type: 'dummy', mtu });
    this.#draft.from(['nodes', place.name, 'interfaces', name], this.#document.origin(path));
  }
}
