/** A topology that is being written from a file of another tool, and what of that file it does not have. */
import type { Problem } from '../errors.ts';
import { formatPath, type Path } from '../model/place.ts';
import type { TopologyBridge, TopologyDocument, TopologyLink, TopologyNode } from '../topology/language.ts';

/** The same type with nothing read-only in it. */
export type Writable<T> =
  T extends ReadonlyArray<infer U>
    ? Writable<U>[]
    : T extends object
      ? { -readonly [K in keyof T]: Writable<T[K]> }
      : T;

export type NodeDraft = Writable<NonNullable<TopologyNode>>;
export type BridgeDraft = Writable<NonNullable<TopologyBridge>>;
export type LinkDraft = Writable<TopologyLink>;

/** A topology with its keys in the order in which they are printed. */
export interface TopologyDraft {
  name?: string;
  description?: string;
  defaults?: Writable<NonNullable<TopologyDocument['defaults']>>;
  nodes: Record<string, NodeDraft>;
  bridges?: Record<string, BridgeDraft>;
  links?: LinkDraft[];
}

/** A place in a file of another tool; `subject` is what stands there, in that tool's words: `pc1[image]`. */
export interface Origin {
  readonly file: string;
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  readonly column: number;
  readonly subject?: string;
  /** The command of a script that stands there. */
  readonly command?: string;
}

/** A file of the lab that the topology reads and does not hold. */
export interface Carried {
  /** As the topology names it: relative to the folder that the topology is to stand in, or absolute. */
  readonly path: string;
  /** Why it could not be written into the topology. */
  readonly reason: string;
}

/** What a reader of a format fills. */
export class Draft {
  readonly topology: TopologyDraft = { nodes: {} };
  /** What the topology does not have, or has otherwise; each a warning at its line. */
  readonly left: Problem[] = [];
  readonly carried: Carried[] = [];
  readonly #said = new Set<string>();
  readonly #origins = new Map<string, Origin>();

  /** Says that something was left out, or is not the same, and why. The same sentence about the same line is said once. */
  leave(origin: Origin, reason: string): void {
    const { file, line, column, subject } = origin;
    const problem: Problem = { file, line, column, path: subject ?? '', message: reason, severity: 'warning' };
    const sentence = JSON.stringify([file, line, problem.path, reason]);
    if (this.#said.has(sentence)) return;
    this.#said.add(sentence);
    this.left.push(problem);
  }

  /** Remembers the line that asked for what stands at a path of the topology. */
  from(path: Path, origin: Origin): void {
    this.#origins.set(formatPath(path), origin);
  }

  /** The line that asked for what stands at this path or nearest above it. */
  originOf(path: Path): Origin | undefined {
    for (let length = path.length; length > 0; length--) {
      const found = this.#origins.get(formatPath(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
