// Draws the pictures of docs/ and README.md anew, from topologies/: `npm run pictures`, after `npm run build`. A test tells when that was forgotten.
import { mkdirSync, writeFileSync } from 'node:fs';

const path = (relative) => new URL(`../${relative}`, import.meta.url);
const { Lab } = await import(path('dist/src/index.js'));
const { PICTURES } = await import(path('dist/test/support/pictures.js'));

mkdirSync(path('docs/pictures/'), { recursive: true });
for (const [file, { topology, options }] of Object.entries(PICTURES))
  writeFileSync(path(`docs/pictures/${file}`), await Lab.graph(path(`topologies/${topology}`).pathname, options));
