/** The files that nodes see and the host does not: in the keeper's tmpfs, and mounted in each node. */
import type { File, Namespace, Resource } from '../model/resource.ts';
import { hiddenFiles, remount, targetOf } from '../process/file-mounts.ts';
import { FileTree } from '../process/file-tree.ts';
import { furnishNode } from '../process/furnish.ts';
import { readMounts } from '../process/mounts.ts';
import { privateFiles } from '../process/operations.ts';
import { rootOf } from '../process/user-namespace.ts';
import type { ProtocolRecord } from '../process/records.ts';
import { bindFile } from '../process/rootfs.ts';
import type { Change } from '../reconcile/diff.ts';
import { keyOf } from '../resource/index.ts';
import { ChangeFailure } from '../reconcile/apply.ts';
import { MODE, OWNER } from '../resource/file.ts';
import { STATE_ROOT } from '../state/paths.ts';
import type { LabRecord } from '../state/record.ts';
import type { Inside } from './inside.ts';
import { resolverFile } from './resolver.ts';
import type { Session } from './session.ts';

/** The files that the nodes of a lab have. `inside`: what the nodes' processes see, as far as that is known. */
export function observeFiles(
  session: Session,
  record: LabRecord | undefined,
  inside: ReadonlyMap<string, Inside>,
): File[] {
  const { pid } = session.keeper;
  const present = new Set(session.namespaces.names());
  return FileTree.nodes(pid, STATE_ROOT)
    .filter((node) => present.has(node))
    .flatMap((node) => {
      const shape = record?.nodes[node];
      const tree = new FileTree(pid, STATE_ROOT, node, shape === undefined ? undefined : rootOf(shape));
      const paths = tree.paths();
      const hidden = new Set(hiddenFiles(paths, STATE_ROOT, inside.get(node)?.mounts, shape?.rootfs !== undefined));
      return paths.map((path): File => {
        const { mode, owner } = tree.access(path);
        return {
          kind: 'file',
          node,
          path,
          content: tree.read(path),
          ...(mode === MODE ? {} : { mode }),
          ...(owner === OWNER ? {} : { owner }),
          ...(hidden.has(path) ? { unmounted: true } : {}),
        };
      });
    });
}

/** Whether a resource is one of those that this file takes care of. */
export function isFile(resource: Resource | undefined): resource is File {
  return resource?.kind === 'file';
}

/** The nodes in which files are to be mounted: those whose files change, and those whose PID 1 has ended and that have any. */
export function nodesToMount(changes: readonly Change[], wanted: readonly Resource[]): Set<string> {
  const nodes = new Set(changes.flatMap(({ wanted: want }) => (isFile(want) ? [want.node] : [])));
  const anew = new Set(
    changes.flatMap(({ action, wanted: want }) =>
      want?.kind === 'namespace' && action === 'update' ? [want.node] : [],
    ),
  );
  if (anew.size > 0) for (const each of wanted) if (isFile(each) && anew.has(each.node)) nodes.add(each.node);
  return nodes;
}

/** Asks, before anything is touched, whether each file can be given to its node. Throws ChangeFailure for the first that can't. */
export function checkFiles(changes: readonly Change[], wanted: readonly Resource[]): void {
  const rooted = new Set(
    wanted.flatMap((each) => (each.kind === 'namespace' && each.rootfs !== undefined ? [each.node] : [])),
  );
  for (const change of changes) {
    // In a root of its own whatever is missing can be made.
    if (!isFile(change.wanted) || rooted.has(change.wanted.node)) continue;
    try {
      targetOf(change.wanted.path, STATE_ROOT);
    } catch (error) {
      throw new ChangeFailure(change, error);
    }
  }
}

/**
 * Makes the files as wanted, also in nodes that run: a changed one in place, others by mounts made in there. Throws ChangeFailure.
 * Whoever starts a PID 1 after this lets it mount them all. `wanted` tells which
 * nodes have resolvers of their own.
 */
export function changeFiles(
  session: Session,
  changes: readonly Change[],
  wanted: readonly Resource[],
  journal: Set<Change>,
): void {
  const shapes = new Map(wanted.flatMap((each) => (each.kind === 'namespace' ? [[each.node, each]] : [])));
  const byNode = new Map<string, Change[]>();
  for (const change of changes) {
    const file = change.wanted ?? change.found;
    if (isFile(file)) byNode.set(file.node, [...(byNode.get(file.node) ?? []), change]);
  }
  const present = new Set(session.namespaces.names());
  for (const [node, own] of byNode) {
    for (const change of own) journal.add(change);
    try {
      const shape = shapes.get(node);
      if (!present.has(node)) new FileTree(session.keeper.pid, STATE_ROOT, node).removeAll();
      else if (shape?.rootfs !== undefined) changeInRoot(session, shape, own);
      else changeNode(session, node, own, shape);
      // A folder that has been covered anew hides what the file wants mounted below it.
      if (shape?.mounts !== undefined && shape.rootfs === undefined) session.furnish(shape);
    } catch (error) {
      throw error instanceof ChangeFailure ? error : new ChangeFailure(own[0]!, error);
    }
  }
}

