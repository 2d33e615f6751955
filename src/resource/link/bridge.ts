import type { BridgeOptions, Link } from '../../model/resource.ts';
import { IFF } from '../../netlink/constants.ts';
import { newlink } from '../../netlink/spec/rt-link.ts';
import { compare, type Request, type Surroundings } from '../kind.ts';
import { FLAGS, route } from '../request.ts';
import { words } from '../shell.ts';
import { born, type Device, setLink } from './device.ts';

/** A switch. Like `ip link add br0 type bridge`. */
export const bridge: Device = {
  config: 'CONFIG_BRIDGE',
  mac: 'own',
  stage: 'base',
  differences: ({ bridge: wanted }, { bridge: found }) => [
    ...compare('stp', wanted?.stp, found?.stp),
    ...compare('vlan_filtering', wanted?.vlanFiltering, found?.vlanFiltering),
    ...compare('mcast_snooping', wanted?.mcastSnooping, found?.mcastSnooping),
  ],
  isFixed: () => false,
  create,
  change({ node, name, bridge: wanted = {} }, fields, around) {
    const data = attributes({
      ...(fields.has('stp') && wanted.stp !== undefined ? { stp: wanted.stp } : {}),
      ...(fields.has('vlan_filtering') && wanted.vlanFiltering !== undefined
        ? { vlanFiltering: wanted.vlanFiltering }
        : {}),
      ...(fields.has('mcast_snooping') && wanted.mcastSnooping !== undefined
        ? { mcastSnooping: wanted.mcastSnooping }
        : {}),
    });
    if (Object.keys(data).length === 0) return [];
    const attrs = { linkinfo: { kind: 'bridge' as const, data } };
    return [route('configure', node, newlink, { header: { index: around.index(node, name) }, attrs }, FLAGS.change)];
  },
  read({ attrs: { linkinfo } }) {
    if (linkinfo?.kind !== 'bridge' || linkinfo.data === undefined) return {};
    const { stp_state, vlan_filtering, mcast_snooping } = linkinfo.data;
    return {
      bridge: {
        stp: stp_state !== undefined && stp_state !== 0,
        vlanFiltering: vlan_filtering === 1,
        mcastSnooping: mcast_snooping === 1,
      },
    };
  },
  // Off is what a new bridge is, and a kernel without vlan filtering refuses to be told even that.
  words: ({ bridge: { stp, vlanFiltering, mcastSnooping } = {} }) =>
    words(
      flag('stp_state', stp),
      flag('vlan_filtering', vlanFiltering === true ? true : undefined),
      flag('mcast_snooping', mcastSnooping),
    ),
  changeWords: ({ bridge: { stp, vlanFiltering, mcastSnooping } = {} }, fields) =>
    words(
      fields.has('stp') ? flag('stp_state', stp) : undefined,
      fields.has('vlan_filtering') ? flag('vlan_filtering', vlanFiltering) : undefined,
      fields.has('mcast_snooping') ? flag('mcast_snooping', mcastSnooping) : undefined,
    ),
};

function flag(name: string, value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value ? 1 : 0}`;
}

function attributes({ stp, vlanFiltering, mcastSnooping }: BridgeOptions) {
  return {
    ...(stp === undefined ? {} : { stp_state: stp ? 1 : 0 }),
    ...(vlanFiltering === undefined ? {} : { vlan_filtering: vlanFiltering ? 1 : 0 }),
    ...(mcastSnooping === undefined ? {} : { mcast_snooping: mcastSnooping ? 1 : 0 }),
  };
}

function create(wanted: Link, around: Surroundings): Request[] {
  const { node, name, up, master, bridge: options = {} } = wanted;
  const index = around.index(node, name);
  // The bridge of a namespace of its own comes up last, and with snooping off until then: with it on, each port that comes up
  // makes the kernel go through all ports again. A bridge in a node may carry routes, so it comes up with the node's links.
  const late = around.isBridge(node) && up;
  // Off is what a new bridge is, and a kernel without vlan filtering refuses to be told even that.
  const { vlanFiltering, ...rest } = options;
  const told = vlanFiltering === true ? { ...rest, vlanFiltering } : rest;
  const data = attributes(late ? { ...told, mcastSnooping: false } : told);
  const attrs = { ...born(wanted, around), linkinfo: { kind: 'bridge' as const, data } };
  const made = route('base', null, newlink, { header: { index }, attrs }, FLAGS.add);
  if (!late) return [made, ...setLink(wanted, around, { ...(master === undefined ? {} : { master }), up })];
  const raise = { header: { index, flags: IFF.UP, change: IFF.UP }, attrs: {} };
  const snoop = {
    linkinfo: { kind: 'bridge' as const, data: { mcast_snooping: options.mcastSnooping === false ? 0 : 1 } },
  };
  return [
    made,
    route('bridge', node, newlink, raise, FLAGS.change),
    route('bridge', node, newlink, { header: { index }, attrs: snoop }, FLAGS.change),
  ];
}
