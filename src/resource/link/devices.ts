/** Every kind of device that netlab makes. To add one: its options in the model, its file here, its line below. */
import type { DeviceType } from '../../model/resource.ts';
import { bond } from './bond.ts';
import { bridge } from './bridge.ts';
import type { Device } from './device.ts';
import { geneve } from './geneve.ts';
import { ipvlan } from './ipvlan.ts';
import { macvlan } from './macvlan.ts';
import { plain } from './plain.ts';
import { tunnel } from './tunnel.ts';
import { veth } from './veth.ts';
import { vlan } from './vlan.ts';
import { vrf } from './vrf.ts';
import { vxlan } from './vxlan.ts';

const DEVICES: Readonly<Record<DeviceType, Device>> = {
  veth,
  bridge,
  vxlan,
  dummy: plain({ kind: 'dummy' }, 'CONFIG_DUMMY'),
  ifb: plain({ kind: 'ifb' }, 'CONFIG_IFB', ['mac']),
  vlan,
  macvlan,
  ipvlan,
  bond,
  vrf,
  gre: tunnel('gre'),
  gretap: tunnel('gretap'),
  ip6gre: tunnel('ip6gre'),
  ipip: tunnel('ipip'),
  ip6tnl: tunnel('ip6tnl'),
  sit: tunnel('sit'),
  geneve,
};

/** Every kind of device that netlab makes. */
export const DEVICE_TYPES = Object.keys(DEVICES) as readonly DeviceType[];

/** The device of a type; undefined for the loopback and for what netlab does not make. */
export function deviceOf(type: string): Device | undefined {
  return isDeviceType(type) ? DEVICES[type] : undefined;
}

/** Whether netlab makes devices of this kind. */
export function isDeviceType(kind: string): kind is DeviceType {
  return Object.hasOwn(DEVICES, kind);
}
