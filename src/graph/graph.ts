/** `netlab graph`: a topology, or a lab that runs, as a picture or another text. */
import type { LabModel } from '../model/lab.ts';
import { graphOf } from './build.ts';
import { type WriteOptions, written } from './written.ts';
import { runningGraph, type RunningOptions } from './running.ts';

export type GraphOptions = WriteOptions;
export type { RunningOptions };

/** What a file asks for. */
export async function fileGraph({ name, description, resources }: LabModel, options: GraphOptions): Promise<string> {
  return written(graphOf(resources, { lab: name, description, source: 'file' }), options);
}

/** What the kernel has. Throws LabError when the lab does not run. */
export async function labGraph(lab: string, options: GraphOptions & RunningOptions): Promise<string> {
  return written(await runningGraph(lab, options), options);
}
