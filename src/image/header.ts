/** One block of a tar archive: the fields of its header. Names are bytes, kept as strings of one character a byte (latin1). */
import { ImageError } from '../errors.ts';

export const BLOCK = 512;

/** The fields of a header as they stand there, whatever kind of entry it is. */
export interface Header {
  /** The letter that says what it is: `0` a file, `5` a folder. */
  readonly letter: string;
  readonly name: string;
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

/** Reads a header. Undefined for an empty block, which ends an archive. @throws ImageError when it is none. */
export function parseHeader(block: Buffer, name: string): Header | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const said = number(block, 148, 8);
  if (!sums(block).includes(said ?? -1))
    throw new ImageError(`${name} is no tar archive, or is damaged: a header does not have its checksum`);
  const field = (at: number, length: number): number => {
    const value = number(block, at, length);
    if (value === undefined) throw new ImageError(`${name} is damaged: a number in a header makes no sense`);
    return value;
  };
  const format = block.toString('latin1', 257, 265);
  const prefix = format === 'ustar\x0000' ? text(block, 345, 155) : '';
  const own = text(block, 0, 100);
  const size = field(124, 12);
  if (size < 0) throw new ImageError(`${name} is damaged: an entry has a size of ${size}`);
  const hasDevice = format.startsWith('ustar');
  return {
    letter: String.fromCharCode(block[156]!),
    name: prefix === '' ? own : `${prefix}/${own}`,
    target: text(block, 157, 100),
    mode: field(100, 8),
    uid: field(108, 8),
    gid: field(116, 8),
    size,
    mtime: field(136, 12),
    major: hasDevice ? field(329, 8) : 0,
    minor: hasDevice ? field(337, 8) : 0,
  };
}

/** The sum of its bytes, with blanks in place of the sum; some old programs have summed signed bytes. */
function sums(block: Buffer): [unsigned: number, signed: number] {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : block[i]!;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return [unsigned, signed];
}

/** Up to the first NUL. */
function text(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + length ? at + length : end);
}

/** Octal digits; or, with the first bit set, a number of so many bytes (GNU). Undefined when it is neither, or too large to count. */
export function number(block: Buffer, at: number, length: number): number | undefined {
  const first = block[at]!;
  if ((first & 0x80) === 0) {
    const digits = text(block, at, length).trim();
    return /^[0-7]*$/.test(digits) ? Number.parseInt(digits === '' ? '0' : digits, 8) : undefined;
  }
  let value = BigInt(first & 0x7f);
  for (let i = at + 1; i < at + length; i++) value = (value << 8n) | BigInt(block[i]!);
  // The second bit is the sign: two's complement of what is left of it.
  if ((first & 0x40) !== 0) value -= 1n << BigInt(8 * length - 1);
  return value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER) ? undefined : Number(value);
}
