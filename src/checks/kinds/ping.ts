import { echo } from '../../probe/echo.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { asked, bothEnds, ended, ms, toward, unanswered } from '../target.ts';

/** Between two echoes of one check, if there is time for so many. */
const INTERVAL_MS = 100;

/** ICMP or ICMPv6 echoes, all of which are answered. Like `ping -c COUNT -i 0.1 ADDRESS`. */
export const ping: Kind<'ping'> = {
  attempt: ({ from, to, count }, subject, bounds) =>
    asked(subject, to, async (address) => {
      const interval = Math.min(INTERVAL_MS, bounds.timeout / (count + 1));
      const { received, why, replies } = await ended(bounds, (within) =>
        echo(subject.netns(from), address, { count, interval, ...within }),
      );
      if (received === count) return holds(`${toward(to, address)} answered in ${ms(replies[0]?.ms)}`);
      const most = received === 0 ? '' : `${received} of ${count} echoes were answered; `;
      return fails(`${most}${unanswered(to, address, why)}`);
    }),
  nodes: bothEnds,
};
