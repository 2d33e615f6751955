/** What a watch of a running lab tells: each is one line of `netlab up --watch --json`. */
import type { PlannedChange, UpReport } from './report.ts';

export type WatchEvent =
  /** The lab is up. */
  | { readonly event: 'up'; readonly report: UpReport }
  /** From now on nothing escapes the watch. */
  | { readonly event: 'watching' }
  /** One thing was not as the file says, and is again. `milliseconds` since the kernel told of it. */
  | { readonly event: 'repaired'; readonly change: PlannedChange; readonly milliseconds: number }
  /** A process ended and was started again by its policy. */
  | ProcessEvent<'restarted'>
  /** A process ended, and its policy is to leave it so. */
  | ProcessEvent<'ended'>
  /** The file was edited, and the lab follows it. */
  | { readonly event: 'edited'; readonly report: UpReport }
  /** An edit that is wrong, or cannot be made: the lab stays as it was. A repair that the kernel refused. */
  | { readonly event: 'failed'; readonly error: unknown }
  /** The same thing comes back again and again; it is left alone for so long. */
  | { readonly event: 'held'; readonly what: string; readonly times: number; readonly seconds: number }
  /** It has come back so often that it is left alone until the file is edited. */
  | { readonly event: 'given-up'; readonly what: string; readonly times: number }
  /** What a node has joined (`pid 1234`) is no more where the file says: its owner has ended. The lab holds the network still. */
  | { readonly event: 'left'; readonly node: string; readonly joined: string }
  /** The kernel told more than could be heard, so the whole lab was looked at. */
  | { readonly event: 'overrun' }
  /** The watch has ended; the lab stays up, or is gone. */
  | { readonly event: 'end'; readonly reason: WatchEnd };

interface ProcessEvent<E extends string> {
  readonly event: E;
  readonly node: string;
  readonly process: string;
  /** In words: `ended with 1`, `was killed by signal 9`. */
  readonly how: string;
}

/** Why a watch ended: it was asked to; the lab was taken down; its keeper has died; another file has taken the lab over. */
export type WatchEnd = 'interrupted' | 'down' | 'died' | 'taken-over';
