import { throughput as measure } from '../../probe/throughput.ts';
import { fails, holds, impossible, type Kind } from '../kind.ts';
import { asked, bothEnds, ended, toward, unanswered } from '../target.ts';

/** How much gets through, of both ends of our own. Like `iperf3 -c ADDRESS`. */
export const throughput: Kind<'throughput'> = {
  attempt: ({ from, to, proto, timeMs, rate, min = 0, max = Infinity }, subject, bounds) =>
    asked(subject, to, async (address) => {
      const [far] = subject.nodesOf(to);
      if (far === undefined)
        return impossible(`${toward(to, address)} is no node of this lab, and nobody counts there`);
      const how = { proto, seconds: timeMs / 1000, ...(rate === undefined ? {} : { rate }) };
      const found = await ended(bounds, (within) =>
        measure(subject.netns(from), subject.netns(far), address, { ...within, ...how }),
      );
      if (!found.ok) return fails(unanswered(to, address, found.why));
      const lost = found.lost === 0 ? '' : `, ${found.lost} of ${found.sent} datagrams lost`;
      const saw = `${bits(found.rate)} reach ${toward(to, address)}${lost}`;
      if (found.rate < min) return fails(`${saw}; expected at least ${bits(min)}`);
      return found.rate > max ? fails(`${saw}; expected at most ${bits(max)}`) : holds(saw);
    }),
  unhurried: true,
  nodes: bothEnds,
};

/** `94.1 Mbit/s` */
function bits(rate: number): string {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, rate)) / 3)));
  return `${(rate / 1000 ** step).toPrecision(3)} ${units[step]}`;
}
