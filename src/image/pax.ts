/** Extended headers of tar archives: pax's records, which stand before the entry that they are about. */
import { ImageError } from '../errors.ts';

/** What extended headers said, by their keys. Values are bytes: an attribute may be anything. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

/** The keys of the oldest format of sparse files, which stand there many times: each adds to the first. */
const REPEATED = new Set(['GNU.sparse.offset', 'GNU.sparse.numbytes']);
/** What such a list is known by: `OFFSET,LENGTH,…`. */
export const SPARSE_LIST = 'GNU.sparse.map';

/**
 * Reads records of the form `LENGTH KEY=VALUE\n`, LENGTH counting all of it.
 * @throws ImageError when they are not of that form, or say less than they should.
 */
export function parsePax(body: Buffer, name: string): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length;) {
    // What fills up the block.
    if (body[at] === 0) break;
    const blank = body.indexOf(0x20, at);
    const digits = blank < 0 ? '' : body.toString('latin1', at, blank);
    const length = /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(0x3d, blank);
    if (length === 0 || end > body.length || body[end - 1] !== 0x0a || equals < 0 || equals >= end)
      throw new ImageError(`${name} is damaged: an extended header of it makes no sense`);
    const key = body.toString('latin1', blank + 1, equals);
    const value = body.subarray(equals + 1, end - 1);
    if (REPEATED.has(key)) add(records, SPARSE_LIST, value);
    else records.set(key, Buffer.from(value));
    at = end;
  }
  return records;
}

function add(records: Map<string, Buffer>, key: string, value: Buffer): void {
  const before = records.get(key);
  records.set(key, before === undefined ? Buffer.from(value) : Buffer.concat([before, Buffer.from(','), value]));
}

/** A number of seconds with a fraction (`1700000000.123456789`), in nanoseconds; undefined when it is no number. */
export function nanoseconds(text: string): bigint | undefined {
  const [, sign, seconds = '', fraction = ''] = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(text) ?? [];
  if (seconds === '') return undefined;
  const value = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -value : value;
}
