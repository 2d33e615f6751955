/** What an image says of the programs that are started from it. What the file says of a process comes first. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `name`, `uid`, `uid:gid` or `name:group`. */
  readonly user?: string;
  /** Absolute: what a relative `cwd` begins with, and where a process without one starts. */
  readonly workdir?: string;
  /** As the image has it: `SIGTERM`, `TERM` or `15`. */
  readonly stopSignal?: string;
}
