/** The bounds of nodes and processes, which somebody may have written anew: the files of control groups tell nobody, so they are read in turn. */
import type { Namespace, Process, Resource } from '../../model/resource.ts';
import { limitDifferences } from '../../resource/limits.ts';
import { Bounds } from '../bounds.ts';
import { Turn } from './turn.ts';

/** How long one turn may take. */
const TURN_MS = 1;

/** Goes round what is bounded. */
export class LimitFiles {
  readonly #lab: string;
  readonly #turn = new Turn<Namespace | Process>();
  #has = false;

  constructor(lab: string) {
    this.#lab = lab;
  }

  renew(wanted: readonly Resource[]): void {
    const bounded = wanted.filter(
      (each): each is Namespace | Process =>
        (each.kind === 'namespace' || each.kind === 'process') && each.limits !== undefined,
    );
    this.#has = bounded.length > 0;
    this.#turn.renew(bounded);
  }

  /** The nodes among those whose turn it is in which a bound is not as it shall be. */
  turn(): string[] {
    if (!this.#has) return [];
    const bounds = new Bounds(this.#lab);
    const isAltered = (each: Namespace | Process): boolean => {
      const found = each.kind === 'namespace' ? bounds.ofNode(each) : bounds.ofProcess(each);
      return limitDifferences(each.limits, found.limits).length > 0;
    };
    return this.#turn.take(TURN_MS, isAltered).map(({ node }) => node);
  }
}
