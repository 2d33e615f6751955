import { pathMtu } from '../../probe/path-mtu.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { asked, bothEnds, ended, toward, unanswered } from '../target.ts';

/** How long each packet is waited for: several are sent, one after the other. */
const WAIT_MS = 300;

/** The largest packet that gets through. Like `tracepath ADDRESS`. */
export const mtu: Kind<'mtu'> = {
  attempt: ({ from, to, min = 0, max = Infinity }, subject, bounds) =>
    asked(subject, to, async (address) => {
      const found = await ended(bounds, (within) =>
        pathMtu(subject.netns(from), address, { ...within, timeout: WAIT_MS }),
      );
      if (!found.ok) return fails(unanswered(to, address, found.why));
      const limit = found.silent ? ', larger ones vanish' : found.from === '' ? '' : `, says ${found.from}`;
      const saw = `${found.mtu} bytes reach ${toward(to, address)}${limit}`;
      if (found.mtu < min) return fails(`${saw}; expected at least ${min}`);
      return found.mtu > max ? fails(`${saw}; expected at most ${max}`) : holds(saw);
    }),
  unhurried: true,
  nodes: bothEnds,
};
