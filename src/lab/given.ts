/** A topology as the library's users give it. */
import type { Problem } from '../errors.ts';
import type { TopologyDocument } from '../topology/language.ts';
import type { LoadedTopology, LoadOptions } from '../topology/load.ts';

/** A topology: the path of a file (YAML, JSON or a module), `-` for standard input, an object of the same shape, or what `topology()` builds. */
export type Topology = string | TopologyDocument | { toJSON(): TopologyDocument };

/** Reads it; what this needs is loaded when there is something to read. Throws TopologyError. */
export async function loadGiven(
  topology: Topology,
  options: Pick<LoadOptions, 'strict' | 'name'>,
): Promise<LoadedTopology> {
  const { expandObject, loadTopologyText, readTopology } = await import('../topology/load.ts');
  if (typeof topology !== 'string') return expandObject(topology, 'lab', options);
  const { handedTopology } = await import('../state/places.ts');
  const read = handedTopology(topology);
  if (read === undefined) return readTopology(topology, options);
  return read.program
    ? expandObject(JSON.parse(read.text) as object, topology, options)
    : loadTopologyText(read.text, topology, options);
}

/** A report with the warnings of its topology: what is suspicious of the file comes before what is suspicious of this machine. */
export function withWarnings<R extends { readonly warnings: readonly Problem[] }>(
  report: R,
  ofFile: readonly Problem[],
): R {
  // Copied as it is: what a report says of the changes is worked out when somebody asks for it.
  return Object.defineProperties({} as R, {
    ...Object.getOwnPropertyDescriptors(report),
    warnings: { value: [...ofFile, ...report.warnings], enumerable: true },
  });
}
