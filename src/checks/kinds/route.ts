import type { Route } from '../../model/resource.ts';
import { readMainRoutes } from '../../reconcile/read/route.ts';
import { describe } from '../../resource/index.ts';
import { fails, holds, type Kind } from '../kind.ts';

/** A route of the table main, be it the kernel's own. Like `ip route show exact NETWORK`. */
export const route: Kind<'route'> = {
  attempt({ on, to, via, dev }, subject) {
    const found = readMainRoutes(on, subject.route(on), subject.names(on)).filter((each) => each.to === to);
    // Of several with different metrics the kernel takes the first.
    const best = found.toSorted((a, b) => a.metric - b.metric)[0];
    if (best === undefined) return fails(`${on} has no route to ${to}`);
    const suits = ({ type, nexthops }: Route): boolean =>
      type === 'unicast' &&
      nexthops.some((hop) => (via === undefined || hop.via === via) && (dev === undefined || hop.dev === dev));
    return suits(best) ? holds(describe(best)) : fails(`there is the ${describe(best)}`);
  },
  nodes: ({ on }) => [on],
  hears: ({ on }) => [on],
};
