import type { Confinement } from '../model/confinement.ts';
import type { Isolation } from '../model/resource.ts';
import { confineRecords } from '../process/confinement.ts';
import { firstMounts } from '../process/file-mounts.ts';
import { FileTree } from '../process/file-tree.ts';
import type { Keeper } from '../process/keeper.ts';
import { hasInit, nodeFlags, nodeOperations, type NodeSetup, privateFiles } from '../process/operations.ts';
import { STATE_ROOT } from '../state/paths.ts';
import { explainStart } from './privilege.ts';
import { resolverFile } from './resolver.ts';

/** What of a node decides how its processes are run. */
export interface NodeShape {
  readonly name: string;
  readonly hostname: string;
  readonly isolation: readonly Isolation[];
  /** It asks the host's resolvers for names. */
  readonly internet?: boolean;
  readonly confinement?: Confinement;
}

/** What a node's PID 1 is to look like, but for the node's own files. */
export function setupOf({ name, hostname, isolation, internet }: NodeShape): NodeSetup {
  const files = privateFiles(STATE_ROOT);
  return {
    hostname,
    isolation,
    hostsFile: files.hosts,
    hostnameFile: files.hostname(name),
    ...(internet === true ? { resolvFile: resolverFile() } : {}),
  };
}

/** Starts the PID 1 of each node that has one and in which none runs yet, side by side. Throws KeeperError. */
export function startInits(keeper: Keeper, nodes: readonly NodeShape[]): void {
  const withFiles = new Set(FileTree.nodes(keeper.pid, STATE_ROOT));
  const starts = nodes
    .filter(({ isolation }) => hasInit(isolation))
    .map((shape) => {
      const { name, isolation } = shape;
      const own = withFiles.has(name)
        ? { files: firstMounts(new FileTree(keeper.pid, STATE_ROOT, name), STATE_ROOT) }
        : {};
      const operations = [...nodeOperations({ ...setupOf(shape), ...own }), ...confineRecords(shape.confinement)];
      return { name, flags: nodeFlags(isolation), operations };
    });
  if (starts.length === 0) return;
  for (const result of keeper.startNodes(starts).values()) if ('error' in result) throw explainStart(result.error);
}
