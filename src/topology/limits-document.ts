/** `limits` of a node or a process as it is typed. */

/** A number of bytes, or one with a unit. */
export type SizeDocument = string | number;

/** What processes may use. */
export interface LimitsDocument {
  readonly memory?: SizeDocument;
  readonly memory_high?: SizeDocument;
  readonly swap?: SizeDocument;
  readonly pids?: number;
  readonly cpu?: number;
  readonly cpu_weight?: number;
  readonly cpuset?: { readonly cpus?: string | number; readonly mems?: string | number };
  readonly io?: readonly IoDocument[];
}

/** What may be read from and written to a device in a second. */
export interface IoDocument {
  readonly device: string;
  readonly read_bps?: SizeDocument;
  readonly write_bps?: SizeDocument;
  readonly read_iops?: number;
  readonly write_iops?: number;
}
