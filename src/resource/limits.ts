/** Bounds, compared and in words. */
import { type IoLimit, LIMIT_KEYS, LIMIT_WORDS, type LimitKey, type Limits } from '../model/limits.ts';
import type { Difference } from '../model/report.ts';
import { compareExactly } from './kind.ts';

const FIELD = 'limits.';

/** The bounds in which two are not the same. */
export function limitDifferences(wanted: Limits = {}, found: Limits = {}): Difference[] {
  return LIMIT_KEYS.flatMap((key) =>
    compareExactly(`${FIELD}${LIMIT_WORDS[key]}`, limitWords(key, wanted), limitWords(key, found)),
  );
}

/** Whether a difference is one of bounds. */
export function isLimit({ field }: Difference): boolean {
  return field.startsWith(FIELD);
}

/** A bound as the file would have it: `64M`. Undefined without one. */
export function limitWords(key: LimitKey, limits: Limits): string | undefined {
  switch (key) {
    case 'memory':
    case 'memoryHigh':
    case 'swap':
      return limits[key] === undefined ? undefined : sizeWords(limits[key]);
    case 'io':
      return limits.io?.map(ioWords).join(', ');
    default:
      return limits[key] === undefined ? undefined : String(limits[key]);
  }
}

/** `64M`, or the number of bytes where that is no round one. */
export function sizeWords(bytes: number): string {
  const power = bytes === 0 ? 0 : [4, 3, 2, 1].find((each) => bytes % 1024 ** each === 0);
  return power === undefined || power === 0 ? String(bytes) : `${bytes / 1024 ** power}${'kMGT'[power - 1] ?? ''}`;
}

function ioWords({ device, readBps, writeBps, readIops, writeIops }: IoLimit): string {
  const words = [
    ...(readBps === undefined ? [] : [`read ${sizeWords(readBps)}/s`]),
    ...(writeBps === undefined ? [] : [`write ${sizeWords(writeBps)}/s`]),
    ...(readIops === undefined ? [] : [`read ${readIops} times/s`]),
    ...(writeIops === undefined ? [] : [`write ${writeIops} times/s`]),
  ];
  return `${device} ${words.join(' ')}`;
}
