/** Whether what the lab's nodes have joined is still where the file says. Nobody tells; it is looked at, and told once. */
import { statSync } from 'node:fs';

import { type Join, joinPath, joinWords } from '../../model/namespace.ts';
import type { Resource } from '../../model/resource.ts';

/** A node whose process has ended, or whose name leads to another namespace. */
export interface Left {
  readonly node: string;
  /** What it has joined, in words: `pid 1234`. */
  readonly joined: string;
}

export class Owners {
  #there: readonly { readonly node: string; readonly join: Join }[] = [];

  /** The lab is now as `wanted` has it. */
  renew(wanted: readonly Resource[]): void {
    this.#there = wanted.flatMap((each) =>
      each.kind === 'namespace' && each.join !== undefined ? [{ node: each.node, join: each.join }] : [],
    );
  }

  /** Those that have gone since this was asked last. */
  turn(): Left[] {
    const gone = this.#there.filter(({ join }) => !isThere(join));
    if (gone.length > 0) this.#there = this.#there.filter((each) => !gone.includes(each));
    return gone.map(({ node, join }) => ({ node, joined: joinWords(join) }));
  }
}

/** By its number alone: the lab holds the namespace, so no other can have that. */
function isThere(join: Join): boolean {
  const { ino } = statSync(joinPath(join), { throwIfNoEntry: false }) ?? {};
  return join.identity?.startsWith(`net:[${ino}]`) === true;
}
