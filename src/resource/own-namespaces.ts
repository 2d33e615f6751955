/** What is said of a user and a time namespace, of a node or of a process. */
import type { Clocks } from '../model/namespace.ts';
import type { Difference } from '../model/report.ts';
import { type IdMaps, mapText } from '../model/user-namespace.ts';
import { compareExactly } from './kind.ts';

interface Own {
  readonly ids?: IdMaps;
  readonly clocks?: Clocks;
}

/** The differences in `uid_map`, `gid_map` and `time`. */
export function compareOwn(wanted: Own, found: Own): Difference[] {
  return [
    ...compareExactly('uid_map', idsText(wanted, 'uids'), idsText(found, 'uids')),
    ...compareExactly('gid_map', idsText(wanted, 'gids'), idsText(found, 'gids')),
    ...compareExactly('time', clockWords(wanted), clockWords(found)),
  ];
}

function idsText({ ids }: Own, which: 'uids' | 'gids'): string | undefined {
  return ids === undefined ? undefined : mapText(ids[which]).replaceAll('\n', ', ');
}

function clockWords({ clocks }: Own): string | undefined {
  return clocks === undefined ? undefined : `monotonic ${clocks.monotonic} ms, boottime ${clocks.boottime} ms`;
}
