import { query } from '../../probe/dns.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { asked, bothEnds, ended, toward, unanswered } from '../target.ts';

/** An answer of a name server. Like `dig @SERVER NAME TYPE`. */
export const dns: Kind<'dns'> = {
  attempt: ({ from, server, name, type, answer, rcode }, subject, bounds) =>
    asked(subject, server, async (address) => {
      const found = await ended(bounds, (within) => query(subject.netns(from), address, name, type, within));
      if (found.rcode === '') return fails(unanswered(server, address, found.why));
      const data = found.answers.map((record) => record.data);
      const saw = `${toward(server, address)} says ${found.rcode}${data.length === 0 ? ', and no records' : `: ${data.join(', ')}`}`;
      if (found.rcode !== rcode) return fails(`${saw}; expected ${rcode}`);
      const missing = answer.filter((each) => !data.includes(each));
      return missing.length === 0 ? holds(saw) : fails(`${saw}; expected ${missing.join(', ')} among them`);
    }),
  nodes: ({ from, server: to }, subject) => bothEnds({ from, to }, subject),
};
