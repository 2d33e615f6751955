/** What a file in formats.ts is: a name, what its files look like, and a reader. */
import type { Draft } from './draft.ts';

export const FORMAT_NAMES = ['kathara', 'containerlab', 'graphml'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** How something is imported. */
export interface ImportOptions {
  /** The format; told by the file's name and contents unless said. */
  readonly format?: FormatName;
  /** The folder that the topology is going to stand in, whose files it names by relative paths; the current one unless said. */
  readonly home?: string;
  /** The lab's name; else the format's own, or that of the file or folder. */
  readonly name?: string;
  /** Whether a graph gets addresses on its links and static routes between all routers (GraphML). */
  readonly routes?: boolean;
}

/** One tool's format. */
export interface Format {
  readonly name: FormatName;
  /** What a person calls it: `Kathará`. */
  readonly title: string;
  /**
   * The file to read, where this path is of the format: the path itself, or a file in the folder that it is. Undefined where it is not.
   * `names` are the names in the folder; undefined for a file. `text` is the beginning of a file.
   */
  find(path: string, names: readonly string[] | undefined, text: () => string): string | undefined;
  /**
   * Reads it.
   * @throws TopologyError with every mistake of the file, by line.
   */
  read(file: string, options: ImportOptions): Draft;
}
