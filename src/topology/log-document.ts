/** `log` of a node or a process as it is typed. */
import type { SizeDocument } from './limits-document.ts';

/** How much of what processes print is kept. */
export interface LogDocument {
  readonly max_size?: SizeDocument;
  readonly files?: number;
}
