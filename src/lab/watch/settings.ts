/** Settings that the kernel changes without a word: most of /proc/sys. They are read in turn, so many at a time that nobody notices. */
import { groupBy } from '../../model/group-by.ts';
import { closeSync, openSync } from 'node:fs';

import type { Resource, Sysctl } from '../../model/resource.ts';
import { kindOf } from '../../resource/index.ts';
import { sysctlPath } from '../../resource/sysctl.ts';
import { inNetns } from '../../sys/netns.ts';
import { readSysctl } from '../../sys/procfs.ts';
import { Turn } from './turn.ts';

/** How long one turn may take. */
const TURN_MS = 1;

/** Goes round the nodes whose settings the file names. */
export class Settings {
  readonly #turn = new Turn<readonly [path: string, node: string, wanted: readonly Sysctl[]]>();

  /** `path` leads to a node's network namespace. */
  renew(wanted: readonly Resource[], path: (node: string) => string | undefined): void {
    const byNode = groupBy(
      wanted.filter((each) => each.kind === 'sysctl'),
      ({ node }) => node,
    );
    this.#turn.renew(
      [...byNode].flatMap(([node, own]) => {
        const there = path(node);
        return there === undefined ? [] : [[there, node, own] as const];
      }),
    );
  }

  /** The nodes among those whose turn it is in which a setting is not as it shall be. */
  turn(): string[] {
    return this.#turn.take(TURN_MS, ([path, , wanted]) => isAltered(path, wanted)).map(([, node]) => node);
  }
}

function isAltered(path: string, wanted: readonly Sysctl[]): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // The lab is going.
    return false;
  }
  try {
    return inNetns(fd, () =>
      wanted.some((each) => {
        const value = readSysctl(sysctlPath(each.key));
        return value !== undefined && kindOf(each).differences(each, { ...each, value }).length > 0;
      }),
    );
  } finally {
    closeSync(fd);
  }
}
