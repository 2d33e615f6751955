// Bundles the command line into dist/bin/cli, after tsc and build-validator: some twenty files instead of two hundred, which
// saves a third of the time that a short command takes (docs/decisions/0011-bundled-command.md). What is loaded lazily in
// src/ stays in files of its own. The folder is as deep as dist/src/cli, so that both find schemas/ and native/ by one path.
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const folder = path('dist/bin/cli');
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Names stay: a message may show that of a class.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
};

rmSync(folder, { recursive: true, force: true });
await build({
  ...common,
  // And what `doctor` runs in a user namespace, which it looks for beside itself.
  entryPoints: [path('src/cli/main.ts'), path('src/lab/offers-inside.ts')],
  entryNames: '[name]',
  outdir: folder,
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  // It looks for its binary beside itself.
  external: ['koffi'],
});
await build({
  ...common,
  entryPoints: [path('dist/src/topology/schema-validator.cjs')],
  outfile: `${folder}/schema-validator.cjs`,
  format: 'cjs',
});
// In a fresh clone npx runs it from here.
chmodSync(`${folder}/main.js`, 0o755);
