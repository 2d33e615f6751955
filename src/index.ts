/** netlab as a library: bring labs up, look at them, run commands in their nodes, take them down. */
export * from './errors.ts';
export {
  type ArpOptions,
  type CheckOptions,
  type Choice,
  type ControlOptions,
  type DownOptions,
  type FreezeOptions,
  Lab,
  type LabLink,
  type LabNode,
  type LinkOptions,
  type LogsOptions,
  type PingallOptions,
  type PingOptions,
  type PlanOptions,
  type ProcessVerb,
  type StatusOptions,
  type Topology,
  type UpOptions,
  type WatchEnd,
  type WatchEvent,
  type WatchOptions,
} from './lab.ts';
export type { ConnectTo, ListenAt } from './lab/node-network/sockets.ts';
export type { CaptureOptions, ExecResult } from './process/exec.ts';
export type { CheckResult, ClaimKind, LabResult, NodeDiagnosis } from './model/check.ts';
export type { Carried } from './import/draft.ts';
export type { FormatName, ImportOptions } from './import/format.ts';
export { type Imported, importTopology } from './import/import.ts';
export type * from './model/event.ts';
export type * from './model/report.ts';
export type { Place } from './model/place.ts';
export { topology, type TopologyBuilder } from './topology/builder.ts';
export type * from './topology/language.ts';
