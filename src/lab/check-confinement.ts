/** What this machine cannot confine is refused before anything is built, by its line. */
import { type Problem, TopologyError } from '../errors.ts';
import type { Confinement } from '../model/confinement.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import { hasFilter } from '../process/seccomp/program.ts';

/** Throws TopologyError for each wish of a node or process that this machine cannot fulfil. */
export function checkConfinement(model: LabModel): void {
  const problems = model.resources.flatMap((each): Problem[] => {
    if ((each.kind !== 'namespace' && each.kind !== 'process') || each.confinement === undefined) return [];
    return wishes(each.confinement).map(([key, message]) => {
      const at: Path = [...(each.at ?? []), ...key];
      return { ...model.locate(at), message, severity: 'error' };
    });
  });
  if (problems.length > 0) throw new TopologyError(problems);
}

/** What cannot be, each with the key that asks for it. */
function wishes({ seccomp }: Confinement): (readonly [key: Path, message: string])[] {
  const refused: (readonly [Path, string])[] = [];
  if (seccomp === 'default' && !hasFilter(process.arch))
    refused.push([['seccomp'], `found default, and there is no filter for ${process.arch}: only for x64 and arm64`]);
  return refused;
}