/**
 * Gives nodes (those that `isIn` names) the files that they had, where changes to them had been begun. In nodes that run each is mounted again: nobody knows
 * how far that had come.
 */
export function restoreFiles(
  session: Session,
  begun: readonly Change[],
  before: readonly Resource[],
  isIn: (node: string) => boolean,
): void {
  const touched = begun.flatMap(({ wanted, found }) => [wanted, found].filter(isFile));
  const nodes = new Set([
    ...touched.map(({ node }) => node),
    // What was dropped with its node, too.
    ...begun.flatMap(({ found }) => (found?.kind === 'namespace' ? [found.node] : [])),
  ]);
  const files = before.filter(isFile).filter(({ node }) => nodes.has(node));
  const had = new Set(files.map(keyOf));
  const put = (wanted: File): Change => ({ action: 'create', wanted, differences: [], reason: 'it was there' });
  const take = (found: File): Change => ({ action: 'remove', found, differences: [], reason: 'it was not there' });
  const gone = new Map(touched.filter((file) => !had.has(keyOf(file))).map((file) => [keyOf(file), file]));
  const changes = [...files.map(put), ...[...gone.values()].map(take)];
  changeFiles(
    session,
    changes.filter(({ wanted, found }) => isIn((wanted ?? found)!.node)),
    before,
    new Set(),
  );
}

function changeNode(session: Session, node: string, changes: readonly Change[], shape: Namespace | undefined): void {
  const tree = new FileTree(session.keeper.pid, STATE_ROOT, node, shape === undefined ? undefined : rootOf(shape));
  const resolver = shape?.internet === true ? resolverFile() : undefined;
  const { come, gone } = changeTree(tree, changes);
  const init = come.length + gone.length === 0 ? undefined : session.init(node);
  if (init === undefined) return;
  try {
    const { hosts, hostname } = privateFiles(STATE_ROOT);
    const own = [
      { source: hosts, point: '/etc/hosts' },
      { source: hostname(node), point: '/etc/hostname' },
      ...(resolver === undefined ? [] : [{ source: resolver, point: '/etc/resolv.conf' }]),
    ];
    const { before, prepare, after } = remount(
      tree,
      STATE_ROOT,
      init.pid,
      { come, gone },
      own,
      shape?.mounts?.map(({ target }) => target),
    );
    if (before.length > 0) init.operate(before);
    prepare();
    if (after.length > 0) init.operate(after);
  } finally {
    init.close();
  }
}

/** In a root of the node's own there are no covers: each file is a mount and, where the root has none, an empty file below that. */
function changeInRoot(session: Session, shape: Namespace, changes: readonly Change[]): void {
  const { node, rootfs } = shape;
  const tree = new FileTree(session.keeper.pid, STATE_ROOT, node, rootOf(shape));
  const { come, gone } = changeTree(tree, changes);
  const init = come.length + gone.length === 0 ? undefined : session.init(node);
  if (init === undefined) return;
  const { pid } = init;
  init.close();
  const there = new Set(hiddenFiles([...come, ...gone], STATE_ROOT, readMounts(`/proc/${pid}/mountinfo`), true));
  furnishNode(
    session.keeper.pid,
    pid,
    [
      ...gone.filter((path) => !there.has(path)).map((path): ProtocolRecord => ['unmount', path]),
      ...gone.map((path): ProtocolRecord => ['untouch', path]),
      ...come.filter((path) => there.has(path)).flatMap((path) => bindFile(tree.contentOf(path), path)),
    ],
    rootfs?.readOnly,
  );
}

/** Writes and erases what has changed: the paths that are to be mounted, and those that are no more. */
function changeTree(tree: FileTree, changes: readonly Change[]): { readonly come: string[]; readonly gone: string[] } {
  const come: string[] = [];
  const gone: string[] = [];
  for (const change of changes) {
    const { action, wanted, found } = change;
    try {
      if (isFile(wanted)) tree.write(wanted.path, wanted.content);
      const unseen = action === 'create' || (isFile(found) && found.unmounted === true);
      if (isFile(wanted) && unseen) come.push(wanted.path);
      if (action !== 'remove' || !isFile(found)) continue;
      tree.erase(found.path);
      gone.push(found.path);
    } catch (error) {
      throw new ChangeFailure(change, error);
    }
  }
  return { come, gone };
}
