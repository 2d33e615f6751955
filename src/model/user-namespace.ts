/** A node's user namespace: which of its ids are which outside. */

/** One line of a map, as /proc/PID/uid_map has it: `count` ids from `inside` on are those from `outside` on. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Both maps of a user namespace. */
export interface IdMaps {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/** What a user namespace of root's has unless the file says otherwise: the ids that Debian and others give to the first who asks for some. */
export const DEFAULT_RANGE: IdRange = { inside: 0, outside: 100_000, count: 65_536 };

/** As the kernel reads and shows it: `0 100000 65536`, a line each. */
export function mapText(ranges: readonly IdRange[]): string {
  return ranges.map(({ inside, outside, count }) => `${inside} ${outside} ${count}`).join('\n');
}

/** Reads what {@link mapText} writes, and what /proc/PID/uid_map shows, with blanks in front and between. */
export function parseMap(text: string): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number);
    return inside === undefined || outside === undefined || count === undefined ? [] : [{ inside, outside, count }];
  });
}

/** What an inner id is outside; undefined when it is nobody there. */
export function outsideOf(ranges: readonly IdRange[], id: number): number | undefined {
  const range = ranges.find(({ inside, count }) => id >= inside && id < inside + count);
  return range === undefined ? undefined : range.outside + (id - range.inside);
}
