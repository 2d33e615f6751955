import { echo } from '../../probe/echo.ts';
import { fails, holds, type Kind, undecided } from '../kind.ts';
import { asked, ended, toward, unanswered } from '../target.ts';

/** Who has said so: the far end itself, a router whose time to live it was, or nobody. */
type Hop = { readonly by: 'end' | 'router'; readonly from: string } | undefined;

/**
 * The nodes that answer for the hops: echoes with a time to live of 1, 2, … all at once, for the way shall have just so many. Like
 * `traceroute -I -m HOPS ADDRESS`.
 */
export const path: Kind<'path'> = {
  attempt: ({ from, to, via }, subject, bounds) =>
    asked(subject, to, async (address) => {
      const netns = subject.netns(from);
      const outcomes = await ended(bounds, (within) =>
        Promise.all(Array.from({ length: via.length + 1 }, (_, i) => echo(netns, address, { ttl: i + 1, ...within }))),
      );
      const hops = outcomes.map(({ replies, refusals }): Hop => {
        if (replies[0] !== undefined) return { by: 'end', from: replies[0].from };
        const expired = refusals.find(({ what }) => what.startsWith('time to live exceeded'));
        return expired === undefined ? undefined : { by: 'router', from: expired.from };
      });
      const end = hops.findIndex((hop) => hop?.by === 'end');
      const between = end < 0 ? hops : hops.slice(0, end);
      const owners = between.map((hop) => (hop === undefined ? [] : subject.ownersOf(hop.from)));
      const way = between.map((hop, i) => owners[i]![0] ?? hop?.from ?? '?');
      const last = end < 0 ? '…' : toward(to, address);
      const words = [from, ...way, last].join(' → ');
      const { why } = outcomes.at(-1)!;
      if (end < 0) {
        return between.at(-1) === undefined
          ? fails(`${unanswered(to, address, why)}, by the way ${words}`)
          : fails(`the way is longer: ${words}`);
      }
      if (end < via.length || via.some((node, i) => between[i] !== undefined && !owners[i]!.includes(node)))
        return fails(`the way is ${words}`);
      // A router says so once a second, and some never do: then nobody knows.
      return between.includes(undefined) ? undecided(`not all of the way is known: ${words}`) : holds(words);
    }),
  // net.ipv4.icmp_ratelimit: six at once to whoever asks, and then one a second.
  pause: 400,
  nodes: ({ from, to, via }, subject) => [from, ...via, ...subject.nodesOf(to)],
};
