/** A topology file as text. What cannot be read, or is no text, or is too large to be meant, is a problem like any other. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TopologyError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { nearest } from './words.ts';

/** Larger files are refused before they are parsed: 1000 nodes take some 200 KiB. */
const MAX_BYTES = 4 * 1024 * 1024;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of this path is no folder',
  EACCES: 'this file may not be read (permission denied)',
  ELOOP: 'this path leads in circles (too many symbolic links)',
  ENAMETOOLONG: 'this path is too long',
};

let standardInput: Buffer | undefined;

/** Reads a file; `-` is standard input. Throws TopologyError about the file as a whole. */
export function readSource(file: string): string {
  try {
    // It can be read once, and who finds out what it is has to read it before who reads it.
    return decode(file === '-' ? (standardInput ??= readDescriptor(0)) : readFile(file), file);
  } catch (error) {
    if (error instanceof TopologyError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const words = Object.hasOwn(WORDS, code) ? WORDS[code]! : `this file cannot be read (${code || String(error)})`;
    throw wholeFile(file, code === 'ENOENT' ? `${words}${neighbour(file)}` : words);
  }

  function readFile(path: string): Buffer {
    const fd = openSync(path, 'r');
    try {
      const stat = fstatSync(fd);
      if (stat.isDirectory()) throw wholeFile(path, 'found a directory, expected a topology file');
      if (stat.size > MAX_BYTES) throw tooLarge(path);
      // A pipe (`<(…)`) or a file of /proc has no size to know beforehand.
      return stat.isFile() && stat.size > 0 ? readFileSync(fd) : readDescriptor(fd);
    } finally {
      closeSync(fd);
    }
  }

  function readDescriptor(fd: number): Buffer {
    const chunks: Buffer[] = [];
    for (let total = 0; ;) {
      const chunk = Buffer.allocUnsafe(65536);
      let count: number;
      try {
        count = readSync(fd, chunk);
      } catch (error) {
        // A terminal or pipe in non-blocking mode (as Node leaves them) has nothing yet.
        if (!isErrno(error, 'EAGAIN')) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        continue;
      }
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      total += count;
      if (total > MAX_BYTES) throw tooLarge(file);
    }
  }
}

/** Endings of files that may be topologies. */
const ENDING = /\.(?:ya?ml|json|[cm]?[jt]s)$/;

/** A file of that folder that may be meant: the same name with its ending, or one that is spelt much the same. */
function neighbour(file: string): string {
  try {
    const names = readdirSync(dirname(file)).filter((name) => ENDING.test(name));
    const name = basename(file);
    const meant = names.find((each) => each.replace(ENDING, '') === name) ?? nearest(name, names);
    return meant === undefined ? '' : `; did you mean ${join(dirname(file), meant)}?`;
  } catch {
    return '';
  }
}

/** Bytes as text; anything but UTF-8 without NUL bytes is refused. */
function decode(bytes: Buffer, file: string): string {
  if (bytes.length > MAX_BYTES) throw tooLarge(file);
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw wholeFile(file, `found a binary file (a NUL byte at offset ${nul}), expected YAML text`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wholeFile(file, 'found bytes that are not UTF-8, expected YAML text in UTF-8');
  }
}

function tooLarge(file: string): TopologyError {
  return wholeFile(file, `found more than ${MAX_BYTES / 1024 / 1024} MiB, which no topology needs`);
}

/** A problem of the file as a whole. */
export function wholeFile(file: string, message: string): TopologyError {
  return new TopologyError([{ file, line: 0, column: 0, path: '', message, severity: 'error' }]);
}
