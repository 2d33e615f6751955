import { resolve } from 'node:path';

import { TopologyError } from '../errors.ts';
import { readTopology } from '../topology/load.ts';
import { listLabs } from './list.ts';

/**
 * The name of the lab that a file describes. A file that has become wrong since its lab was brought up is found by its path among
 * the labs that exist. Throws TopologyError when neither tells.
 */
export async function labNameOf(file: string): Promise<string> {
  try {
    return (await readTopology(file)).model.name;
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    const path = resolve(file);
    const lab = listLabs().find((each) => each.file === path);
    if (lab === undefined) throw error;
    return lab.lab;
  }
}
