/**
 * Whatever a topology is made of, it is loaded, or refused with a place in it for each problem; nothing else comes out, and it comes to
 * its end. What has failed here once stands in test/fixtures/fuzz/.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { dump, load } from 'js-yaml';

import { expandObject, loadTopology } from '../../../src/topology/load.ts';
import type { TopologyDocument } from '../../../src/topology/document.ts';
import { diceFor, FUZZ_TIMEOUT, hold, mutateBytes, seeds } from '../../support/fuzz.ts';
import { tempFile } from '../../support/index.ts';
import { mutate } from '../../support/mutate.ts';
import type { Dice } from '../../support/random.ts';
import { ENV, faultOf } from './loading.ts';
import { hostile } from './hostile.ts';

const ROOT = new URL('../../../../', import.meta.url);
const read = (folder: string): Buffer[] =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(new URL(`${folder}${name}`, ROOT)));
const FIXTURES = 'test/fixtures/fuzz/';
const corpus = [...read('topologies/'), ...read('test/fixtures/broken/')];
/** Those that are YAML, as plain values. One that contains itself has no end, and one that is a bomb none that anybody waits for. */
const documents = corpus.flatMap((text) => {
  if (/\*[a-z]/.test(text.toString())) return [];
  try {
    return [load(text.toString())];
  } catch {
    return [];
  }
});

const file = tempFile('', 'fuzzed.yaml');

/** The whole way, from a file's bytes on. */
function fileFault(bytes: Buffer): Error | undefined {
  writeFileSync(file, bytes);
  return faultOf(bytes, () => loadTopology(file, { env: ENV }));
}

/** A text of a document, in YAML or JSON, with a few keys that are not what they were. */
function changed(roll: Dice): string {
  let document: unknown = documents[roll(documents.length)];
  for (let rounds = 1 + roll(5); rounds > 0; rounds--) {
    if (typeof document !== 'object' || document === null || Object.keys(document).length === 0) break;
    document = mutate(document, roll, []).document;
  }
  return roll(2) === 0 ? JSON.stringify(document) : dump(document);
}

describe('fuzz: topologies', function () {
  this.timeout(FUZZ_TIMEOUT);

  for (const name of readdirSync(new URL(FIXTURES, ROOT)).filter((each) => each.startsWith('topology-')))
    it(`${name}, which has failed once`, () => {
      assert.equal(fileFault(readFileSync(new URL(`${FIXTURES}${name}`, ROOT))), undefined);
    });

  it('of bytes changed at random', () => {
    for (const seed of seeds(3000)) {
      const roll = diceFor('bytes', seed);
      hold(fileFault, mutateBytes(corpus[roll(corpus.length)]!, roll, corpus), `NETLAB_SEED=${seed}`);
    }
  });

  it('of keys changed at random', () => {
    for (const seed of seeds(400)) hold(fileFault, Buffer.from(changed(diceFor('keys', seed))), `NETLAB_SEED=${seed}`);
  });

  it('of malice', () => {
    for (const seed of seeds(250)) {
      const roll = diceFor('malice', seed);
      const text = Buffer.from(hostile(roll));
      hold(fileFault, roll(4) === 0 ? mutateBytes(text, roll, corpus) : text, `NETLAB_SEED=${seed}`);
    }
    assert.ok(!existsSync('/tmp/netlab-fuzz-executed'), 'something of a topology was executed');
  });

  it('given as objects', () => {
    for (const seed of seeds(250)) {
      const roll = diceFor('objects', seed);
      const document = mutate(documents[roll(documents.length)] ?? {}, roll, []).document;
      const odd = strange(document, roll) as TopologyDocument;
      assert.equal(
        faultOf(undefined, () => expandObject(odd, 'object')),
        undefined,
        `NETLAB_SEED=${seed}`,
      );
    }
  });
});

/** What a program can hand over and no file can say. */
function strange(document: unknown, roll: Dice): unknown {
  const at = document as Record<string, unknown>;
  const key = ['nodes', 'links', 'name', 'defaults', 'x'][roll(5)]!;
  switch (roll(9)) {
    case 0:
      at[key] = at;
      break;
    case 1:
      at[key] = () => 1;
      break;
    case 2:
      at[key] = Symbol('x');
      break;
    case 3:
      at[key] = 5n;
      break;
    case 4:
      at[key] = new Map([['a', 1]]);
      break;
    case 5:
      at[key] = new Date(NaN);
      break;
    case 6:
      at[key] = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}');
      break;
    case 7: {
      let deep: unknown = 1;
      for (let i = 0; i < 300; i++) deep = i % 2 === 0 ? [deep] : { a: deep };
      at[key] = deep;
      break;
    }
    default:
      at[key] = Object.assign([1, 2], { length: 1000 });
  }
  return document;
}
