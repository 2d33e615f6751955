/**
 * Files with holes, of which an archive holds only what is between. GNU's own format says where that is in the header; those on top of
 * pax in extended records (0.0, 0.1) or before the content (1.0).
 */
import { ImageError } from '../errors.ts';
import { BLOCK, number } from './header.ts';
import type { Intake } from './intake.ts';
import { SPARSE_LIST, type PaxRecords } from './pax.ts';

/** A part of a file that is not a hole. */
export interface Region {
  readonly at: number;
  readonly length: number;
}

/** What is known of a file with holes. */
export interface Sparse {
  readonly regions: readonly Region[];
  /** The size that the file has with its holes. */
  readonly size: number;
  /** How many bytes of the entry were read to find out. */
  readonly read: number;
  /** Its name, where the header has another. */
  readonly name?: string;
}

/** More would be a list made to take our memory. */
const MOST = 1 << 20;
const WIDTH = 12;

/** GNU's own format: four regions in the header, and 21 in each block that follows it. */
export async function readGnuSparse(header: Buffer, intake: Intake, name: string): Promise<Omit<Sparse, 'read'>> {
  const regions: Region[] = [];
  const add = (block: Buffer, at: number, count: number): void => {
    for (let i = 0; i < count && block[at + 24 * i] !== 0; i++) {
      const where = number(block, at + 24 * i, WIDTH);
      const length = number(block, at + 24 * i + WIDTH, WIDTH);
      if (where === undefined || length === undefined) throw damaged(name);
      regions.push({ at: where, length });
    }
  };
  add(header, 386, 4);
  const size = number(header, 483, WIDTH) ?? -1;
  for (let more = header[482] !== 0; more;) {
    const block = await intake.take(BLOCK);
    add(block, 0, 21);
    more = block[504] !== 0;
    if (regions.length > MOST) throw damaged(name);
  }
  return { regions, size };
}

/** The formats on top of pax; undefined when the records tell of no holes. `stored`: what the archive holds of it. */
export async function readPaxSparse(
  records: PaxRecords,
  intake: Intake,
  stored: number,
  name: string,
): Promise<Sparse | undefined> {
  const said = (key: string): string | undefined => records.get(`GNU.sparse.${key}`)?.toString('latin1');
  const count = (text: string | undefined): number => {
    if (text === undefined || !/^\d{1,15}$/.test(text)) throw damaged(name);
    return Number(text);
  };
  const own = said('name');
  const named = own === undefined ? {} : { name: own };
  if (said('major') === '1') {
    const { numbers, read } = await readNumbers(intake, stored, name);
    return { regions: pairs(numbers, name), size: count(said('realsize')), read, ...named };
  }
  const list = records.get(SPARSE_LIST)?.toString('latin1');
  if (list === undefined) return undefined;
  const numbers = list === '' ? [] : list.split(',').map(count);
  return { regions: pairs(numbers, name), size: count(said('size') ?? said('realsize')), read: 0, ...named };
}

/** The list before the content: how many, then each in a line of its own, filled up to whole blocks. */
async function readNumbers(intake: Intake, stored: number, name: string): Promise<{ numbers: number[]; read: number }> {
  const numbers: number[] = [];
  let left = -1;
  let digits = '';
  let read = 0;
  while (left !== 0) {
    if (read + BLOCK > stored) throw damaged(name);
    const block = await intake.take(BLOCK);
    read += BLOCK;
    for (const byte of block) {
      if (left === 0) break;
      if (byte !== 0x0a) {
        digits += String.fromCharCode(byte);
        if (digits.length > 15) throw damaged(name);
        continue;
      }
      if (!/^\d+$/.test(digits)) throw damaged(name);
      if (left < 0) left = 2 * Number(digits);
      else if (left-- > 0) numbers.push(Number(digits));
      if (left > 2 * MOST) throw damaged(name);
      digits = '';
    }
  }
  return { numbers, read };
}

function pairs(numbers: readonly number[], name: string): Region[] {
  if (numbers.length % 2 !== 0) throw damaged(name);
  const regions: Region[] = [];
  for (let i = 0; i < numbers.length; i += 2) regions.push({ at: numbers[i]!, length: numbers[i + 1]! });
  return regions;
}

/** @throws ImageError unless the regions stand one after another within the file, and together are what is stored. */
export function checkRegions({ regions, size }: Pick<Sparse, 'regions' | 'size'>, stored: number, name: string): void {
  let end = 0;
  let sum = 0;
  for (const { at, length } of regions) {
    if (at < end || length < 0 || !Number.isSafeInteger(at + length)) throw damaged(name);
    end = at + length;
    sum += length;
  }
  if (end > size || sum !== stored) throw damaged(name);
}

function damaged(name: string): ImageError {
  return new ImageError(`${name} is damaged: where the holes of a file are makes no sense`);
}
