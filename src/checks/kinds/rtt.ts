import { echo } from '../../probe/echo.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { asked, bothEnds, ended, ms, toward, unanswered } from '../target.ts';

/** A round trip can be longer than the way is, and never shorter: so the shortest of some counts. */
const ECHOES = 5;
const INTERVAL_MS = 20;

/** How long the way is, there and back. Like the `min` of `ping -c 5 -i 0.02 ADDRESS`. */
export const rtt: Kind<'rtt'> = {
  attempt: ({ from, to, min = 0, max = Infinity }, subject, bounds) =>
    asked(subject, to, async (address) => {
      const { replies, why } = await ended(bounds, (within) =>
        echo(subject.netns(from), address, { count: ECHOES, interval: INTERVAL_MS, ...within }),
      );
      const shortest = Math.min(...replies.map((reply) => reply.ms));
      if (replies.length === 0) return fails(unanswered(to, address, why));
      const saw = `${toward(to, address)} answered in ${ms(shortest)}`;
      if (shortest < min) return fails(`${saw}, which is less than ${ms(min)}`);
      return shortest > max ? fails(`${saw}, which is more than ${ms(max)}`) : holds(saw);
    }),
  nodes: bothEnds,
};
