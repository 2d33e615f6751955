import type { Uplink } from './host.ts';
import type { Path, Place } from './place.ts';
import type { Resource } from './resource.ts';

/** A topology after expansion: what the kernel shall be equal to. */
export interface LabModel {
  /** `[a-z0-9-]`, 1 to 32 characters. */
  readonly name: string;
  readonly description?: string;
  /** The file as the user named it, `-` for standard input. */
  readonly file: string;
  /** Every resource wanted, in the order of the file: namespaces first, then by node. */
  readonly resources: readonly Resource[];
  /** What /etc/hosts of every node says: one line an address, in file order. */
  readonly hosts: readonly HostEntry[];
  /** The nodes with `internet: true`, and what the host shall call their links. */
  readonly uplinks: readonly Uplink[];
  /** Turns a path of the document into a place that a person can go to. */
  readonly locate: (path: Path) => Place;
  /** The place of a line and column (from 1) within the text that stands at a path. */
  readonly locateIn?: (path: Path, line: number, column: number) => Place;
}

/** One line of /etc/hosts. */
export interface HostEntry {
  readonly address: string;
  readonly names: readonly string[];
}
