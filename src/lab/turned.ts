/** Links that `netlab link` has set down or up: they are meant to be so, and are no damage. */
import type { Link, Resource } from '../model/resource.ts';
import type { Change } from '../reconcile/diff.ts';
import { keyOf } from '../resource/index.ts';
import type { TurnedLinks } from '../state/turned.ts';

/** Found resources, with those links marked. One that somebody has turned back since is like any other. */
export function withTurned(resources: readonly Resource[], turned: TurnedLinks): readonly Resource[] {
  if (Object.keys(turned).length === 0) return resources;
  return resources.map((each) => (each.kind === 'link' ? marked(each, turned) : each));
}

function marked(link: Link, turned: TurnedLinks): Link {
  const name = `${link.node}:${link.name}`;
  const { wasUp } = (Object.hasOwn(turned, name) ? turned[name] : undefined) ?? { wasUp: link.up };
  return wasUp === link.up ? link : { ...link, turned: link.up ? 'up' : 'down' };
}

/** Leaves out what would undo a turn: the link's state, and what went with a link that was cut. */
export function withoutTurned(changes: readonly Change[], turned: TurnedLinks): readonly Change[] {
  const gone = new Set(Object.values(turned).flatMap(({ lost }) => lost.map(keyOf)));
  return changes.flatMap((change): Change[] => {
    const { wanted, found } = change;
    if (wanted !== undefined && gone.has(keyOf(wanted))) return [];
    if (found?.kind !== 'link' || found.turned === undefined || change.action !== 'update') return [change];
    const differences = change.differences.filter(({ field }) => field !== 'up');
    return differences.length === 0 ? [] : [{ ...change, differences }];
  });
}
