/**
 * Which keys of the language stood in labs that came up, by the test file that brought them up. When a run ends, what
 * {@link PROOFS} says of each file that has passed whole is held against it.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';

import { readSchema } from '../../src/topology/schema.ts';
import { parseYaml } from '../../src/topology/yaml.ts';
import { Language } from './keys.ts';
import { PROOFS } from './proofs.ts';

const used = new Map<string, Set<string>>();
/** Files that were run in another process, which has held its own ledger against them. */
const elsewhere = new Set<string>();
let language: Language | undefined;

/** Leaves a file to the process that it is run in. */
export function isRunElsewhere(file: string): void {
  elsewhere.add(nameOf(file));
}

/** Notes the topology of a `netlab up` that succeeded: `args` are its words, `input` what it read from standard input. */
export function noteUp(args: readonly string[], input: string): void {
  const operand = args.slice(1).find((word) => word === '-' || !word.startsWith('-'));
  if (operand === undefined || /\.[cm]?[jt]s$/.test(operand)) return;
  // Of a folder of them, and of a lab by its name, the tests of the files themselves take note.
  if (operand !== '-' && statSync(operand, { throwIfNoEntry: false })?.isFile() !== true) return;
  noteTopology(operand === '-' ? input : readFileSync(operand, 'utf8'));
}

/** Notes a topology that a test makes the kernel equal to by itself. */
export function noteTopology(text: string): void {
  const file = runningFile();
  if (file === undefined) return;
  const { value } = parseYaml(text, process.env);
  language ??= new Language(readSchema());
  const keys = used.get(file) ?? new Set();
  for (const key of language.used(value)) keys.add(key);
  used.set(file, keys);
}

/** The test file that runs, from dist/test on: `lab/topologies/pair.test.js`. test/support/reporter.cjs keeps it. */
function runningFile(): string | undefined {
  const { netlabTestFile: path } = globalThis as { netlabTestFile?: string };
  return path === undefined ? undefined : nameOf(path);
}

function nameOf(path: string): string {
  return path.replace(/^.*\/dist\/test\//, '').replace(/\.js$/, '.ts');
}

interface Suite {
  readonly suites: readonly Suite[];
  readonly tests: readonly { readonly file?: string; readonly state?: string }[];
}

/** The test files of which everything was run, and passed. */
function* passed(root: Suite): Generator<string> {
  const files = new Map<string, boolean>();
  const visit = ({ suites, tests }: Suite): void => {
    for (const { file = '', state } of tests) {
      const name = nameOf(file);
      files.set(name, (files.get(name) ?? true) && state === 'passed');
    }
    suites.forEach(visit);
  };
  visit(root);
  for (const [name, whole] of files) if (whole && !elsewhere.has(name)) yield name;
}

// Parts of the tests are programs too, where there is no mocha.
if (typeof after === 'function') after(holdAgainst);

function holdAgainst(this: Mocha.Context): void {
  // Another reporter keeps no note of which file runs.
  if (runningFile() === undefined) return;
  const missing = [...passed((this.test as unknown as { parent: Suite }).parent)].flatMap((file) =>
    (PROOFS[file] ?? '')
      .split(/\s+/)
      .flatMap((key) => (key === '' || used.get(file)?.has(key) === true ? [] : `${file}: ${key}`)),
  );
  assert.deepEqual(missing, [], 'test/support/proofs.ts says that these files bring up labs with these keys');
}
