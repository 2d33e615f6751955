import { AF, NUD } from '../../netlink/constants.ts';
import { getneigh } from '../../netlink/spec/rt-neigh.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { neighbourLine } from '../neighbours.ts';

/** Nobody knows, yet or any more. */
const UNKNOWN = NUD.INCOMPLETE | NUD.FAILED;

/** An entry of the neighbour table. Like `ip neighbour show ADDRESS`. */
export const neighbor: Kind<'neighbor'> = {
  attempt({ on, to, mac, dev }, subject) {
    const names = subject.names(on);
    const found = subject
      .route(on)
      .dump(getneigh, {}, ({ family }) => family === AF.INET || family === AF.INET6)
      .filter(({ header, attrs }) => attrs.dst === to && (dev === undefined || names.get(header.ifindex) === dev));
    const lines = found.map((entry) => neighbourLine(entry, names)).join('; ');
    if (found.length === 0) return fails(`${on} has no neighbour ${to}${dev === undefined ? '' : ` on ${dev}`}`);
    const suits = found.some(
      ({ header, attrs }) =>
        (header.state & UNKNOWN) === 0 && attrs.lladdr !== undefined && (mac === undefined || attrs.lladdr === mac),
    );
    return suits ? holds(lines) : fails(`there is ${lines}`);
  },
  nodes: ({ on }) => [on],
  hears: ({ on }) => [on],
  about: ({ on, to }) => [{ kind: 'neighbour', node: on, dev: '', to, mac: '' }],
};
