import type { Link } from '../../model/resource.ts';
import { IFF } from '../../netlink/constants.ts';
import { newlink } from '../../netlink/spec/rt-link.ts';
import { compareExactly, type Request, type Surroundings } from '../kind.ts';
import { FLAGS, route } from '../request.ts';
import { born, type Device, joins, settle } from './device.ts';

/** One end of a cable. Like `ip link add eth0 type veth peer name eth0 netns NODE`. */
export const veth: Device = {
  config: 'CONFIG_VETH',
  mac: 'own',
  stage: 'pair',
  differences: (wanted, found) => compareExactly('peer', end(wanted), end(found)),
  isFixed: ({ field }) => field === 'peer',
  create,
  change: () => [],
  // Which device the far end is can be told only when all namespaces have been read.
  read: () => ({}),
  // Both ends are made by one command, which needs more than the one link: link-commands.ts has it.
  words: () => '',
  changeWords: () => '',
};

function end({ peer }: Link): string | undefined {
  return peer === undefined ? undefined : `${peer.node}:${peer.link}`;
}

/** Of the two ends of a pair the one that the pair is made, and removed, by. */
export function isFirst({ node, name, peer }: Link): boolean {
  return peer === undefined || `${node}:${name}` < `${peer.node}:${peer.link}`;
}

/** One message makes both ends, each in its namespace and under its name. */
function create(wanted: Link, around: Surroundings): Request[] {
  const { peer } = wanted;
  const far = peer === undefined ? undefined : around.wantedLink(peer.node, peer.link);
  if (far === undefined) throw new Error(`the veth end ${wanted.node}:${wanted.name} has no far end`);
  if (!isFirst(wanted)) return [];
  // IFLA_MASTER works at creation for the outer end only, so a bridge port is made the outer one.
  const isPort = (link: Link): boolean => joins(link, around) === 'bridge';
  // An end in somebody else's namespace comes up only after its settings are written, so it is made the inner one.
  const isForeign = ({ node }: Link): boolean => around.isForeign(node);
  const swap = !isForeign(far) && (isForeign(wanted) || (!isPort(wanted) && isPort(far)));
  const [near, other] = swap ? [far, wanted] : [wanted, far];
  // One queue each: the default is one for each processor, and each costs its objects in sysfs.
  const queues = { num_tx_queues: 1, num_rx_queues: 1 };
  // Bonds and vrfs come later than veths do, and a bond takes only what is down.
  const later = (near.master !== undefined && !isPort(near)) || isForeign(near);
  const made = route(
    'pair',
    null,
    newlink,
    {
      // IFF_UP is refused in the peer's header (ENOTCONN: the pair is not tied yet), so the far end is raised afterwards.
      header: {
        index: around.index(near.node, near.name),
        ...(near.up && !later ? { flags: IFF.UP, change: IFF.UP } : {}),
      },
      attrs: {
        ...born(near, around),
        ...queues,
        ...(near.master === undefined || later ? {} : { master: around.index(near.node, near.master) }),
        linkinfo: {
          kind: 'veth' as const,
          data: {
            peer: {
              header: { index: around.index(other.node, other.name) },
              attrs: { ...born(other, around), ...queues },
            },
          },
        },
      },
    },
    FLAGS.add,
  );
  return [made, ...(later ? settle(near, around) : []), ...settle(other, around)];
}
