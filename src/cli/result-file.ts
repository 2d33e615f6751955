/** A result that is written to a file that was named on the command line. */
import { writeFileSync } from 'node:fs';

import { systemError } from '../sys/errno.ts';

/** Writes it; what the file held before is gone. Throws SystemError when it cannot be written. */
export function writeResult(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw systemError(error, 'write', file);
  }
}
