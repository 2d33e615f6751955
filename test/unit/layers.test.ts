/** docs/architecture.md says who may import whom. This draws the import graph of src/ and names every arrow that breaks a rule. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../../src/', import.meta.url));

// A room may import from its own and from lower ones. errors.ts and package.json stand outside: everybody may import those.
const LAYERS = [
  ['sys'],
  ['model', 'netlink'],
  ['resource', 'probe'],
  ['topology', 'reconcile', 'process', 'state', 'image'],
  ['lab', 'import'],
  ['capture', 'checks', 'graph', 'why'],
  ['cli', 'index'],
  ['mocha'],
];

// Tested anywhere, without root and without files: they compute, and others read and write. topology/source reads the user's
// file and topology/schema ours.
const PURE = [
  /^model\//,
  /^topology\/(?!source|schema)/,
  /^netlink\/(codec\.ts|spec\/)/,
  /^reconcile\/(diff|rebirth|order)\b/,
];
const IMPURE = /^(koffi|sys\/.*|node:(fs|fs\/promises|child_process|net|http|dgram|worker_threads))$/;

interface File {
  /** Relative to src/. */
  readonly path: string;
  readonly lines: number;
  /** Relative to src/ for our own files, else as written. */
  readonly imports: readonly string[];
  /** Those that run when the file is loaded: neither of types alone nor `import()`. */
  readonly loads: readonly string[];
}

const files: readonly File[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .toSorted()
  .map((path) => {
    const text = readFileSync(join(src, path), 'utf8');
    return { path, lines: text.split('\n').length - 1, ...imports(path, text) };
  });

function imports(path: string, text: string): Pick<File, 'imports' | 'loads'> {
  // Comments go first: an example in a docstring is no import.
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const resolve = (target: string) => (target.startsWith('.') ? normalize(join(dirname(path), target)) : target);
  const from = [...code.matchAll(/^\s*(?:import|export)(\s+type)?\b[^'";]*?\bfrom\s*'([^']+)'/gm)];
  const bare = [...code.matchAll(/^\s*import\s*'([^']+)'/gm)].map((match) => resolve(match[1]!));
  const later = [...code.matchAll(/\bimport\s*\(\s*'([^']+)'/g)].map((match) => resolve(match[1]!));
  const loads = [...from.filter((match) => match[1] === undefined).map((match) => resolve(match[2]!)), ...bare];
  return { loads, imports: [...from.map((match) => resolve(match[2]!)), ...bare, ...later] };
}

/** `netlink` of netlink/spec/rt-link.ts, `lab` of lab.ts. */
function room(path: string): string {
  return path.split('/')[0]!.replace(/\.ts$/, '');
}

function layer(path: string): number {
  return LAYERS.findIndex((rooms) => rooms.includes(room(path)));
}

const own = (target: string) => target.endsWith('.ts') && !target.startsWith('..') && target !== 'errors.ts';

function none(found: readonly string[], rule: string): void {
  assert.equal(found.length, 0, `${rule}:\n${found.map((line) => `  ${line}`).join('\n')}`);
}

/** Every arrow of the graph for which `broken` holds, as `from → to`. */
function arrows(broken: (file: File, target: string) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter((target) => broken(file, target)).map((target) => `src/${file.path} → ${target}`),
  );
}

describe('layers', () => {
  it('sees the source', () => {
    assert.ok(files.length > 5, `only ${files.length} files in ${src}`);
    assert.ok(
      files.some((file) => file.path === 'sys/libc.ts' && file.imports.includes('koffi')),
      'the import of koffi in sys/libc.ts was not found: is the pattern wrong?',
    );
  });

  it('gives every folder a layer', () => {
    none(
      files.filter(({ path }) => path !== 'errors.ts' && layer(path) < 0).map(({ path }) => `src/${path}`),
      'no layer in test/unit/layers.test.ts',
    );
  });

  it('points down only', () => {
    // The library's Lab does everything, each thing by what it loads for it.
    const whole = (path: string, target: string): boolean =>
      path === 'lab.ts' && ['capture', 'checks', 'graph', 'why'].includes(room(target));
    none(
      arrows(
        ({ path }, target) =>
          path !== 'errors.ts' && own(target) && layer(target) > layer(path) && !whole(path, target),
      ),
      'imports that run up',
    );
  });

  it('does not point sideways, from one room into another of the same layer', () => {
    const allowed = (path: string, target: string) =>
      // The keeper is found through /run/netlab: process/ asks state/ where things are. Nothing asks back.
      (room(path) === 'process' && room(target) === 'state') ||
      // Addresses are text for people and bytes on the wire; the arithmetic between the two stands in one place.
      (room(path) === 'netlink' && target === 'model/ip.ts');
    none(
      arrows(
        ({ path }, target) =>
          path !== 'errors.ts' &&
          own(target) &&
          layer(target) === layer(path) &&
          room(target) !== room(path) &&
          !allowed(path, target),
      ),
      'imports of a neighbouring room',
    );
  });

  it('keeps the model to itself', () => {
    none(
      arrows(({ path }, target) => room(path) === 'model' && !target.startsWith('model/') && target !== 'errors.ts'),
      'model/ imports something else than model/',
    );
    none(
      arrows(({ path }, target) => path === 'errors.ts' && !target.startsWith('model/')),
      'errors.ts imports something else than model/',
    );
  });

  it('keeps input and output out of what computes', () => {
    none(
      arrows(({ path }, target) => PURE.some((pattern) => pattern.test(path)) && IMPURE.test(target)),
      'a pure file imports what reads or writes',
    );
  });

  it('imports koffi in sys/libc.ts and nowhere else', () => {
    none(
      arrows(({ path }, target) => target === 'koffi' && path !== 'sys/libc.ts'),
      'koffi outside sys/libc.ts',
    );
  });

  it('has no file of more than 300 lines', () => {
    none(
      // What the build makes from the schema nobody reads from end to end.
      files
        .filter(({ path, lines }) => lines > 300 && path !== 'topology/language.ts')
        .map(({ path, lines }) => `src/${path}: ${lines}`),
      'too long: what are its two nouns?',
    );
  });

  it('has no import cycle', () => {
    none(cycles(), 'cycles');
  });
});

/** Each cycle once, as `a → b → a`. Types may know each other; what is loaded may not. */
function cycles(): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const target of byPath.get(path)?.loads ?? []) if (byPath.has(target)) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
