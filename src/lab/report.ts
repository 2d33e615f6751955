/** What an `up` tells of itself in the end. */
import type { UpReport } from '../model/report.ts';
import type { Resource } from '../model/resource.ts';
import type { Change } from '../reconcile/diff.ts';
import { planned } from './changes.ts';
import type { Work } from './up.ts';

/** What a run came to. */
export interface Outcome extends Pick<UpReport, 'unmanaged' | 'warnings'> {
  readonly changes: readonly Change[];
  /** When it began: performance.now(). */
  readonly started: number;
}

/** The report of a run that succeeded. */
export function reportOf({ model, created, wanted }: Work, outcome: Outcome): UpReport {
  const { changes, unmanaged, warnings, started } = outcome;
  let told: UpReport['changes'] | undefined;
  const count = (kind: Resource['kind'], role?: string): number =>
    wanted.filter((each) => each.kind === kind && (role === undefined || ('role' in each && each.role === role)))
      .length;
  return {
    lab: model.name,
    file: model.file,
    created,
    // Worked out for whoever asks: of a new lab hardly anybody does.
    get changes() {
      return (told ??= changes.map((each) => planned(each, created ? undefined : model)));
    },
    unmanaged,
    nodes: count('namespace', 'node'),
    bridges: count('namespace', 'bridge'),
    links: wanted.filter((each) => each.kind === 'link' && each.type === 'veth').length / 2,
    processes: count('process'),
    warnings,
    milliseconds: performance.now() - started,
  };
}
