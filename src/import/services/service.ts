/** What a service is in a topology: processes in the foreground, and what has to be there before. */
import type { Origin, Writable } from '../draft.ts';
import type { TopologyProcess } from '../../topology/language.ts';

export type ProcessDraft = Writable<NonNullable<TopologyProcess>>;

/** The files that a node brings along, which services read, and may have to have otherwise. */
export interface NodeFiles {
  /** The text of a file by its path in the node; undefined where the node brings none. */
  text(path: string): string | undefined;
  /** Gives the node another text there. */
  replace(path: string, text: string): void;
  /** Takes a file out: what it says stands in the topology. */
  remove(path: string): void;
  /** The paths below a folder. */
  below(folder: string): readonly string[];
  /** Where a file of the node was read. */
  origin(path: string): Origin | undefined;
}

/** What starts it. */
export interface Service {
  readonly processes: Readonly<Record<string, ProcessDraft>>;
  /** Commands that make ready what an init script makes, such as folders below /run. */
  readonly setup?: readonly string[];
  /** What is not the same. */
  readonly notes?: readonly { readonly message: string; readonly origin?: Origin }[];
}
