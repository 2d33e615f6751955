/** The steps of a check: each does or checks exactly one thing. */
import type { Path } from '../../model/place.ts';
import { ACTIONS, actionsOf, KINDS, kindsOf } from '../claims.ts';
import { type CheckDocument, items } from '../document.ts';
import type { Problems } from '../problems.ts';
import { oneOf, quoted } from '../words.ts';

const WORDS = [...Object.keys(ACTIONS), ...KINDS.filter((kind) => kind !== 'steps' && kind !== 'pcap')];

/** Judges the form of steps, those that check by `judge`. */
export function checkSteps(
  steps: unknown,
  at: Path,
  problems: Problems,
  judge: (step: CheckDocument, at: Path) => void,
): void {
  for (const [i, step] of items(steps as readonly CheckDocument[])) {
    const place = [...at, i];
    const found = [...actionsOf(step), ...kindsOf(step)];
    if (found.length === 1) {
      if (kindsOf(step).length === 1) judge(step, place);
      else if (step.expect !== undefined)
        problems.error([...place, 'expect'], `found "expect" with ${quoted(found[0]!)}, expected it with a check`);
    } else if (!problems.damaged(place)) {
      const words = found.length === 0 ? 'no step' : oneOf(found.map(quoted), 'and');
      problems.error(place, `found ${words}, expected exactly one of ${oneOf(WORDS)}`);
    }
  }
}
