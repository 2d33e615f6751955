// Bundles the command line into dist/bin, after tsc and build-validator, and has V8 compile it: one file instead of two hundred, and
// nothing to compile when a command starts. docs/decisions/0011-bundled-command.md has the figures.
//
//   dist/bin/netlab.cjs          what is started: src/cli/launcher.cjs
//   dist/bin/command.cjs         the bundle
//   dist/bin/command.cache       V8's code for it, for this version of Node
//   dist/bin/brief.cjs, .cache   a second bundle: of it only what `exec` and `shell` need when all goes well
//   dist/bin/offers-inside.js    what `doctor` runs in a user namespace, which it looks for beside itself
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const folder = path('dist/bin');
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Names stay: a message may show that of a class.
  minifyWhitespace: true,
  minifySyntax: true,
  // It looks for its binary beside itself.
  external: ['koffi'],
  logLevel: 'warning',
};

/**
 * What a bundle of CommonJS has to say otherwise: the validator is loaded by `createRequire`, which no bundler follows and where a plain
 * `require` does the same; and `import()` of a user's program is the launcher's, for code that came out of V8's cache cannot call it.
 */
const OTHERWISE = [
  { file: /src\/topology\/schema\.ts$/, from: 'const require = createRequire(import.meta.url);', to: '' },
  { file: /src\/topology\/module\.ts$/, from: 'await import(', to: 'await importProgram(' },
];
const otherwise = {
  name: 'otherwise',
  setup({ onLoad, onResolve }) {
    for (const { file, from, to } of OTHERWISE) {
      onLoad({ filter: file }, ({ path: name }) => {
        const parts = readFileSync(name, 'utf8').split(from);
        if (parts.length !== 2) throw new Error(`${name} should have once: ${from}`);
        return { contents: parts.join(to), loader: 'ts' };
      });
    }
    onResolve({ filter: /\/schema-validator\.cjs$/ }, () => ({ path: path('dist/src/topology/schema-validator.cjs') }));
  },
};

const require = createRequire(import.meta.url);

/** Modules of Node that take a millisecond or more to load, and that a command may well not need. */
const HEAVY = ['child_process', 'crypto', 'http', 'module', 'net', 'tty', 'worker_threads', 'zlib'];

/** Such a module is loaded when the first thing in it is asked for. */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path: name, namespace }) =>
      namespace === 'file' && HEAVY.includes(name.slice('node:'.length))
        ? { path: name, namespace: 'lazy' }
        : { path: name, external: true },
    );
    onLoad({ filter: /./, namespace: 'lazy' }, ({ path: name }) => ({
      contents: [
        `let real; const get = () => (real ??= require(${JSON.stringify(name)}));`,
        `for (const key of ${JSON.stringify(Object.keys(require(name)))})`,
        '  Object.defineProperty(exports, key, { enumerable: true, get: () => get()[key] });',
      ].join('\n'),
    }));
  },
};

/**
 * koffi's own wrapping takes five times as long as its binary, and all that it adds is old names. Its binary is a package of its own, which
 * is where npm puts it; where it is not, or is another version's, koffi is asked.
 */
const binaryOfKoffi = {
  name: 'binary-of-koffi',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^koffi$/ }, ({ namespace }) =>
      namespace === 'file' ? { path: 'koffi', namespace: 'binary' } : { external: true },
    );
    onResolve({ filter: /^@koromix/ }, () => ({ external: true }));
    onResolve({ filter: /\.node$/ }, () => ({ external: true }));
    onLoad({ filter: /./, namespace: 'binary' }, () => ({
      contents: [
        'const { closeSync, openSync, readSync } = require("node:fs");',
        '// Which C library this Node is for, its first bytes say: they name the loader.',
        'const loader = () => {',
        '  const [head, fd] = [Buffer.alloc(4096), openSync(process.execPath, "r")];',
        '  try { return head.latin1Slice(0, readSync(fd, head)); } finally { closeSync(fd); }',
        '};',
        'let binary;',
        'try {',
        '  const { platform, arch } = process;',
        '  const libc = loader().includes("/ld-musl-") ? "musl" : platform;',
        '  binary = require(`@koromix/koffi-${platform}-${arch}/${libc}_${arch}/koffi.node`);',
        '} catch {}',
        `module.exports = binary?.version === ${JSON.stringify(require('../package.json').dependencies.koffi)} ? binary : require('koffi');`,
      ].join('\n'),
    }));
  },
};

/** What the brief bundle has of what is loaded on demand. All else it leaves to the whole one, which then begins anew. */
const BRIEF = /\/verbs\/(exec|shell)\.ts$|\/lab\.ts$|\/lab\/(list|node)\.ts$|\/process\/exec\.ts$|\/sys\/terminal\.ts$/;
const wholeOtherwise = {
  name: 'whole-otherwise',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path: name }) =>
      kind === 'dynamic-import' && !BRIEF.test(name) ? { path: name, namespace: 'whole' } : undefined,
    );
    // Whoever has asked waits for ever: a thenable that never calls back.
    onLoad({ filter: /./, namespace: 'whole' }, () => ({ contents: 'runWhole(); exports.then = () => {};' }));
  },
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const command = {
  ...common,
  external: [],
  entryPoints: [path('src/cli/main.ts')],
  format: 'cjs',
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
};
const plugins = [otherwise, lazyBuiltins, binaryOfKoffi];
await build({ ...command, outfile: `${folder}/command.cjs`, plugins });
await build({ ...command, outfile: `${folder}/brief.cjs`, plugins: [wholeOtherwise, ...plugins] });
await build({
  ...common,
  entryPoints: [path('src/lab/offers-inside.ts')],
  outfile: `${folder}/offers-inside.js`,
  format: 'esm',
});
copyFileSync(path('src/cli/launcher.cjs'), `${folder}/netlab.cjs`);
// In a fresh clone npx runs it from here; and from there where it remembers what it found in an older one.
for (const file of [`${folder}/netlab.cjs`, path('dist/src/cli/main.js')]) chmodSync(file, 0o755);

// V8 compiles a function when it is first called, and would leave out of the cache what has not been called: so all of them, now.
// Flags are part of what makes a cache fit, hence back again.
const { compile } = require(`${folder}/netlab.cjs`);
for (const name of ['command', 'brief']) {
  setFlagsFromString('--no-lazy');
  const script = compile(folder, name);
  setFlagsFromString('--lazy');
  writeFileSync(`${folder}/${name}.cache`, script.createCachedData());
}
