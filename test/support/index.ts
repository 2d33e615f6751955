/** What the kernel and lab tests stand on. */
export { assertExecChecks } from './checks.ts';
export { CLI, netlab } from './cli.ts';
export type { Result, RunOptions } from './cli.ts';
export { controller, groupFile, groupOf, groupsOf, labGroups, pidsOfGroup } from './cgroups.ts';
export { tempFile, tempFolder, tempTree } from './files.ts';
export { onFreshHost } from './fresh-host.ts';
export { assertHostUnchanged, hostDifferences, hostSnapshot } from './host.ts';
export type { HostOptions, HostSnapshot } from './host.ts';
export { inNode, ipJson, nodeCommand, renamed, toolInNode, uniqueLabName, withLab } from './lab.ts';
export type { IpEntry, NodeResult, RunningLab } from './lab.ts';
export { blocksOf, commandsOf, inGeneral, sessionText, takesRoot, typed, typedUntil } from './pages.ts';
export type { Block, Command } from './pages.ts';
export { has, probe, requireRoot, skip } from './probe.ts';
export type { Feature } from './probe.ts';
export { busyboxImage, busyboxRoot, provideRoots } from './rootfs.ts';
export { environmentOfOtherTests, run } from './run.ts';
export { BUNDLE_SHIFT, runcBundle } from './runc.ts';
export {
  asUser,
  describeAsNobody,
  describeBehind,
  describeForUsers,
  describeWithIds,
  nobody,
  places,
  user,
} from './user.ts';
export { until } from './until.ts';
export {
  addresses,
  dump,
  fdb,
  holder,
  ifindexes,
  isAlive,
  mountsOf,
  netnsOf,
  processesOf,
  processNamed,
  ruleset,
  sysctl,
} from './kernel-view.ts';
export { edited, inShort, Scene } from './scene.ts';
export { describeTopology, TOPOLOGIES } from './topology-suite.ts';
export { onTerminal } from './terminal.ts';
export type { Step } from './terminal.ts';
export { addressServer, assertPing, fetchIn, ping } from './traffic.ts';
export { checked, entryBytes, paxRecord, tarOf, treeLines } from './archives.ts';
export type { EntryWords } from './archives.ts';
export { OciLayout, sha256 } from './oci-layout.ts';
export type { BlobDescriptor, Json } from './oci-layout.ts';
export { assertAll, labFile, testReport, testTopologyText } from './test-verb.ts';
export type { TestReport } from './test-verb.ts';
