import { NetlinkError } from '../../errors.ts';

/** What the kernel answers; undefined for what it refuses: it is not there, or this kernel (without nf_tables, say) has no such thing. */
export function ask<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}
