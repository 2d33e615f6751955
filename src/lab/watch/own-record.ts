/** What this watch's own `up` has written down of the lab: while that stands there, the lab is this watch's. */
import type { LabRecord } from '../../state/record.ts';

export class OwnRecord {
  readonly #text: string;
  /** A record that was found to say the same. Who reads the same file again is given the same one. */
  #same: LabRecord | undefined;

  constructor(record: LabRecord) {
    this.#text = textOf(record);
  }

  /** Whether a record says what this watch has written. */
  is(record: LabRecord): boolean {
    if (record !== this.#same && textOf(record) !== this.#text) return false;
    this.#same = record;
    return true;
  }
}

/** A record as text, but for what the reader adds to it. */
export function textOf(record: LabRecord & { readonly version?: number }): string {
  const { version: _, ...rest } = record;
  return JSON.stringify(rest);
}
