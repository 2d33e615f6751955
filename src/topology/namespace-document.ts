/** What is said of a user and a time namespace, as it is typed. */

/** Ids of a user namespace: those from a number on outside, or ranges. */
export type IdMapDocument =
  number | readonly { readonly inside: number; readonly outside: number; readonly count?: number }[];

/** What clocks are ahead of the machine's. */
export interface ClocksDocument {
  readonly monotonic?: string;
  readonly boottime?: string;
}
