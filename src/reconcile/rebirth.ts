/** Links that can only be made anew, what goes with them, and what must be put back then. A pure function of the two lists. */
import type { Difference } from '../model/report.ts';
import { type Link, lowerOf, type Resource, type ResourceKind } from '../model/resource.ts';
import { describe, keyOf, kindOf } from '../resource/index.ts';
import { deviceOfKey } from '../resource/sysctl.ts';

/** A link that is made anew. */
interface Reborn {
  readonly reason: string;
  /** The link (`node:name`) with which it began: itself, or the one that it goes with. */
  readonly root: string;
}

/** The links that cannot be mended in place, and what becomes of the things around them. */
export class Rebirth {
  readonly #links = new Map<string, Reborn>();
  /** Of each link that is made anew, and of those whose making makes others go, where it all began. */
  readonly #roots = new Map<string, string>();
  /** What is put back, by the link with which it began: which kinds, and on which links. */
  readonly #putBack = new Map<string, { readonly kinds: Set<ResourceKind>; readonly links: Set<string> }>();
  readonly #lost = new Map<string, string[]>();

  constructor(wanted: readonly Resource[], found: ReadonlyMap<string, Resource>) {
    if (found.size === 0) return;
    this.#find(
      wanted.filter((each) => each.kind === 'link'),
      found,
    );
  }

  /** Whether there is any such link. */
  get any(): boolean {
    return this.#links.size > 0;
  }

  /** Why a link is made anew; undefined when it is not. */
  reason({ node, name }: Link): string | undefined {
    return this.#links.size === 0 ? undefined : this.#links.get(`${node}:${name}`)?.reason;
  }

  /** What becomes of something that was found: it goes with the only link that it stands on, or loses one of several. */
  fate(present: Resource): 'stays' | 'goes' | 'suffers' {
    if (this.#links.size === 0) return 'stays';
    const ends = standsOn(present);
    const gone = ends.filter((end) => this.#links.has(end));
    if (gone.length === 0) return 'stays';
    return gone.length === ends.length ? 'goes' : 'suffers';
  }

  /** Whether a link that stays loses its master, which is made anew. */
  losesMaster({ node, name, master }: Link): boolean {
    return master !== undefined && this.#links.has(`${node}:${master}`) && !this.#links.has(`${node}:${name}`);
  }

  /** Notes that something is put back because of links that are made anew. */
  putBack(resource: Resource): void {
    if (this.#links.size === 0) return;
    const ends = resource.kind === 'link' ? [`${resource.node}:${resource.master}`] : standsOn(resource);
    for (const end of ends) {
      const root = this.#roots.get(end);
      if (root === undefined) continue;
      const known = this.#putBack.get(root) ?? { kinds: new Set<ResourceKind>(), links: new Set<string>() };
      known.kinds.add(resource.kind);
      known.links.add(end);
      this.#putBack.set(root, known);
    }
  }

  /** Notes that something goes which nobody puts back, for netlab did not make it. */
  lose(resource: Resource): void {
    for (const end of standsOn(resource)) {
      const root = this.#roots.get(end);
      if (root !== undefined) this.#lost.set(root, [...(this.#lost.get(root) ?? []), describe(resource)]);
    }
  }

  /**
   * In words, who else is disturbed by a link's being made anew: `r2:eth0 goes with it; addresses and routes of both are put back`.
   * Undefined for a link that itself goes with another, and where nobody is.
   */
  disturbs({ node, name }: Link): string | undefined {
    const own = `${node}:${name}`;
    if (this.#roots.get(own) !== own) return undefined;
    const along = [...this.#links.keys()].filter((link) => link !== own && this.#roots.get(link) === own);
    const back = this.#putBack.get(own);
    const kinds = PLURALS.filter(([kind]) => back?.kinds.has(kind)).map(([, word]) => word);
    const links = [...(back?.links ?? [])];
    const every = links.length > 1 && links.length === along.length + 1;
    const all = links.length === 2 ? 'both' : 'all';
    const whose = every ? all : listed(links.map((link) => (link === own ? 'it' : link)));
    const lost = this.#lost.get(own) ?? [];
    const parts = [
      ...(along.length === 0 ? [] : [`${listed(along)} ${along.length === 1 ? 'goes' : 'go'} with it`]),
      ...(kinds.length === 0 ? [] : [`${listed(kinds)} of ${whose} are put back`]),
      ...(lost.length === 0 ? [] : [`not netlab's, and lost: ${lost.join(', ')}`]),
    ];
    return parts.length === 0 ? undefined : parts.join('; ');
  }

  /** The far end of a pair goes with the near one, and what stands on a link that goes, goes with it. */
  #find(links: readonly Link[], found: ReadonlyMap<string, Resource>): void {
    for (const link of links) {
      const present = asLink(found.get(keyOf(link)));
      const differences = present === undefined ? [] : kindOf(link).differences(link, present);
      const replace = kindOf(link).mustReplace?.(differences, link) === true && differences.length > 0;
      const vanished = present === undefined && link.peer !== undefined;
      if (!replace && !vanished) continue;
      const own = nameOf(link);
      if (replace) this.#add(link, differenceWords(differences), own);
      const root = this.#roots.get(own) ?? own;
      // The pair is made by one message, so both of its ends must be free; and the old far end goes with the old near end.
      for (const end of [link.peer, present?.peer]) {
        const far = end === undefined ? undefined : asLink(found.get(`link ${end.node}:${end.link}`));
        if (far === undefined) continue;
        this.#add(far, `it goes with ${own}`, root);
        // One that is made anew for a reason of its own does not go because this one is missing.
        if (vanished && this.#roots.get(nameOf(far)) === root) this.#roots.set(own, root);
      }
    }
    this.#findOrphans(links, found);
    for (let before = 0; before < this.#links.size;) {
      before = this.#links.size;
      for (const link of links) {
        const present = asLink(found.get(keyOf(link)));
        const lower = present === undefined ? undefined : lowerOf(present);
        const root = lower === undefined ? undefined : this.#links.get(`${link.node}:${lower}`)?.root;
        if (root !== undefined) this.#add(present!, `it stands on ${link.node}:${lower}`, root);
      }
    }
  }

  /** What stands on a link that the file no longer has goes with that one, wherever it shall stand now. */
  #findOrphans(links: readonly Link[], found: ReadonlyMap<string, Resource>): void {
    let names: ReadonlySet<string> | undefined;
    for (const link of links) {
      const present = asLink(found.get(keyOf(link)));
      const lower = present === undefined ? undefined : lowerOf(present);
      if (lower === undefined) continue;
      const below = `${link.node}:${lower}`;
      names ??= new Set(links.map(nameOf));
      if (!names.has(below) && found.has(`link ${below}`))
        this.#add(present!, `it stands on ${below}, which goes`, nameOf(link));
    }
  }

  #add(link: Link, reason: string, root: string): void {
    const name = nameOf(link);
    if (this.#links.has(name)) return;
    this.#links.set(name, { reason, root });
    this.#roots.set(name, root);
  }
}

const PLURALS: readonly (readonly [ResourceKind, string])[] = [
  ['link', 'ports'],
  ['sysctl', 'settings'],
  ['address', 'addresses'],
  ['route', 'routes'],
  ['neighbour', 'neighbours'],
  ['fdb', 'forwarding entries'],
];

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Differences in words: `mtu 1400 → 1500, up false → true`. */
export function differenceWords(differences: readonly Difference[]): string {
  return differences.map(({ field, from, to }) => `${field} ${from ?? 'unset'} → ${to ?? 'unset'}`).join(', ');
}

function nameOf({ node, name }: Link): string {
  return `${node}:${name}`;
}

function asLink(resource: Resource | undefined): Link | undefined {
  return resource?.kind === 'link' ? resource : undefined;
}

/** The links (`node:name`) without which a resource cannot be. */
export function standsOn(resource: Resource): string[] {
  switch (resource.kind) {
    case 'address':
      return [`${resource.node}:${resource.link}`];
    case 'neighbour':
    case 'fdb':
      return [`${resource.node}:${resource.dev}`];
    case 'route':
      return resource.nexthops.flatMap(({ dev }) => (dev === undefined ? [] : [`${resource.node}:${dev}`]));
    case 'sysctl': {
      const device = deviceOfKey(resource.key);
      return device === undefined ? [] : [`${resource.node}:${device}`];
    }
    default:
      return [];
  }
}
