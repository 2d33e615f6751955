/** `log` of a process and of its node → how much of what it prints is kept. */
import { DEFAULT_LOG, type LogSize } from '../../model/process.ts';
import type { NodeDocument, ProcessDocument } from '../document.ts';
import { bytes } from '../values.ts';

/** What the process says, then its node; undefined when neither says anything. */
export function logOf(node: Pick<NodeDocument, 'log'>, process: Pick<ProcessDocument, 'log'>): LogSize | undefined {
  if (node.log === undefined && process.log === undefined) return undefined;
  const { max_size: size, files = DEFAULT_LOG.files } = { ...node.log, ...process.log };
  return { maxSize: (size === undefined ? undefined : bytes(size)) ?? DEFAULT_LOG.maxSize, files };
}
