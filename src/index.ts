/** netlab as a library: bring labs up, look at them, run commands in their nodes, take them down. */
export * from './errors.ts';
export {
  type Choice,
  type ControlOptions,
  type DownOptions,
  type FreezeOptions,
  Lab,
  type LabNode,
  type LogsOptions,
  type ProcessVerb,
  type Topology,
  type UpOptions,
} from './lab.ts';
export type * from './model/report.ts';
export type { Place } from './model/place.ts';
export type { TopologyDocument } from './topology/document.ts';
