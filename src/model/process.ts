/** What runs in a node, and what it finds there. */
import type { ProcessConfinement } from './confinement.ts';
import type { Clocks, Isolation } from './namespace.ts';
import type { Limits } from './limits.ts';
import type { Declared } from './resource.ts';
import type { IdMaps } from './user-namespace.ts';

/** When a process counts as ready. `address` is what the URL's host means. */
export type Ready =
  | { readonly type: 'tcp'; readonly port: number; readonly timeoutMs: number }
  | { readonly type: 'http'; readonly url: string; readonly address: string; readonly timeoutMs: number }
  | { readonly type: 'command'; readonly command: readonly string[]; readonly timeoutMs: number }
  | { readonly type: 'log'; readonly pattern: string; readonly timeoutMs: number }
  | { readonly type: 'file'; readonly path: string; readonly timeoutMs: number };

/** Whether a process is started again when it ends. */
export type RestartPolicy = 'no' | 'on-failure' | 'always';

/** How a process is stopped: a signal by its name without SIG, and how long it may take before SIGKILL. */
export interface Stop {
  readonly signal: string;
  readonly timeoutMs: number;
}

/** How much of what a process prints is kept. */
export interface LogSize {
  /** Bytes of each file. */
  readonly maxSize: number;
  /** How many files, the one that is printed into among them. */
  readonly files: number;
}

/** Of a process that does not say. */
export const DEFAULT_LOG: LogSize = { maxSize: 10 << 20, files: 3 };

/** A long-running program of a node. */
export interface Process extends Declared {
  readonly kind: 'process';
  readonly name: string;
  /** What is executed; a shell string has become `['/bin/sh', '-c', string]`. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `name`, `uid`, `uid:gid` or `name:group`; root unless said. */
  readonly user?: string;
  /** What it may not do, beyond what holds for its node. */
  readonly confinement?: ProcessConfinement;
  /** Namespaces of its own, on top of its node's. */
  readonly isolation?: readonly Isolation[];
  /** Namespaces of another process of its node, by kind: that process's name. */
  readonly share?: Readonly<Partial<Record<Isolation, string>>>;
  /** Which of its node's ids its own user namespace maps, when the file says so. */
  readonly ids?: IdMaps;
  /** What the clocks of its own time namespace show, when the file says so. */
  readonly clocks?: Clocks;
  readonly restart: RestartPolicy;
  readonly stop: Stop;
  readonly ready?: Ready;
  /** What it may use, with all that it starts. */
  readonly limits?: Limits;
  /** {@link DEFAULT_LOG} unless said. */
  readonly log?: LogSize;
  /** `node/process` each: started and ready before this one. */
  readonly after: readonly string[];
  /** What is left to the image of its node, until that has been read: `lab/image-processes.ts` fills it in. */
  readonly fromImage?: {
    /** In place of the image's own arguments; `command` is empty then. */
    readonly args?: readonly string[];
    /** The image says by which signal it is stopped. */
    readonly signal: boolean;
  };
  /** Observed only: in words what it is at, when it neither runs nor has done what it was for: `stopped`, `ended with code 3`. */
  readonly state?: string;
}

/** All processes of a node, or one of them. */
export interface Choice {
  readonly node: string;
  readonly process?: string;
}

/** What `web` or `web/nginx` names. */
export function splitProcess(word: string): Choice {
  const slash = word.indexOf('/');
  return slash < 0 ? { node: word } : { node: word.slice(0, slash), process: word.slice(slash + 1) };
}

/** A file that a node sees and the host does not. Like `docker run --mount type=tmpfs` for a single file. */
export interface File extends Declared {
  readonly kind: 'file';
  /** Absolute, without `.`, `..` or double slashes. */
  readonly path: string;
  readonly content: string;
  /** Observed only: who may read it and whose it is, when not as netlab made it: `600`, `1000:1000`. */
  readonly mode?: string;
  readonly owner?: string;
  /** Observed only: the node runs and does not see it, for it has been unmounted. */
  readonly unmounted?: boolean;
}

/** Commands that are run once in a node, in order, when its network is ready. */
export interface Setup extends Declared {
  readonly kind: 'setup';
  /** What is executed; a shell string has become `['/bin/sh', '-c', string]`. */
  readonly commands: readonly (readonly string[])[];
}
