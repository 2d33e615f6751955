/** The topology that a lab was made from, read again. */
import { existsSync } from 'node:fs';

import { LabError } from '../errors.ts';
import { type LoadedTopology, readTopology } from '../topology/load.ts';
import { summaryOf } from './list.ts';

/**
 * Reads the file that a lab was brought up from, as it is now, under the lab's own name.
 * @throws LabError when the file is not there (standard input, an object, a file that was removed); TopologyError.
 */
export async function readMadeFrom(lab: string): Promise<LoadedTopology> {
  const { file } = summaryOf(lab);
  if (!existsSync(file))
    throw new LabError(`the lab ${lab} was made from no file that is there, so nothing says what it should be`);
  return readTopology(file, { name: lab });
}
