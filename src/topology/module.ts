/**
 * A topology written as a program: a JavaScript (or TypeScript) module whose default export is the topology, or a function that
 * returns it, so that a lab of any size can be generated.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { TopologyError } from '../errors.ts';
import { readSource, wholeFile } from './source.ts';
import { shown } from './words.ts';

/** How often this process has loaded a module: from the second time on it must be asked for anew. */
const loads = new Map<string, number>();

/**
 * Loads the module and takes its default export; a function is called, and a promise awaited.
 * @throws TopologyError when it cannot be loaded, throws, or exports nothing that could be a topology.
 */
export async function readModule(file: string): Promise<object> {
  // What is wrong with the file itself is said in the same words as of any other topology.
  readSource(file);
  const ended = endsUs(file);
  process.once('exit', ended);
  try {
    const exported = await importDefault(file);
    const value = typeof exported === 'function' ? await call(exported as () => unknown, file) : exported;
    return topologyIn(file, exported, value);
  } finally {
    process.off('exit', ended);
  }
}

/** What is said when this process ends in the middle of it: nothing was thrown then that could be caught. */
function endsUs(file: string): () => void {
  return () => {
    const message = 'this program ended netlab: it calls process.exit, or waits for what never comes';
    console.error(wholeFile(file, message).message);
    process.exitCode = 2;
  };
}

/** Throws TopologyError when it is none. */
function topologyIn(file: string, exported: unknown, value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  if (exported === undefined) {
    throw wholeFile(file, 'found no default export, expected the topology: export default { nodes: { … } }');
  }
  const what = typeof exported === 'function' ? `a function that returned ${shown(value)}` : shown(value);
  throw wholeFile(file, `found ${what} as the default export, expected a topology or a function that returns one`);
}

async function importDefault(file: string): Promise<unknown> {
  const url = pathToFileURL(resolve(file));
  const count = loads.get(url.href) ?? 0;
  loads.set(url.href, count + 1);
  if (count > 0) url.searchParams.set('load', String(count));
  try {
    const { default: exported } = (await import(url.href)) as { default?: unknown };
    // A CommonJS module that a compiler made has its default export one floor down.
    const inner = typeof exported === 'object' && exported !== null ? (exported as { default?: unknown }) : {};
    return '__esModule' in inner ? inner.default : exported;
  } catch (error) {
    throw refused(error, file, 'this program cannot be loaded');
  }
}

async function call(make: () => unknown, file: string): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    throw refused(error, file, 'the function of this program threw');
  }
}

/** What the program, or Node, said, at the line of the file that it was about. */
function refused(error: unknown, file: string, what: string): TopologyError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    const node = process.versions.node;
    return wholeFile(
      file,
      `this Node (${node}) reads no TypeScript; Node 22.18 or newer does, or compile it to .mjs first`,
    );
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : shown(error);
  const [first = ''] = message.split('\n');
  const hint = /outside a module|Unexpected token 'export'|is not defined in ES module/.test(first)
    ? ' (a file of ES modules is called .mjs, one of CommonJS .cjs)'
    : '';
  return new TopologyError([
    { file, ...lineOf(error, resolve(file)), path: '', message: `${what}: ${first}${hint}`, severity: 'error' },
  ]);
}

/** The first line of the stack that is in the file; 0 when there is none. */
function lineOf(error: unknown, path: string): { line: number; column: number } {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const start of [pathToFileURL(path).href, path]) {
    const at = stack.indexOf(start);
    if (at < 0) continue;
    const [, line, column] = /^(?:\?load=\d+)?:(\d+)(?::(\d+))?/.exec(stack.slice(at + start.length)) ?? [];
    if (line !== undefined) return { line: Number(line), column: Number(column ?? 1) };
  }
  return { line: 0, column: 0 };
}
