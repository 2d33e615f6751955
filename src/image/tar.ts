/**
 * Reads tar archives: v7, ustar, GNU and pax, one entry after another. Whatever an entry says is handed on as it is; what may be done with
 * it is for others to judge. docs/decisions/0018-unpacked-roots.md says why this is no library's.
 */
import { ImageError } from '../errors.ts';
import { BLOCK, type Header, parseHeader } from './header.ts';
import type { Intake } from './intake.ts';
import { nanoseconds, parsePax } from './pax.ts';
import { checkRegions, readGnuSparse, readPaxSparse, type Region } from './sparse.ts';

export type EntryType = 'file' | 'link' | 'symlink' | 'character' | 'block' | 'folder' | 'fifo' | 'other';

/** A piece of a file, and where in it. */
export interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** One entry. Names and targets are bytes, as strings of one character a byte (latin1). */
export interface TarEntry {
  readonly type: EntryType;
  readonly name: string;
  /** Of a link or symlink. */
  readonly target: string;
  /** The permissions with setuid, setgid and sticky bit. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** With its holes. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly attributes: ReadonlyMap<string, Buffer>;
  /** Where what it holds begins, counted from the begin of the archive. */
  readonly position: number;
  /** What it holds. To be read before the next entry, or not at all. */
  readonly content: () => AsyncGenerator<Piece>;
}

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'folder',
  D: 'folder',
  '6': 'fifo',
};
/** Those that hold nothing, whatever the header says of their size. */
const HOLLOW: ReadonlySet<EntryType> = new Set(['link', 'symlink', 'character', 'block', 'fifo']);
const ATTRIBUTE = 'SCHILY.xattr.';
/** No name is longer, and all attributes of a file together have less room. */
const LONGEST_HEADER = 1 << 20;

/**
 * The entries of an archive; `name`: what it is called. `marked`: it must have an empty block at its end, by which it is known that
 * nothing has been cut off; where a digest tells, it may be missing.
 * @throws ImageError when it is no archive, is damaged, or has been cut short.
 */
export async function* tarEntries(intake: Intake, name: string, { marked = true } = {}): AsyncGenerator<TarEntry> {
  const everywhere = new Map<string, Buffer>();
  let extended = new Map<string, Buffer>();
  for (;;) {
    if (!marked && (await intake.atEnd())) return;
    const block = await intake.take(BLOCK);
    const header = parseHeader(block, name);
    if (header === undefined) return;
    const { letter, size } = header;
    if ('xgLK'.includes(letter)) {
      const body = await readWhole(intake, size, name);
      if (letter === 'L') extended.set('path', untilNul(body));
      else if (letter === 'K') extended.set('linkpath', untilNul(body));
      else for (const [key, value] of parsePax(body, name)) (letter === 'g' ? everywhere : extended).set(key, value);
      continue;
    }
    const records = new Map([...everywhere, ...extended]);
    extended = new Map();
    yield* entry(block, header, records, intake, name);
  }
}

async function* entry(
  block: Buffer,
  header: Header,
  records: ReadonlyMap<string, Buffer>,
  intake: Intake,
  archive: string,
): AsyncGenerator<TarEntry> {
  const said = (key: string): string | undefined => records.get(key)?.toString('latin1');
  const count = (key: string, otherwise: number): number => {
    const text = said(key);
    if (text === undefined) return otherwise;
    if (!/^\d{1,15}$/.test(text)) throw new ImageError(`${archive} is damaged: an extended header has ${key}=${text}`);
    return Number(text);
  };
  const name = said('path') ?? header.name;
  const isFolder =
    header.letter === '5' || header.letter === 'D' || ('0\0'.includes(header.letter) && name.endsWith('/'));
  const type = isFolder ? 'folder' : (TYPES[header.letter] ?? 'other');
  let stored = HOLLOW.has(type) ? 0 : count('size', header.size);
  // A dump of GNU's lists the folder's names; nobody else stores anything for one.
  if (type === 'folder' && header.letter !== 'D') stored = 0;
  const padding = (BLOCK - (stored % BLOCK)) % BLOCK;
  const sparse =
    header.letter === 'S'
      ? { ...(await readGnuSparse(block, intake, archive)), read: 0, name: undefined }
      : type === 'file'
        ? await readPaxSparse(records, intake, stored, archive)
        : undefined;
  const held = stored - (sparse?.read ?? 0);
  if (sparse !== undefined) checkRegions(sparse, held, archive);
  const regions: readonly Region[] = sparse?.regions ?? [{ at: 0, length: held }];
  const position = intake.position;
  const time = said('mtime');
  const attributes = [...records].flatMap(([key, value]): [string, Buffer][] =>
    key.startsWith(ATTRIBUTE) ? [[key.slice(ATTRIBUTE.length), value]] : [],
  );
  const whole = {
    type,
    name: sparse?.name ?? name,
    target: said('linkpath') ?? header.target,
    mode: header.mode & 0o7777,
    uid: count('uid', header.uid),
    gid: count('gid', header.gid),
    size: sparse?.size ?? held,
    mtime: (time === undefined ? undefined : nanoseconds(time)) ?? BigInt(header.mtime) * 1_000_000_000n,
    attributes: new Map(attributes),
    position,
    content: () => pieces(intake, regions),
  };
  if (whole.name.includes('\0') || whole.target.includes('\0'))
    throw new ImageError(`${archive} is damaged: a name in it has a NUL character`);
  yield whole;
  await intake.skip(held - (intake.position - position) + padding);
}

async function* pieces(intake: Intake, regions: readonly Region[]): AsyncGenerator<Piece> {
  for (const { at, length } of regions) {
    for (let done = 0; done < length;) {
      const bytes = await intake.some(length - done);
      yield { at: at + done, bytes };
      done += bytes.length;
    }
  }
}

async function readWhole(intake: Intake, size: number, name: string): Promise<Buffer> {
  if (size > LONGEST_HEADER) throw new ImageError(`${name} is damaged: an extended header of ${size} bytes`);
  const body = Buffer.from(await intake.take(size));
  await intake.skip((BLOCK - (size % BLOCK)) % BLOCK);
  return body;
}

function untilNul(body: Buffer): Buffer {
  const end = body.indexOf(0);
  return end < 0 ? body : body.subarray(0, end);
}
