/** Processes that share namespaces of another one start anew with it: it has new ones then. */
import type { Process, Resource } from '../model/resource.ts';
import { isInPlace } from '../resource/process.ts';
import { keyOf } from '../resource/index.ts';
import type { Change } from './diff.ts';

/** The processes of `all` that share namespaces of one of `names` (`node/process`), and those that share theirs. */
export function sharersOf<P extends Pick<Process, 'node' | 'name' | 'share'>>(
  names: ReadonlySet<string>,
  all: readonly P[],
): P[] {
  const known = new Set(names);
  const out: P[] = [];
  for (let before = -1; before < out.length;) {
    before = out.length;
    for (const each of all) {
      const id = `${each.node}/${each.name}`;
      if (known.has(id) || !Object.values(each.share ?? {}).some((with_) => known.has(`${each.node}/${with_}`)))
        continue;
      known.add(id);
      out.push(each);
    }
  }
  return out;
}

/** With those processes that must start anew because one starts anew whose namespaces they share. */
export function withSharers(
  changes: readonly Change[],
  wanted: readonly Resource[],
  found: ReadonlyMap<string, Resource>,
): readonly Change[] {
  const processes = wanted.filter((each): each is Process => each.kind === 'process');
  if (!processes.some(({ share }) => share !== undefined)) return changes;
  const starting = new Set(
    changes.flatMap(({ action, wanted: want, differences }) =>
      want?.kind === 'process' && !(action === 'update' && isInPlace(differences)) ? [`${want.node}/${want.name}`] : [],
    ),
  );
  const reason = 'it shares namespaces of one that starts anew';
  const out = [...changes];
  for (const each of sharersOf(starting, processes)) {
    const present = found.get(keyOf(each));
    if (present === undefined) continue;
    const at = out.findIndex((change) => change.wanted === each);
    if (at < 0) out.push({ action: 'replace', wanted: each, found: present, differences: [], reason });
    else out[at] = { ...out[at]!, action: 'replace', reason: `${out[at]!.reason}; ${reason}` };
  }
  return out;
}
