/**
 * Rules that stand, but not in the order of the file. Of two rules of one priority the kernel asks the older one first, so what shall come
 * later is added again. A pure function.
 */
import { groupBy } from '../model/group-by.ts';
import type { Resource, Rule } from '../model/resource.ts';
import { keyOf } from '../resource/index.ts';
import type { Change } from './diff.ts';
import { inFileOrder, inPlace } from './in-place.ts';

const WHY = 'another rule of its priority comes before it in the file';

/** Changes, with the rules that are added again because of their place. */
export function withRuleOrder(
  changes: readonly Change[],
  wanted: readonly Resource[],
  found: ReadonlyMap<string, Resource>,
): readonly Change[] {
  const again = new Map<Rule, Rule>();
  const groups = groupsOf(wanted);
  if (groups.size === 0) return changes;
  const standing = groupsOf(found.values());
  for (const [group, list] of groups) {
    const present = (standing.get(group) ?? []).map(keyOf);
    const kept = inPlace(list.map(keyOf), present);
    for (const each of list.slice(kept)) {
      const old = found.get(keyOf(each));
      if (old?.kind === 'rule') again.set(each, old);
    }
  }
  if (again.size === 0) return changes;
  const added = [...again].map(([want, old]): Change => ({
    action: 'replace',
    wanted: want,
    found: old,
    differences: [],
    reason: WHY,
  }));
  return inFileOrder([...changes, ...added], wanted, 'rule');
}

/** The rules of a node that have one family and one priority, in their order. */
function groupsOf(list: Iterable<Resource>): Map<string, Rule[]> {
  const rules = [...list].filter((each) => each.kind === 'rule');
  return groupBy(rules, ({ node, family, priority }) => `${node} ${family} ${priority}`);
}
