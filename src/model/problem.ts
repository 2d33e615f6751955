/** What is wrong with a topology, and how it is told. */

/** One thing that is wrong with a topology file (or, as a warning, merely suspicious). */
export interface Problem {
  /** The file as the user named it, `-` for standard input. */
  readonly file: string;
  /** 1-based; 0 when the problem is the file as a whole (missing, a directory). */
  readonly line: number;
  readonly column: number;
  /** Where in the document, as `nodes.r1.interfaces.eth0.mtu`; empty for the whole document. */
  readonly path: string;
  /** What was found, what was expected, and the nearest valid word where there is one. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** `file:line:column  path` and, indented below it, the message. */
export function formatProblem(problem: Problem): string {
  const position = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  const head = problem.path === '' ? position : `${position}  ${problem.path}`;
  const word = problem.severity === 'warning' ? 'warning: ' : '';
  return `${head}\n  ${word}${problem.message}`;
}
