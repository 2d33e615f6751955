/** Tar archives made byte by byte, as no tar program would make them, and what stands in a folder afterwards. */
import { fileURLToPath } from 'node:url';

import { run } from './run.ts';

/** What may be said of an entry; all the rest is as a file of root's has it. */
export interface EntryWords {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly content?: string | Buffer;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly device?: readonly [major: number, minor: number];
  /** Said in place of the length of the content. */
  readonly size?: number | Buffer;
  /** Records of an extended header before it. */
  readonly pax?: Readonly<Record<string, string | Buffer>>;
}

/** An archive of these entries; `end`: with the empty blocks that end one. */
export function tarOf(entries: readonly EntryWords[], { end = true } = {}): Buffer {
  return Buffer.concat([...entries.map(entryBytes), Buffer.alloc(end ? 1024 : 0)]);
}

/** Header, content and what fills up the block. */
export function entryBytes(entry: EntryWords): Buffer {
  const { pax, name, type = '0', target = '', mode = 0o644, uid = 0, gid = 0, mtime = 1_600_000_000 } = entry;
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(512);
  header.write(target, 157, 100, 'latin1');
  Buffer.from(name).copy(header, 0, 0, 100);
  octal(header, 100, 8, mode);
  octal(header, 108, 8, uid);
  octal(header, 116, 8, gid);
  if (Buffer.isBuffer(entry.size)) entry.size.copy(header, 124);
  else octal(header, 124, 12, entry.size ?? content.length);
  octal(header, 136, 12, mtime);
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(header, 329, 8, entry.device?.[0] ?? 0);
  octal(header, 337, 8, entry.device?.[1] ?? 0);
  checked(header);
  const before =
    pax === undefined
      ? []
      : [entryBytes({ name: 'pax', type: 'x', content: Buffer.concat(Object.entries(pax).map(paxRecord)) })];
  return Buffer.concat([...before, header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** Gives a header the checksum that it has. */
export function checked(header: Buffer): Buffer {
  header.fill(0x20, 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** `LENGTH KEY=VALUE\n` */
export function paxRecord([key, value]: readonly [string, string | Buffer]): Buffer {
  const tail = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = tail.length;
  while (String(length).length + tail.length !== length) length = String(length).length + tail.length;
  return Buffer.concat([Buffer.from(String(length)), tail]);
}

function octal(header: Buffer, at: number, length: number, value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}

const ORACLE = fileURLToPath(new URL('../../../test/support/file-tree.py', import.meta.url));

/** All that makes the things in a folder what they are, one line each, by another program than ours. */
export function treeLines(folder: string, ...words: string[]): string[] {
  return run('python3', [ORACLE, folder, ...words])
    .trimEnd()
    .split('\n');
}
