/** What a kind of check is: one way to look, once. */
import type { Claim, ClaimKind } from '../model/check.ts';
import type { Resource } from '../model/resource.ts';
import type { Subject } from './subject.ts';

/** What one try came to. */
export interface Try {
  readonly holds: boolean;
  /** In words: why not, or how. */
  readonly saw: string;
  /** It could not be tried at all, so it neither holds nor does not: there is no such command, no such address. */
  readonly impossible?: true;
}

/** How long a try may take, and what ends it before. */
export interface Bounds {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A kind of check. */
export interface Kind<K extends ClaimKind> {
  /** Looks once. What the network answers is a value; LabError, SystemError, NetlinkError: it could not be tried. */
  attempt(claim: Claim<K>, subject: Subject, bounds: Bounds): Promise<Try> | Try;
  /** The nodes whose state explains a failure. */
  nodes(claim: Claim<K>, subject: Subject): readonly string[];
  /** A try takes what it takes, and is given all the time that is left. */
  readonly unhurried?: true;
  /** At least so many milliseconds between two tries, where asking too often gets no answer. */
  readonly pause?: number;
  /** For what the kernel tells of by itself: the nodes whose changes are worth a try at once. */
  readonly hears?: (claim: Claim<K>) => readonly string[];
  /** Neighbours and forwarding entries to be told of. */
  readonly about?: (claim: Claim<K>) => readonly Resource[];
}

export const holds = (saw: string): Try => ({ holds: true, saw });
export const fails = (saw: string): Try => ({ holds: false, saw });
/** It was not decided: too little time, too few answers. */
export const undecided = (saw: string): Try => ({ holds: false, saw, impossible: true });
/** Of a check that names what its lab does not have: the same before anything is tried. */
export const unfit = (broken: string): string => `it cannot be tried in this lab: ${broken}`;
export const impossible = (why: string): Try => undecided(`it could not be tried: ${why}`);
