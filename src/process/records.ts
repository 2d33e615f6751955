import { UsageError } from '../errors.ts';

/** What is said to netlab-init: a word and its fields. Numbers are written in decimal. */
export type ProtocolRecord = readonly (string | number)[];

/** The most bytes that netlab-init takes in one request, and in the keeper's spec. */
export const REQUEST_MAX = 8 << 20;

/**
 * Records as bytes: each `COUNT\0FIELD1\0…FIELDn\0`, closed by the record `end`.
 * @throws UsageError when a field holds a NUL, which the notation cannot carry (nor can an argument of a program).
 */
export function encodeRecords(records: readonly ProtocolRecord[]): Buffer {
  return Buffer.from(records.map(encodeRecord).join('') + '1\0end\0');
}

/** One record, without the `end` that closes a list. @throws UsageError for a NUL in it. */
export function encodeRecord(record: ProtocolRecord): string {
  const fields = record.map(String);
  const bad = fields.find((field) => field.includes('\0'));
  if (bad !== undefined) throw new UsageError(`a NUL byte cannot stand in ${JSON.stringify(bad)}`);
  return `${fields.length}\0${fields.join('\0')}\0`;
}

/** A request as it goes over a control socket: its length in 32 bits, little-endian, then the records. */
export function encodeRequest(records: readonly ProtocolRecord[]): Buffer {
  const body = encodeRecords(records);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** An answer line as its fields: split at tabs, and `\t`, `\n`, `\\` inside a field undone. */
export function decodeLine(line: string): string[] {
  const fields = line.split('\t');
  if (!line.includes('\\')) return fields;
  return fields.map((field) =>
    field.replace(/\\(.)/g, (_, letter: string) => (letter === 't' ? '\t' : letter === 'n' ? '\n' : letter)),
  );
}
