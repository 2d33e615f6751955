import { foreignNodes } from '../model/host.ts';
import type { Link, Namespace, Resource } from '../model/resource.ts';
import type { Surroundings } from '../resource/kind.ts';
import type { Change } from './diff.ts';
import type { Namespaces } from './namespaces.ts';
import type { Network } from './observe.ts';
import { highestIndex } from './read/host.ts';

const LOOPBACK_INDEX = 1;
/**
 * Ours begin above this one: as soon as the machine has used a tunnel, every new namespace comes with devices of the kernel's own
 * (gre0, sit0 …), which bear the first numbers.
 */
const LAST_RESERVED_INDEX = 99;
/** On the host, and in namespaces that are joined, ours are numbered from here, far from where the kernel is counting: another program's new link is not in the way. */
const FOREIGN_INDEX = 1_000_000;

/** What is known of namespaces that are about to be joined. */
export interface Joining {
  /** The highest index that is in use there. */
  readonly above?: number;
}

/** What requests need to know of one run of changes: which indexes links have, or will have, and which namespaces are new. */
export class RunSurroundings implements Surroundings {
  readonly lab: string;
  readonly #namespaces: Namespaces;
  readonly #indexes = new Map<string, number>();
  readonly #links = new Map<string, Link>();
  readonly #members = new Map<string, Namespace>();
  readonly #new = new Set<string>();
  readonly #dropped = new Map<string, Namespace>();
  readonly #foreign: ReadonlySet<string>;
  #highest = LAST_RESERVED_INDEX;
  readonly #above: number;
  #isAbove = false;

  constructor(
    lab: string,
    namespaces: Namespaces,
    wanted: readonly Resource[],
    network: Pick<Network, 'devices' | 'others'> & Joining,
    changes: readonly Change[],
  ) {
    this.lab = lab;
    this.#namespaces = namespaces;
    this.#foreign = foreignNodes(wanted);
    this.#above = network.above ?? 0;
    for (const [name, { index }] of network.devices) {
      this.#indexes.set(name, index);
      this.#highest = Math.max(this.#highest, index);
    }
    for (const [name, index] of network.others) this.#indexes.set(name, index);
    for (const resource of wanted) {
      if (resource.kind === 'link') this.#links.set(`${resource.node}:${resource.name}`, resource);
      if (resource.kind === 'namespace') this.#members.set(resource.node, resource);
    }
    for (const { action, wanted: want, found } of changes) {
      // Of a namespace that is joined nobody knows what stands in it.
      if (want?.kind === 'namespace' && action !== 'update' && want.join === undefined) this.#new.add(want.node);
      if (found?.kind === 'namespace' && action !== 'update') this.#dropped.set(found.node, found);
    }
  }

  /** Gives the links that are about to be made their indexes. From now on {@link index} answers with those. */
  renew(changes: readonly Change[]): void {
    for (const { action, wanted } of changes) {
      if (wanted?.kind !== 'link' || (action !== 'create' && action !== 'replace')) continue;
      if (this.isForeign(wanted.node)) this.#skipIndexesInUse();
      const index = wanted.type === 'loopback' ? LOOPBACK_INDEX : ++this.#highest;
      this.#indexes.set(`${wanted.node}:${wanted.name}`, index);
    }
  }

  /** Goes on above every index that is in use on the host and wherever else we are not alone; asked once. */
  #skipIndexesInUse(): void {
    if (this.#isAbove) return;
    this.#isAbove = true;
    const held = [...this.#foreign].filter((node) => this.#namespaces.has(node));
    const used = held.map((node) => highestIndex(this.#namespaces.route(node)));
    this.#highest = Math.max(this.#highest, FOREIGN_INDEX, this.#above, ...used);
  }

  index(node: string, link: string): number {
    const index = link === 'lo' ? LOOPBACK_INDEX : this.#indexes.get(`${node}:${link}`);
    if (index === undefined) throw new Error(`there is no link ${node}:${link}`);
    return index;
  }

  netns(node: string): number {
    return this.#namespaces.fd(node);
  }

  isNew(node: string): boolean {
    return this.#new.has(node);
  }

  isDropped(node: string): boolean {
    return this.#dropped.has(node);
  }

  wantedLink(node: string, link: string): Link | undefined {
    return this.#links.get(`${node}:${link}`);
  }

  isForeign(node: string): boolean {
    return this.#foreign.has(node);
  }

  isBridge(node: string): boolean {
    return this.member(node)?.role === 'bridge';
  }

  /** A node that is dropped, as it was found. */
  protected dropped(node: string): Namespace | undefined {
    return this.#dropped.get(node);
  }

  /** What the file says of a node or bridge. */
  protected member(node: string): Namespace | undefined {
    return this.#members.get(node);
  }
}
