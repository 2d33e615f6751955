import type { Lab } from '../lab.ts';

type Library = typeof import('../lab.ts');

/** The library, loaded when a verb really does something: help and wrong usage must not wait for it. */
export async function library(): Promise<Library> {
  return import('../lab.ts');
}

export type { Lab };
