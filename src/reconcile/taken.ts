/**
 * What the kernel takes along by itself with what a run removes: routes that lean on an address, and all that stands on a link. A pure
 * function of the changes and of what was found.
 */
import type { Address, Resource, Route } from '../model/resource.ts';
import { describe, keyOf } from '../resource/index.ts';
import type { Change } from './diff.ts';
import { standsOn } from './rebirth.ts';

/** Changes and what nobody manages, with what the removals among the changes take along. */
export function withTaken(
  changes: readonly Change[],
  unmanaged: readonly Resource[],
  wanted: readonly Resource[],
  found: ReadonlyMap<string, Resource>,
): { readonly changes: readonly Change[]; readonly unmanaged: readonly Resource[] } {
  // An address that is added again was gone for a moment.
  const removals = changes.filter(
    ({ action, found }) => action === 'remove' || (action === 'replace' && found?.kind === 'address'),
  );
  const takers = new Takers([...removals, ...changes.filter(isAddressed)], found);
  if (!takers.any) return { changes, unmanaged };

  const lost = new Map<Change, string[]>();
  const stays = unmanaged.filter((resource) => {
    const taker = takers.of(resource);
    // Every namespace has a loopback of the kernel's own: nobody misses it.
    const isMissed = resource.kind !== 'link' || resource.type !== 'loopback';
    if (taker !== undefined && isMissed) lost.set(taker, [...(lost.get(taker) ?? []), describe(resource)]);
    return taker === undefined;
  });
  const told = changes.map((change) => {
    const words = lost.get(change);
    return words === undefined ? change : { ...change, disturbs: `not netlab's, and lost: ${words.join(', ')}` };
  });
  return { changes: [...told, ...putBack(changes, takers, wanted, found)], unmanaged: stays };
}

/**
 * What the file has and the kernel takes, and what is put back at once: routes with an address that is none of the file's any more,
 * neighbours with the MAC address of their link.
 */
function* putBack(
  changes: readonly Change[],
  takers: Takers,
  wanted: readonly Resource[],
  found: ReadonlyMap<string, Resource>,
): Generator<Change> {
  const known = new Set(changes.map(({ wanted }) => wanted));
  for (const want of wanted) {
    const canGo = want.kind === 'route' || want.kind === 'neighbour';
    const present = canGo && !known.has(want) ? found.get(keyOf(want)) : undefined;
    const taker = present === undefined ? undefined : takers.of(present);
    if (taker === undefined) continue;
    const what = isAddressed(taker) ? 'the MAC address of its link' : describe(taker.found!).replace(/ on .*$/, '');
    const reason = `the kernel takes it along with ${what}`;
    yield { action: 'update', wanted: want, found: present!, differences: [], reason };
  }
}

/** Whether a change gives a link that stays another MAC address. */
function isAddressed({ action, wanted, differences }: Change): boolean {
  return action === 'update' && wanted?.kind === 'link' && differences.some(({ field }) => field === 'mac');
}

/** The changes that take other things along. */
class Takers {
  /** By the node that goes. */
  readonly #nodes = new Map<string, Change>();
  /** By the link (`node:name`) that goes. */
  readonly #links = new Map<string, Change>();
  /** By the address (`node address`) that the node has nowhere else. */
  readonly #sources = new Map<string, Change>();
  /** By the link that loses its last IPv4 address: what goes then is routes alone. */
  readonly #quiet = new Map<string, Change>();
  /** By the link whose MAC address changes: neigh_changeaddr() of the kernel forgets its neighbours, those that somebody made too. */
  readonly #addressed = new Map<string, Change>();

  constructor(takers: readonly Change[], found: ReadonlyMap<string, Resource>) {
    const going = new Map<Address, Change>();
    for (const change of takers) {
      const { found: resource } = change;
      if (resource?.kind === 'link' && isAddressed(change)) {
        this.#addressed.set(`${resource.node}:${resource.name}`, change);
        continue;
      }
      if (resource?.kind === 'namespace') this.#nodes.set(resource.node, change);
      if (resource?.kind === 'link') this.#links.set(`${resource.node}:${resource.name}`, change);
      if (resource?.kind === 'address' && isFour(resource.prefix)) going.set(resource, change);
    }
    if (going.size === 0) return;
    const links = new Set<string>();
    const sources = new Set<string>();
    for (const each of found.values()) {
      if (each.kind !== 'address' || going.has(each) || !isFour(each.prefix)) continue;
      links.add(`${each.node}:${each.link}`);
      sources.add(sourceOf(each));
    }
    // fib_disable_ip() of the kernel, and fib_sync_down_addr().
    for (const [address, change] of going) {
      const link = `${address.node}:${address.link}`;
      if (!links.has(link)) this.#quiet.set(link, change);
      if (!sources.has(sourceOf(address))) this.#sources.set(sourceOf(address), change);
    }
  }

  get any(): boolean {
    const all = [this.#nodes, this.#links, this.#quiet, this.#sources, this.#addressed];
    return all.some(({ size }) => size > 0);
  }

  /** The removal that takes something along; undefined when it stays, or is a removal itself. */
  of(resource: Resource): Change | undefined {
    const byNode = this.#nodes.get(resource.node);
    if (byNode !== undefined) return byNode;
    const ends = standsOn(resource);
    if (resource.kind === 'neighbour' && this.#addressed.has(ends[0]!)) return this.#addressed.get(ends[0]!);
    const byLink = ends.every((end) => this.#links.has(end)) ? this.#links.get(ends[0] ?? '') : undefined;
    return byLink ?? (resource.kind === 'route' ? this.#ofRoute(resource, ends) : undefined);
  }

  #ofRoute({ node, to, source }: Route, ends: readonly string[]): Change | undefined {
    if (!isFour(to)) return undefined;
    const bySource = source === undefined ? undefined : this.#sources.get(`${node} ${source}`);
    return bySource ?? (ends.every((end) => this.#quiet.has(end)) ? this.#quiet.get(ends[0] ?? '') : undefined);
  }
}

function isFour(prefix: string): boolean {
  return !prefix.includes(':');
}

function sourceOf({ node, prefix }: Address): string {
  return `${node} ${prefix.replace(/\/.*$/, '')}`;
}
