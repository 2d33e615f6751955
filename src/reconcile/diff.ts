/** What must change so that the kernel is as wanted. A pure function of the two lists. */
import type { Action, Difference } from '../model/report.ts';
import { type Link, lowerOf, type Resource } from '../model/resource.ts';
import { keyOf, kindOf } from '../resource/index.ts';

/** One change, as values: nothing has been done yet. */
export interface Change {
  readonly action: Action;
  /** What shall be. Undefined for a removal. */
  readonly wanted?: Resource;
  /** What is. Undefined for a creation. */
  readonly found?: Resource;
  readonly differences: readonly Difference[];
  /** Why, in words. */
  readonly reason: string;
}

/** What `observe` saw. */
export interface Observed {
  readonly resources: readonly Resource[];
  /** Keys (of {@link keyOf}) of the found resources that netlab made; nothing else is ever removed. */
  readonly ours: ReadonlySet<string>;
}

export interface Diff {
  readonly changes: readonly Change[];
  /** What stands there, is not wanted, and was made by somebody else. */
  readonly unmanaged: readonly Resource[];
}

/** Compares what is wanted with what was found. Equal lists give no changes. */
export function diff(wanted: readonly Resource[], { resources, ours }: Observed): Diff {
  const found = new Map(resources.map((resource) => [keyOf(resource), resource]));
  const want = new Map(wanted.map((resource) => [keyOf(resource), resource]));
  const changes: Change[] = [];
  const reborn = rebornLinks(want, found);

  for (const [key, resource] of want) {
    const present = found.get(key);
    // What stands on a link that is made anew goes with the old one.
    if (present === undefined || (reborn.size > 0 && standsOn(present).some((end) => reborn.has(end)))) {
      const reason = present === undefined ? 'the file has it, the kernel does not' : 'its link is made anew';
      changes.push({ action: 'create', wanted: resource, differences: [], reason });
      continue;
    }
    const kind = kindOf(resource);
    const differences = kind.differences(resource, present);
    const anew = resource.kind === 'link' ? reborn.get(`${resource.node}:${resource.name}`) : undefined;
    if (anew !== undefined) {
      changes.push({ action: 'replace', wanted: resource, found: present, differences, reason: anew });
    } else if (differences.length > 0) {
      const action = kind.mustReplace?.(differences, resource) === true ? 'replace' : 'update';
      changes.push({ action, wanted: resource, found: present, differences, reason: differenceWords(differences) });
    }
  }

  const unmanaged: Resource[] = [];
  for (const [key, resource] of found) {
    if (want.has(key)) continue;
    if (ours.has(key)) {
      changes.push({ action: 'remove', found: resource, differences: [], reason: 'the file no longer has it' });
    } else unmanaged.push(resource);
  }
  return { changes, unmanaged };
}

/** The links that cannot be mended in place, with the reason; the far end of a pair goes with the near one. */
function rebornLinks(
  want: ReadonlyMap<string, Resource>,
  found: ReadonlyMap<string, Resource>,
): ReadonlyMap<string, string> {
  const reborn = new Map<string, string>();
  const add = (link: Link, reason: string): void => {
    if (!reborn.has(`${link.node}:${link.name}`)) reborn.set(`${link.node}:${link.name}`, reason);
  };
  if (found.size === 0) return reborn;
  for (const [key, link] of want) {
    if (link.kind !== 'link') continue;
    const present = asLink(found.get(key));
    const differences = present === undefined ? [] : kindOf(link).differences(link, present);
    const replace = kindOf(link).mustReplace?.(differences, link) === true && differences.length > 0;
    const vanished = present === undefined && link.peer !== undefined;
    if (!replace && !vanished) continue;
    if (replace) add(link, differenceWords(differences));
    // The pair is made by one message, so both of its ends must be free; and the old far end goes with the old near end.
    for (const end of [link.peer, present?.peer]) {
      const far = end === undefined ? undefined : asLink(found.get(`link ${end.node}:${end.link}`));
      if (far !== undefined) add(far, `it goes with ${link.node}:${link.name}`);
    }
  }
  // What stands on a link that goes, goes with it; and so on upward.
  for (let before = 0; before < reborn.size;) {
    before = reborn.size;
    for (const [key, link] of want) {
      const present = link.kind === 'link' ? asLink(found.get(key)) : undefined;
      const lower = present === undefined ? undefined : lowerOf(present);
      if (lower !== undefined && reborn.has(`${link.node}:${lower}`))
        add(present!, `it stands on ${link.node}:${lower}`);
    }
  }
  return reborn;
}

function asLink(resource: Resource | undefined): Link | undefined {
  return resource?.kind === 'link' ? resource : undefined;
}

/** The links (`node:name`) without which a resource cannot be. */
function standsOn(resource: Resource): string[] {
  switch (resource.kind) {
    case 'address':
      return [`${resource.node}:${resource.link}`];
    case 'neighbour':
    case 'fdb':
      return [`${resource.node}:${resource.dev}`];
    case 'route':
      return resource.nexthops.flatMap(({ dev }) => (dev === undefined ? [] : [`${resource.node}:${dev}`]));
    default:
      return [];
  }
}

function differenceWords(differences: readonly Difference[]): string {
  return differences.map(({ field, from, to }) => `${field} ${from ?? 'unset'} → ${to ?? 'unset'}`).join(', ');
}
