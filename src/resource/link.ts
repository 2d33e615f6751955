import type { Difference } from '../model/report.ts';
import type { Link, VxlanOptions } from '../model/resource.ts';
import { IFF } from '../netlink/constants.ts';
import { dellink, newlink } from '../netlink/spec/rt-link.ts';
import { compare, compareExactly, GROUP, type Kind, type Request, type Surroundings } from './kind.ts';
import { linkCommands, linkRemoveCommands, linkUpdateCommands } from './link-commands.ts';
import { FLAGS, route } from './request.ts';

/** A network device: loopback, veth, bridge, vxlan. */
export const link: Kind<Link> = {
  kind: 'link',
  key: ({ node, name }) => `${node}:${name}`,
  describe: ({ node, name, type, peer }) =>
    `link ${node}:${name} (${peer === undefined ? type : `${type} to ${peer.node}:${peer.link}`})`,

  differences(wanted, found) {
    if (wanted.type !== found.type) return compare('type', wanted.type, found.type);
    return [
      ...compareExactly('peer', end(wanted), end(found)),
      ...compare('mtu', wanted.mtu, found.mtu),
      ...compare('mac', wanted.mac, found.mac),
      ...compareExactly('master', wanted.master, found.master),
      ...compare('up', wanted.up, found.up),
      ...compare('stp', wanted.bridge?.stp, found.bridge?.stp),
      ...compare('vlan_filtering', wanted.bridge?.vlanFiltering, found.bridge?.vlanFiltering),
      ...compare('mcast_snooping', wanted.bridge?.mcastSnooping, found.bridge?.mcastSnooping),
      ...vxlanDifferences(wanted.vxlan, found.vxlan),
    ];
  },
  // The kernel lets a vxlan change some of these while it stands, but not its network identifier, port or lower device.
  mustReplace: (differences) => differences.some(({ field }) => REPLACING.has(field)),

  create(wanted, around) {
    switch (wanted.type) {
      case 'loopback':
        return setLink(wanted, around, { up: wanted.up });
      case 'bridge':
        return createBridge(wanted, around);
      case 'veth':
        return createVethEnd(wanted, around);
      case 'vxlan':
        return [createVxlan(wanted, around), ...setLink(wanted, around, { up: wanted.up })];
      case 'other':
        return [];
    }
  },

  update(wanted, _found, differences, around) {
    const fields = new Set(differences.map(({ field }) => field));
    const changed: LinkChange = {
      ...(fields.has('mtu') && wanted.mtu !== undefined ? { mtu: wanted.mtu } : {}),
      ...(fields.has('mac') && wanted.mac !== undefined ? { mac: wanted.mac } : {}),
      ...(fields.has('master') ? { master: wanted.master ?? null } : {}),
      ...(fields.has('up') ? { up: wanted.up } : {}),
    };
    const requests = Object.keys(changed).length > 0 ? setLink(wanted, around, changed) : [];
    if (wanted.type === 'bridge' && BRIDGE_FIELDS.some((field) => fields.has(field))) {
      const index = around.index(wanted.node, wanted.name);
      const { stp, vlanFiltering, mcastSnooping } = wanted.bridge ?? {};
      const data = bridgeData({
        ...(fields.has('stp') && stp !== undefined ? { stp } : {}),
        ...(fields.has('vlan_filtering') && vlanFiltering !== undefined ? { vlanFiltering } : {}),
        ...(fields.has('mcast_snooping') && mcastSnooping !== undefined ? { mcastSnooping } : {}),
      });
      const attrs = { linkinfo: { kind: 'bridge' as const, data } };
      requests.push(route('configure', wanted.node, newlink, { header: { index }, attrs }, FLAGS.change));
    }
    return requests;
  },

  remove(found, around) {
    // lo goes with its namespace only, and the second end of a pair with the first.
    if (found.type === 'loopback' || around.isDropped(found.node)) return [];
    if (found.peer !== undefined && !around.isDropped(found.peer.node) && !isFirst(found)) return [];
    const header = { index: around.index(found.node, found.name) };
    return [route('unlink', found.node, dellink, { header, attrs: {} }, FLAGS.change, ['ENODEV'])];
  },

  commands: linkCommands,
  updateCommands: (wanted, _found, differences) => linkUpdateCommands(wanted, differences),
  removeCommands: linkRemoveCommands,
};

const REPLACING = new Set([
  'type',
  'peer',
  'vxlan id',
  'vxlan link',
  'vxlan local',
  'vxlan remote',
  'vxlan port',
  'vxlan learning',
]);
const BRIDGE_FIELDS = ['stp', 'vlan_filtering', 'mcast_snooping'] as const;

function end({ peer }: Link): string | undefined {
  return peer === undefined ? undefined : `${peer.node}:${peer.link}`;
}

function vxlanDifferences(wanted: VxlanOptions | undefined, found: VxlanOptions | undefined): Difference[] {
  if (wanted === undefined) return [];
  return [
    ...compare('vxlan id', wanted.id, found?.id),
    ...compareExactly('vxlan link', wanted.link, found?.link),
    ...compareExactly('vxlan local', wanted.local, found?.local),
    ...compareExactly('vxlan remote', wanted.remote, found?.remote),
    ...compare('vxlan port', wanted.port, found?.port),
    ...compare('vxlan learning', wanted.learning, found?.learning),
  ];
}

/** What one RTM_NEWLINK to an existing device may change. `master: null` takes it out of its bridge. */
interface LinkChange {
  readonly mtu?: number;
  readonly mac?: string;
  readonly master?: string | null;
  readonly up?: boolean;
}

