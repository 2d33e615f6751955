/** What the language refuses of an imported topology is taken out of it again, and told: what `import` prints always passes `validate`. */
import { type Problem, TopologyError } from '../errors.ts';
import { formatPath, type Path } from '../model/place.ts';
import { expandObject } from '../topology/load.ts';
import type { Draft, Origin } from './draft.ts';

/** More rounds than anything that a reader of a format gets wrong takes. */
const ROUNDS = 50;

/**
 * Removes from the topology of a draft what is refused, the least that can be removed, and says so at the line that asked for it. Where that
 * is a command, it is run as one: the kernel may take what the language does not (an address twice on a segment), or refuse it there, too.
 */
export function makeSound(draft: Draft, source: string): void {
  const commands = new Map<string, Origin[]>();
  removeRefused(draft, source, commands);
  for (const [name, origins] of commands) {
    const inOrder = origins.toSorted((a, b) => a.line - b.line);
    const lines = [...new Set(inOrder.map(({ command }) => `${command!} || true`))];
    const node = draft.topology.nodes[name]!;
    node.setup = [...lines, ...(node.setup ?? [])];
  }
}

function removeRefused(draft: Draft, source: string, commands: Map<string, Origin[]>): void {
  for (let round = 0; round < ROUNDS; round++) {
    const problems = refused(draft.topology, source);
    if (problems.length === 0) return;
    const paths = pathsOf(draft.topology);
    let removed = false;
    // From the end, so that the numbers of what stands before in a list stay what they are.
    for (const { path, message } of problems.toReversed()) {
      const at = paths.get(path) ?? nearest(paths, path);
      if (at === undefined || !remove(draft.topology, at)) continue;
      removed = true;
      const where = formatPath(at);
      const origin = draft.originOf(at);
      const isCommand =
        origin?.command !== undefined && at[0] === 'nodes' && at.some((step) => typeof step === 'number');
      if (isCommand) commands.set(String(at[1]), [...(commands.get(String(at[1])) ?? []), origin]);
      const deed = isCommand ? 'run as a command of `setup`' : 'left out';
      draft.leave(
        origin ?? { file: source, line: 0, column: 0 },
        `${deed}, since the topology cannot have it: ${message} (${where})`,
      );
    }
    if (!removed) throw new TopologyError(problems);
  }
}

/** What is wrong with it, each path once. */
function refused(topology: object, source: string): Problem[] {
  try {
    expandObject(topology, source);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    const errors = error.problems.filter(({ severity }) => severity === 'error');
    return [...new Map(errors.map((problem) => [problem.path, problem])).values()].toSorted((a, b) =>
      a.path.localeCompare(b.path, 'en', { numeric: true }),
    );
  }
}

/** Every path of a document by its text. */
function pathsOf(document: object): Map<string, Path> {
  const paths = new Map<string, Path>();
  const visit = (value: unknown, path: Path): void => {
    if (path.length > 0) paths.set(formatPath(path), path);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) visit(item, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(document, []);
  return paths;
}

/** What is missing stands where it should: at the longest path that there is. */
function nearest(paths: ReadonlyMap<string, Path>, text: string): Path | undefined {
  const above = [...paths.keys()].filter((path) => text.startsWith(`${path}.`) || text.startsWith(`${path}[`));
  const longest = above.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : paths.get(longest);
}

/** Takes away the item of a list in which the path ends, or the key. False when it is gone already. */
function remove(document: object, path: Path): boolean {
  // A route without its gateway is another route: of a list the whole item goes.
  const item = path.findLastIndex((step) => typeof step === 'number');
  const whole = item >= 0 ? path.slice(0, item + 1) : path;
  let parent: unknown = document;
  for (const step of whole.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null) return false;
    parent = (parent as Record<string | number, unknown>)[step];
  }
  const last = whole.at(-1)!;
  if (Array.isArray(parent) && typeof last === 'number') return parent.splice(last, 1).length > 0;
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, last)) return false;
  return Reflect.deleteProperty(parent, last);
}
