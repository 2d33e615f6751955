import { createHash } from 'node:crypto';

/** As much of a text's SHA-256 as two texts need to be told apart. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
