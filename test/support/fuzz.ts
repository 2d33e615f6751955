/**
 * What all fuzzers stand on. An input is made from a seed, and from nothing else: NETLAB_SEED=N begins at another one (1 unless said, so that
 * CI tries the same each time), NETLAB_FUZZ_COUNT=N tries N of them, and NETLAB_FUZZ_SECONDS=N as many as there is time for.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';

import { dice, type Dice } from './random.ts';

const FIRST = Number(process.env['NETLAB_SEED'] ?? 1);
const SECONDS = Number(process.env['NETLAB_FUZZ_SECONDS'] ?? 0);
const COUNT = process.env['NETLAB_FUZZ_COUNT'];

/** The seeds of one run, and in the end a line with how many they were. `count` is how many CI tries. */
export function* seeds(count: number): Generator<number> {
  const began = Date.now();
  const most = Number(COUNT ?? count);
  let tried = 0;
  while (SECONDS > 0 ? Date.now() - began < SECONDS * 1000 : tried < most) yield FIRST + tried++;
  const time = SECONDS > 0 ? ` in ${SECONDS} s` : '';
  console.log(`        ${tried} executions${time}, NETLAB_SEED=${FIRST}`);
}

/** How long a test of a fuzzer may take, for mocha. */
export const FUZZ_TIMEOUT = 120_000 + 2000 * SECONDS;

const WORK = Symbol.for('netlab.fuzz');
const script = new Script(`globalThis[Symbol.for('netlab.fuzz')]()`);
/** No input that a fuzzer makes takes a hundredth of it. */
const HANG_MS = 20_000;

/** Calls `work`, which is synchronous, and throws where it never comes to its end. */
export function bounded<T>(work: () => T): T {
  const slot = globalThis as { [WORK]?: () => unknown };
  slot[WORK] = work;
  try {
    return script.runInThisContext({ timeout: HANG_MS }) as T;
  } finally {
    delete slot[WORK];
  }
}

/** What is wrong with an input: nothing is undefined. */
export type Oracle = (input: Buffer) => Error | undefined;

/** Throws what is wrong with an input; a smaller one of which the same is true is left in a file, to be kept as a fixture. */
export function hold(oracle: Oracle, input: Buffer, what: string): void {
  const error = oracle(input);
  if (error === undefined) return;
  const small = minimise(input, (candidate) => sameKind(oracle(candidate), error));
  const file = join(mkdtempSync(join(tmpdir(), 'netlab-fuzz-')), 'input');
  writeFileSync(file, small);
  throw new Error(`${what}: ${error.message}\ninput (${small.length} bytes) in ${file}`, { cause: error });
}

/** Two errors of one cause, as far as words tell: numbers and quoted words apart. */
function sameKind(a: Error | undefined, b: Error): boolean {
  const kind = (error: Error): string =>
    `${error.name} ${error.message.slice(0, 60)}`.replaceAll(/[0-9]+|"[^"]*"/g, '');
  return a !== undefined && kind(a) === kind(b);
}

/** Leaves out of an input whatever can be left out while it still fails: halves first, then less and less. */
export function minimise(input: Buffer, fails: (candidate: Buffer) => boolean): Buffer {
  let best = input;
  let tries = 2000;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && tries > 0;) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      tries--;
      if (fails(candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}

/** Numbers at which lengths and counts break. */
const EDGES = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Changes some of the bytes, as damage on the way or malice would; `others` are inputs to take pieces of. */
export function mutateBytes(input: Buffer, roll: Dice, others: readonly Buffer[] = []): Buffer {
  let bytes = Buffer.from(input);
  for (let rounds = 1 + roll(4); rounds > 0; rounds--) bytes = mutateOnce(bytes, roll, others);
  return bytes;
}

function mutateOnce(bytes: Buffer, roll: Dice, others: readonly Buffer[]): Buffer<ArrayBuffer> {
  const out = Buffer.from(bytes);
  const at = roll(out.length + 1);
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => roll(256)));
  const insert = (piece: Buffer): Buffer<ArrayBuffer> => Buffer.concat([out.subarray(0, at), piece, out.subarray(at)]);
  switch (roll(9)) {
    case 0:
      return out.subarray(0, at);
    case 1:
      if (at < out.length) out[at]! ^= 1 << roll(8);
      return out;
    case 2:
      if (at < out.length) out[at] = roll(256);
      return out;
    case 3:
      return insert(noise(1 + roll(8)));
    case 4:
      return Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + roll(16))]);
    case 5: {
      // A piece of it a second time, or many times.
      const piece = out.subarray(at, at + 1 + roll(32));
      return insert(Buffer.concat(Array.from({ length: 1 + (roll(8) === 0 ? roll(200) : roll(3)) }, () => piece)));
    }
    case 6: {
      const other = others.length === 0 ? out : others[roll(others.length)]!;
      const from = roll(other.length + 1);
      return insert(other.subarray(from, from + 1 + roll(200)));
    }
    case 7: {
      const edge = EDGES[roll(EDGES.length)]!;
      if (at + 4 > out.length) return out;
      if (roll(2) === 0) out.writeUInt16LE(edge & 0xffff, at);
      else out.writeUInt32LE(edge, at);
      return out;
    }
    default: {
      const length = Math.min(1 + roll(16), out.length - at);
      out.fill(roll(4) === 0 ? 0xff : 0, at, at + length);
      return out;
    }
  }
}

/** The dice of a seed, for a fuzzer of this name: two fuzzers with one seed do not try the same. */
export function diceFor(name: string, seed: number): Dice {
  let hash = seed;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return dice(hash);
}
