import { type Namespace, type Surroundings, surroundingsOf } from '../model/namespace.ts';
import { watchRecords } from '../process/cgroup/counters.ts';
import { makeNodeGroups } from '../process/cgroup/node-groups.ts';
import { confineRecords } from '../process/confinement.ts';
import { filesInRoot, firstMounts } from '../process/file-mounts.ts';
import { FileTree } from '../process/file-tree.ts';
import type { Keeper } from '../process/keeper.ts';
import { clockText, hasInit, nodeFlags, nodeOperations, type NodeSetup, privateFiles } from '../process/operations.ts';
import type { ProtocolRecord } from '../process/records.ts';
import { isStranger, rootOf } from '../process/user-namespace.ts';
import { ROOTLESS, STATE_ROOT } from '../state/places.ts';
import { firstClosed } from '../sys/open-folder.ts';
import { explainStart } from './privilege.ts';
import { machineResolvers, resolverFile, resolverText } from './resolver.ts';
import { mountSetupOf, prepareLayers, rootSetupOf } from './rootfs.ts';

/** What of a node decides how its processes are run. */
export interface NodeShape extends Surroundings {
  readonly name: string;
}

/** That of a node as a file has it. */
export function shapeOf(node: Namespace): NodeShape {
  return { name: node.node, ...surroundingsOf(node) };
}

/** What a node's PID 1 is to look like, but for the node's own files. `keeper`: the pid of the lab's. */
export function setupOf(shape: NodeShape, keeper: number): NodeSetup {
  const { name, hostname, isolation, internet } = shape;
  const files = privateFiles(STATE_ROOT);
  const root = rootSetupOf(shape, keeper);
  return {
    hostname,
    isolation,
    ...coverOf(shape),
    hostsFile: files.hosts,
    hostnameFile: files.hostname(name),
    // What is the machine's own is not bound into another root, where it could be written to.
    ...(internet !== true
      ? {}
      : root === undefined
        ? { resolvFile: resolverFile() }
        : { resolvFile: files.resolver, resolvText: resolverText() ?? machineResolvers() }),
    ...(shape.mounts === undefined ? {} : { mounts: mountSetupOf(shape, keeper) }),
    propagation: shape.propagation,
    masked: shape.masked === true,
    ...(root === undefined ? {} : { root }),
  };
}

/** An ordinary user's state lies in a folder of his alone: who is root in a node, and somebody else, finds the way by another. */
function coverOf(shape: NodeShape): Pick<NodeSetup, 'cover'> {
  if (!ROOTLESS || !shape.isolation.includes('mnt') || !isStranger(shape)) return {};
  const closed = firstClosed(STATE_ROOT);
  return closed === undefined || closed === STATE_ROOT ? {} : { cover: [closed, STATE_ROOT] };
}

/**
 * Starts the PID 1 of each node that has one and in which none runs yet, side by side, and waits for those too that were asked for by
 * {@link sendInits}. Throws KeeperError.
 */
export function startInits(keeper: Keeper, lab: string, nodes: readonly NodeShape[]): void {
  const begun = receiveInits(keeper);
  sendInits(
    keeper,
    lab,
    nodes.filter(({ name }) => !begun.has(name)),
  );
  receiveInits(keeper);
}

/** Those that start, by name. */
function receiveInits(keeper: Keeper): ReadonlyMap<string, unknown> {
  const results = keeper.receiveNodes();
  for (const result of results.values()) if ('error' in result) throw explainStart(result.error);
  return results;
}

/** Asks for PID 1s and returns at once: the keeper starts them meanwhile. Nodes with bounds get their control groups. Nothing else may be asked of it before {@link startInits}. */
export function sendInits(keeper: Keeper, lab: string, nodes: readonly NodeShape[]): void {
  const groups = new Map<string, string[]>();
  for (const { name, limits } of nodes) {
    if (limits === undefined) continue;
    groups.set(name, makeNodeGroups(lab, name, limits));
    keeper.watch(watchRecords(lab, name));
  }
  const withFiles = new Set(FileTree.nodes(keeper.pid, STATE_ROOT));
  const starts = nodes
    .filter(({ isolation }) => hasInit(isolation))
    .map((shape) => {
      const { name, isolation, rootfs } = shape;
      const tree = withFiles.has(name) ? new FileTree(keeper.pid, STATE_ROOT, name, rootOf(shape)) : undefined;
      const own =
        tree === undefined
          ? {}
          : {
              files: rootfs === undefined ? firstMounts(tree, STATE_ROOT) : { overlays: [], binds: filesInRoot(tree) },
            };
      const setup = setupOf(shape, keeper.pid);
      prepareLayers(setup, shape, keeper.pid);
      const operations = [
        ...joinGroups(groups.get(name) ?? []),
        ...nodeOperations({ ...setup, ...own }),
        ...confineRecords(shape.confinement),
      ];
      return { name, flags: nodeFlags(isolation), clocks: clockText(shape), operations };
    });
  if (starts.length > 0) keeper.sendNodes(starts);
}

/** A PID 1 goes there itself, before anything else: what it starts is where it is. Like `echo $$ > cgroup.procs`. */
function joinGroups(groups: readonly string[]): ProtocolRecord[] {
  return groups.map((folder) => ['join', folder]);
}
