import { AF } from '../../netlink/constants.ts';
import { getneigh } from '../../netlink/spec/rt-neigh.ts';
import { fails, holds, type Kind } from '../kind.ts';
import { fdbLine } from '../neighbours.ts';

/** An entry of a forwarding table, learnt or permanent. Like `bridge fdb show`. */
export const fdb: Kind<'fdb'> = {
  attempt({ on, mac, dev, dst }, subject) {
    const names = subject.names(on);
    const known = subject
      .route(on)
      .dump(getneigh, { header: { family: AF.BRIDGE } })
      .filter(({ attrs }) => attrs.lladdr === mac);
    const found = known.find(
      ({ header, attrs }) =>
        (dev === undefined || names.get(header.ifindex) === dev) && (dst === undefined || attrs.dst === dst),
    );
    if (found !== undefined) return holds(fdbLine(found, names));
    if (known.length === 0) return fails(`${on} does not know ${mac}`);
    return fails(`there is ${known.map((each) => fdbLine(each, names)).join('; ')}`);
  },
  nodes: ({ on }) => [on],
  hears: ({ on }) => [on],
  about: ({ on, mac }) => [{ kind: 'fdb', node: on, dev: '', mac }],
};
