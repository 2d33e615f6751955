/** How much of what processes print is kept. */
import type { Path } from '../../model/place.ts';
import { entries } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import type { LogDocument } from '../log-document.ts';
import type { Problems } from '../problems.ts';
import { bytes } from '../values.ts';
import { shown } from '../words.ts';

/** Less is moved too often; and so much fits into no machine. */
const LEAST = 64 << 10;
const MOST = 2 ** 50;

/** Judges the `log` of a node and of each of its processes. */
export function checkLogs(node: DraftNode, problems: Problems): void {
  check(node.document.log, [...node.at, 'log'], problems);
  for (const [name, { log }] of entries(node.document.processes))
    check(log, [...node.at, 'processes', name, 'log'], problems);
}

function check(log: LogDocument | undefined, at: Path, problems: Problems): void {
  const size = log?.max_size === undefined ? undefined : bytes(log.max_size);
  if (size === undefined || problems.damaged([...at, 'max_size']) || (size >= LEAST && size <= MOST)) return;
  problems.error([...at, 'max_size'], `found ${shown(log?.max_size)}, expected a size from 64k to 1024T`);
}
