// Bundles the command line into dist/bin, after tsc and build-validator, and has V8 compile it: one file instead of two hundred, and
// nothing to compile when a command starts. docs/decisions/0011-bundled-command.md has the figures.
//
//   dist/bin/netlab.cjs          what is started: src/cli/launcher.cjs
//   dist/bin/command.cjs         the bundle
//   dist/bin/command.cache       V8's code for it, for this version of Node
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

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  ...common,
  entryPoints: [path('src/cli/main.ts')],
  outfile: `${folder}/command.cjs`,
  format: 'cjs',
  plugins: [otherwise],
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
});
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
const { compile } = createRequire(import.meta.url)(`${folder}/netlab.cjs`);
setFlagsFromString('--no-lazy');
const script = compile(folder);
setFlagsFromString('--lazy');
writeFileSync(`${folder}/command.cache`, script.createCachedData());
