import { connect } from '../../probe/connect.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { asked, bothEnds, ms, toward } from '../target.ts';

/** A TCP connection. Like `nc -z ADDRESS PORT`. */
export const tcp: Kind<'tcp'> = {
  attempt: ({ from, to, port }, subject, bounds) =>
    asked(subject, to, async (address) => {
      const outcome = await connect(subject.netns(from), address, port, bounds);
      const whom = `${toward(to, address)}, port ${port}`;
      return outcome.ok ? holds(`${whom}: accepted in ${ms(outcome.ms)}`) : fails(`${whom}: ${outcome.why}`);
    }),
  nodes: bothEnds,
};
