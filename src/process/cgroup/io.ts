/** Bounds on reading and writing of devices: one file in version 2, four in version 1. */
import { statSync } from 'node:fs';

import type { IoLimit } from '../../model/limits.ts';
import { readText } from '../../sys/read-text.ts';
import type { Hierarchy } from './hierarchies.ts';

/** A file of a group, and what is to be written there. */
export interface Setting {
  readonly file: string;
  readonly text: string;
}

type Amount = Exclude<keyof IoLimit, 'device'>;

const WORDS: Readonly<Record<Amount, { readonly word: string; readonly file: string }>> = {
  readBps: { word: 'rbps', file: 'blkio.throttle.read_bps_device' },
  writeBps: { word: 'wbps', file: 'blkio.throttle.write_bps_device' },
  readIops: { word: 'riops', file: 'blkio.throttle.read_iops_device' },
  writeIops: { word: 'wiops', file: 'blkio.throttle.write_iops_device' },
};

const AMOUNTS = Object.keys(WORDS) as Amount[];

/** What to write so that these bounds stand there and those of `found` that are not among them don't. */
export function ioSettings(
  version: Hierarchy['version'],
  wanted: readonly IoLimit[] = [],
  found: readonly IoLimit[] = [],
): Setting[] {
  const gone = found.filter(({ device }) => !wanted.some((each) => each.device === device));
  return [...wanted, ...gone.map(({ device }): IoLimit => ({ device }))].flatMap((limit) => {
    const number = numberOf(limit.device);
    if (version === 2) {
      const words = AMOUNTS.map((each) => `${WORDS[each].word}=${limit[each] ?? 'max'}`);
      return [{ file: 'io.max', text: `${number} ${words.join(' ')}` }];
    }
    return AMOUNTS.map((each) => ({ file: WORDS[each].file, text: `${number} ${limit[each] ?? 0}` }));
  });
}

/** The bounds that stand in a group; `read` gives the text of a file of it. */
export function readIo(version: Hierarchy['version'], read: (file: string) => string): readonly IoLimit[] | undefined {
  const found = new Map<string, Partial<Record<Amount, number>>>();
  const add = (number: string, each: Amount, value: string | undefined): void => {
    if (value === undefined || value === 'max') return;
    found.set(number, { ...found.get(number), [each]: Number(value) });
  };
  if (version === 2) {
    for (const [number = '', ...words] of lines(read('io.max')))
      for (const each of AMOUNTS)
        add(number, each, words.find((word) => word.startsWith(`${WORDS[each].word}=`))?.split('=')[1]);
  } else {
    for (const each of AMOUNTS)
      for (const [number = '', value] of lines(read(WORDS[each].file))) add(number, each, value);
  }
  if (found.size === 0) return undefined;
  const limits = [...found].map(([number, most]): IoLimit => ({ device: deviceOf(number), ...most }));
  return limits.toSorted((a, b) => (a.device < b.device ? -1 : 1));
}

function lines(text: string): string[][] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(/\s+/)]));
}

/** The number of a block device: `254:0`. One that has no name is called by it. Throws when there is none of that name. */
export function numberOf(device: string): string {
  if (/^\d+:\d+$/.test(device)) return device;
  const stat = statSync(device);
  if (!stat.isBlockDevice()) throw new Error(`${device} is no block device`);
  // gnu_dev_major() and gnu_dev_minor().
  const { rdev } = stat;
  return `${(rdev >>> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >>> 12) & 0xfff00)}`;
}

function deviceOf(number: string): string {
  const name = /^DEVNAME=(.*)$/m.exec(readText(`/sys/dev/block/${number}/uevent`) ?? '')?.[1];
  return name === undefined ? number : `/dev/${name}`;
}