/** Like `ip link set DEV mtu … address … master … up`. */
function setLink({ node, name }: Link, around: Surroundings, change: LinkChange): Request[] {
  const { mtu, mac, master, up } = change;
  const attrs = {
    ...(mac === undefined ? {} : { address: mac }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(master === undefined ? {} : { master: master === null ? 0 : around.index(node, master) }),
  };
  const header = {
    index: around.index(node, name),
    ...(up === undefined ? {} : { flags: up ? IFF.UP : 0, change: IFF.UP }),
  };
  return [route('configure', node, newlink, { header, attrs }, FLAGS.change)];
}

function bridgeData({ stp, vlanFiltering, mcastSnooping }: NonNullable<Link['bridge']>) {
  return {
    ...(stp === undefined ? {} : { stp_state: stp ? 1 : 0 }),
    ...(vlanFiltering === undefined ? {} : { vlan_filtering: vlanFiltering ? 1 : 0 }),
    ...(mcastSnooping === undefined ? {} : { mcast_snooping: mcastSnooping ? 1 : 0 }),
  };
}

function createBridge(wanted: Link, around: Surroundings): Request[] {
  const { node, name, up, bridge = {} } = wanted;
  const index = around.index(node, name);
  // The bridge of a namespace of its own comes up last, and with snooping off until then: with it on, each port that comes up
  // makes the kernel go through all ports again. A bridge in a node may carry routes, so it comes up with the node's links.
  const late = around.isBridge(node) && up;
  // Off is what a new bridge is, and a kernel without vlan filtering refuses to be told even that.
  const { vlanFiltering, ...rest } = bridge;
  const options = vlanFiltering === true ? { ...rest, vlanFiltering } : rest;
  const data = bridgeData(late ? { ...options, mcastSnooping: false } : options);
  const attrs = { ...common(wanted, around), linkinfo: { kind: 'bridge' as const, data } };
  const made = route('base', null, newlink, { header: { index }, attrs }, FLAGS.add);
  if (!late) return [made, ...setLink(wanted, around, { up })];
  const raise = { header: { index, flags: IFF.UP, change: IFF.UP }, attrs: {} };
  const snoop = {
    linkinfo: { kind: 'bridge' as const, data: { mcast_snooping: bridge.mcastSnooping === false ? 0 : 1 } },
  };
  return [
    made,
    route('bridge', node, newlink, raise, FLAGS.change),
    route('bridge', node, newlink, { header: { index }, attrs: snoop }, FLAGS.change),
  ];
}

/** The attributes that every new device gets: its name, its namespace, our mark. */
function common({ node, name, mac, mtu }: Link, around: Surroundings) {
  return {
    ifname: name,
    net_ns_fd: around.netns(node),
    group: GROUP,
    ...(mac === undefined ? {} : { address: mac }),
    ...(mtu === undefined ? {} : { mtu }),
  };
}

/** Of the two ends of a pair the one that the pair is made, and removed, by. */
function isFirst({ node, name, peer }: Link): boolean {
  return peer === undefined || `${node}:${name}` < `${peer.node}:${peer.link}`;
}

/** One message makes both ends, each in its namespace and under its name. */
function createVethEnd(wanted: Link, around: Surroundings): Request[] {
  const { peer } = wanted;
  const far = peer === undefined ? undefined : around.wantedLink(peer.node, peer.link);
  if (far === undefined) throw new Error(`the veth end ${wanted.node}:${wanted.name} has no far end`);
  if (!isFirst(wanted)) return [];
  // IFLA_MASTER works at creation for the outer end only, so a bridge port is made the outer one.
  const [near, other] = wanted.master === undefined && far.master !== undefined ? [far, wanted] : [wanted, far];
  // One queue each: the default is one for each processor, and each costs its objects in sysfs.
  const queues = { num_tx_queues: 1, num_rx_queues: 1 };
  const made = route(
    'pair',
    null,
    newlink,
    {
      // IFF_UP is refused in the peer's header (ENOTCONN: the pair is not tied yet), so the far end is raised afterwards.
      header: { index: around.index(near.node, near.name), ...(near.up ? { flags: IFF.UP, change: IFF.UP } : {}) },
      attrs: {
        ...common(near, around),
        ...queues,
        ...(near.master === undefined ? {} : { master: around.index(near.node, near.master) }),
        linkinfo: {
          kind: 'veth' as const,
          data: {
            peer: {
              header: { index: around.index(other.node, other.name) },
              attrs: { ...common(other, around), ...queues },
            },
          },
        },
      },
    },
    FLAGS.add,
  );
  const change = { ...(other.up ? { up: true } : {}), ...(other.master === undefined ? {} : { master: other.master }) };
  return [made, ...(Object.keys(change).length > 0 ? setLink(other, around, change) : [])];
}

function createVxlan(wanted: Link, around: Surroundings): Request {
  const { node, name, master, vxlan } = wanted;
  if (vxlan === undefined) throw new Error(`the vxlan ${node}:${name} has no options`);
  const { id, link: lower, local, remote, port, learning } = vxlan;
  const data = {
    id,
    port,
    learning: learning ? 1 : 0,
    ...(lower === undefined ? {} : { link: around.index(node, lower) }),
    ...(local === undefined ? {} : local.includes(':') ? { local6: local } : { local }),
    ...(remote === undefined ? {} : remote.includes(':') ? { group6: remote } : { group: remote }),
  };
  const { net_ns_fd: _, ...attrs } = common(wanted, around);
  return route(
    'stack',
    node,
    newlink,
    {
      header: { index: around.index(node, name) },
      attrs: {
        ...attrs,
        ...(master === undefined ? {} : { master: around.index(node, master) }),
        linkinfo: { kind: 'vxlan' as const, data },
      },
    },
    FLAGS.add,
  );
}
