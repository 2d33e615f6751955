#!/usr/bin/env node
/**
 * The command line: words → verb → exit code. The one place that prints an error. Loads no more than the verb needs:
 * `netlab version` starts neither the YAML parser nor the bindings to the C library.
 */
import { UsageError } from '../errors.ts';
import type { Parsed } from './args.ts';
import { HIDDEN, VERBS } from './catalogue.ts';
import { Output } from './output.ts';
import type { Verb } from './verb.ts';

let verb: Verb | undefined;
let parsed: Parsed | undefined;

/** Runs the words; the number is the exit code. Whatever goes wrong is thrown. */
async function main(words: readonly string[]): Promise<number> {
  const { name, rest } = splitVerb(words);
  const json = rest.filter((word) => word === '--json');
  if (name === undefined && rest.some((word) => word === '--version' || word === '-V'))
    return main(['version', ...json]);
  if (name === undefined && rest.some((word) => word === '--help' || word === '-h')) return main(['help', ...json]);
  if (name === undefined) throw new UsageError(rest[0] === undefined ? 'which verb?' : `${rest[0]} needs a verb`);

  const entry = VERBS.get(name) ?? HIDDEN.get(name);
  if (entry === undefined) {
    const { unknownVerb } = await import('./unknown-verb.ts');
    throw unknownVerb(name);
  }
  ({ verb } = await entry.load());
  parsed = verb.parse(rest);
  const output = outputFor(parsed, rest);
  if (parsed.options['help'] !== true) {
    if (verb.inside !== undefined) await (await import('./enter.ts')).enterLab(verb, parsed, output);
    return verb.run(parsed, output);
  }
  (await import('./help.ts')).printHelp(verb, output);
  return 0;
}

/** The verb is the first word that is no option; options before it count as if they stood behind it. */
function splitVerb(words: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  let at = 0;
  while (words[at]?.startsWith('-') === true) at += words[at] === '-l' || words[at] === '--lab' ? 2 : 1;
  return { name: words[at], rest: [...words.slice(0, at), ...words.slice(at + 1)] };
}

/** The options of all verbs; from the bare words where they could not be parsed. */
function outputFor(from: Parsed | undefined, words: readonly string[]): Output {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  const has = (name: string): boolean => (from === undefined ? own.includes(`--${name}`) : from.options[name] === true);
  return new Output({ json: has('json'), quiet: has('quiet'), verbose: has('verbose'), color: !has('no-color') });
}

/** Prints an error, in words and with `--json` for programs too, and ends with its exit code. */
async function fail(error: unknown): Promise<never> {
  const { failure } = await import('./failure.ts');
  const { INSIDE } = await import('../state/places.ts');
  const output = outputFor(parsed, process.argv.slice(2));
  const debug = (process.env['NETLAB_DEBUG'] ?? '').split(',').includes('1');
  const { exitCode, text, json } = failure(error, {
    failure: verb?.failure ?? 1,
    usage: verb?.usage ?? 'VERB [options] [FILE]   (netlab --help lists the verbs)',
    root: process.geteuid?.() === 0 && !INSIDE,
    debug,
    verbose: output.verbose,
    paint: output.notePaint,
  });
  output.error(text);
  try {
    if (output.json) output.printJson(json);
  } finally {
    // It may be standard output itself that failed.
    process.exit(exitCode);
  }
}

// A topology that is a program may print what it likes: it is no result of ours, which are written to descriptor 1 itself.
Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, get: () => process.stderr });

// Thrown outside the verb's own promise, by a callback: told like any other error, and no stack trace.
process.on('uncaughtException', (error) => void fail(error));

main(process.argv.slice(2)).then(
  // Results are written by then, and what a library keeps open shall not keep the shell waiting.
  (code) => process.exit(code),
  (error: unknown) => fail(error),
);
