/** All rules that the schema cannot say. Each file holds those of one noun. */
import type { TopologyDocument } from '../document.ts';
import type { Draft } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { assignAddresses } from './addresses.ts';
import { checkChecks } from './checks.ts';
import { checkCommands } from './commands.ts';
import { checkConfinement } from './confinement.ts';
import { checkFiles } from './files.ts';
import { checkFirewall } from './firewall.ts';
import { checkHost } from './host.ts';
import { checkInterfaces } from './interfaces.ts';
import { checkJoins } from './join.ts';
import { checkMounts } from './mounts.ts';
import { checkLimits } from './limits.ts';
import { checkLogs } from './log.ts';
import { checkNat } from './nat.ts';
import { checkFdb, checkNeighbours } from './neighbours.ts';
import { checkNode } from './node.ts';
import { checkNftables } from './nftables.ts';
import { checkOverlaps } from './overlaps.ts';
import { checkPortAddresses } from './port-addresses.ts';
import { checkPorts } from './ports.ts';
import { checkProcesses } from './processes.ts';
import { checkRoutes } from './routes.ts';
import { checkPolicy } from './policy.ts';
import { checkRootfs } from './rootfs.ts';
import { checkSegments } from './segments.ts';

/** Judges a draft; collects problems and, on the way, deals out addresses and bridge ports. */
export function checkRules(draft: Draft, document: TopologyDocument, problems: Problems): void {
  for (const node of draft.nodes.values()) checkPorts(node, problems);
  assignAddresses(draft, problems);
  for (const node of draft.nodes.values()) {
    checkNode(node, problems);
    checkConfinement(node, problems);
    checkCommands(node, problems);
    checkRootfs(node, problems);
    checkMounts(node, problems);
    checkLimits(node, problems);
    checkLogs(node, problems);
    checkFiles(node, problems);
    checkInterfaces(node, problems);
    checkOverlaps(node, problems);
    checkPortAddresses(node, problems);
    checkRoutes(node, problems);
    checkPolicy(node, problems);
    checkNeighbours(node, problems);
    checkFdb(node, problems);
    checkNat(node, problems);
    checkFirewall(node, problems);
    checkNftables(node, problems);
  }
  checkHost(draft, problems);
  checkJoins(draft, document, problems);
  checkSegments(draft, problems);
  checkProcesses(draft, problems);
  checkChecks(draft, document.checks, problems);
}
