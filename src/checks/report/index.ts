/** The forms in which results are told. */
export { csv } from './csv.ts';
export { junit } from './junit.ts';
export { labTap, subtestTap, TAP_VERSION } from './tap.ts';
export { tally } from './words.ts';
