/** What must hold whatever a topology is made of. */
import assert from 'node:assert/strict';

import { type Problem, TopologyError } from '../../../src/errors.ts';
import type { Place } from '../../../src/model/place.ts';
import type { LoadedTopology } from '../../../src/topology/load.ts';
import { bounded } from '../../support/fuzz.ts';

/** The variables that fuzzed topologies find. */
export const ENV = { A: 'a', EMPTY: '', N: '5', NESTED: '${A}', LONG: 'x'.repeat(5000), NL: 'a\nb: c', NUL: 'a\0b' };

/** The properties of what everything inherits from: nothing that is loaded may add to them. */
function prototypes(): string {
  const all = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
  return all.map((each) => Reflect.ownKeys(each).map(String).join(' ')).join('\n');
}

const PROTOTYPES = prototypes();
/** No file is so wrong that it takes more words to say so. */
const WORDS_MAX = 8000;
/** What nothing that netlab says may hold: it is printed on a terminal, and in lines. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;
/** Words that a mistake of ours leaves in a message; a file may hold them itself. */
const OURS = /undefined|\[object|NaN|cannot say where|\[native code\]/;
/** What is said of a file as a whole, without a line. */
const WHOLE = /^found (a binary file|bytes that are not UTF-8|more than)/;

/** What is wrong with how these bytes of a file are loaded, or nothing. Of an object there are no bytes, and no lines. */
export function faultOf(bytes: Buffer | undefined, load: () => LoadedTopology): Error | undefined {
  try {
    check(bytes?.toString(), load);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function check(text: string | undefined, load: () => LoadedTopology): void {
  const lines = text?.replace(/^\ufeff/, '').split(/\r\n?|\n/);
  const inside = ({ line, column }: Place): boolean =>
    lines === undefined
      ? line === 0
      : line >= 1 && line <= lines.length && column >= 1 && column <= lines[line - 1]!.length + 1;
  const problems = refusal(load, inside);
  assert.equal(prototypes(), PROTOTYPES, 'a prototype was written to');
  if (problems === undefined) return;
  assert.ok(problems.length > 0, 'refused, and nobody says why');
  for (const problem of problems) {
    const { line, path, message } = problem;
    const shown = JSON.stringify(problem).slice(0, 500);
    if (!inside(problem)) assert.ok(line === 0 && WHOLE.test(message), `a place outside of the file: ${shown}`);
    assert.doesNotMatch(message.replaceAll('\n', ' '), CONTROL, `control characters: ${shown}`);
    assert.doesNotMatch(path, CONTROL, `control characters in the path: ${shown}`);
    assert.ok(message.length + path.length <= WORDS_MAX, `too many words: ${shown}`);
    if (text !== undefined && !OURS.test(text)) assert.doesNotMatch(message, OURS, `our words: ${shown}`);
  }
}

/** The problems that a file is refused with; undefined when it is good. Whatever else comes out is thrown on. */
function refusal(load: () => LoadedTopology, inside: (place: Place) => boolean): readonly Problem[] | undefined {
  try {
    const { model } = bounded(load);
    JSON.stringify(model);
    for (const { at } of model.resources.slice(0, 50))
      if (at !== undefined) assert.ok(inside(model.locate(at)), at.join('.'));
    return undefined;
  } catch (error) {
    if (error instanceof TopologyError) return error.problems;
    throw error;
  }
}
