/** Namespaces that a process has beside its node's. */
import { entries, items, own } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { hasMasks } from '../expand/node.ts';
import type { Isolation } from '../../model/namespace.ts';
import type { Path } from '../../model/place.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';
import { checkOwn } from './isolation.ts';

/** Judges `isolation` and `share` of a process. That it exists whose namespaces are shared, `after` finds out. */
export function checkNamespaces(node: DraftNode, name: string, problems: Problems): void {
  const process = own(node.document.processes, name);
  const at = [...node.at, 'processes', name];
  if (process === undefined) return;
  checkOwn(process, at, 'the process', problems);
  const { isolation, share } = process;
  if (isolation === undefined && share === undefined) return;
  const kinds = node.document.join === undefined ? node.document.isolation : ['net'];
  if (kinds !== undefined && kinds.every((kind) => kind === 'net') && !problems.damaged([...node.at, 'isolation'])) {
    problems.keyError(
      [...at, isolation === undefined ? 'share' : 'isolation'],
      `${node.name} has a network alone: a process with namespaces beside its node's needs a node with more, such as [net, pid, mnt]`,
    );
  }
  for (const [i, kind] of items(isolation)) {
    if (isolation?.indexOf(kind) !== i) problems.error([...at, 'isolation', i], `found ${quoted(kind)} twice`);
    if (share !== undefined && Object.hasOwn(share, kind))
      problems.error([...at, 'share', kind], `found ${quoted(kind)} in isolation too: it is its own or another's`);
  }
  if (isolation?.includes('pid') === true && !isolation.includes('mnt')) {
    problems.warn(
      [...at, 'isolation', isolation.indexOf('pid')],
      'found "pid" without "mnt": /proc shows the processes of its node, by numbers that are not its own',
    );
  }
  checkHidden(node, isolation, [...at, 'isolation'], problems);
  for (const [kind, word] of entries(share)) {
    if (word.includes('/')) {
      problems.error(
        [...at, 'share', kind],
        `found ${quoted(word)}, expected a process of ${node.name}: nodes are kept apart`,
      );
    }
  }
}

/** In a user namespace the kernel shows nobody more of /proc and /sys than could be seen outside: see mount_too_revealing() in it. */
function checkHidden(
  { document, name }: DraftNode,
  isolation: readonly Isolation[] | undefined,
  at: Path,
  problems: Problems,
): void {
  const user = isolation?.indexOf('user') ?? -1;
  if (user < 0 || isolation?.includes('mnt') !== true || !hasMasks(document)) return;
  for (const [kind, path] of [
    ['pid', '/proc'],
    ['net', '/sys'],
  ] as const) {
    if (!isolation.includes(kind)) continue;
    problems.error(
      [...at, user],
      `found "user", "mnt" and ${quoted(kind)}, which needs a ${path} of its own, while parts of that of ${name} are hidden: the kernel refuses it then. Expected masked_paths: none on the node, or one kind less`,
    );
  }
}
