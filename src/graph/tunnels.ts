/** Which devices are the ends of one tunnel. */
import { isMulticast } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import type { Fdb, Link, Resource } from '../model/resource.ts';
import { tunnelLabel } from './device-words.ts';

/** A tunnel with all of its ends, two at least. */
export interface Tunnel {
  readonly label: string;
  readonly ends: readonly Link[];
}

/**
 * The tunnels of a lab. A device is tied to those of the same sort that stand where it sends to: its `remote`, the targets of its
 * forwarding entries, its multicast group. What is tied, directly or over others, is one tunnel; a device whose far end is in no
 * node of the lab is in none.
 */
export function tunnelsOf(resources: readonly Resource[]): Tunnel[] {
  const owner = new Map<string, string>();
  const targets = new Map<string, string[]>();
  const devices: Link[] = [];
  for (const each of resources) {
    if (each.kind === 'address') owner.set(each.prefix.replace(/\/.*/, ''), each.node);
    else if (each.kind === 'fdb') targets.set(keyOf(each), [...(targets.get(keyOf(each)) ?? []), each.dst ?? '']);
    else if (each.kind === 'link' && tunnelLabel(each) !== undefined) devices.push(each);
  }
  const group = new Map(devices.map((device) => [device, [device]]));
  const join = (a: Link, b: Link): void => {
    const [one, other] = [group.get(a)!, group.get(b)!];
    if (one === other) return;
    one.push(...other);
    for (const each of other) group.set(each, one);
  };
  for (const device of devices) {
    const remotes = [remoteOf(device) ?? '', ...(targets.get(`${device.node}:${device.name}`) ?? [])];
    for (const remote of remotes) {
      const ip = parseIp(remote);
      if (ip === undefined) continue;
      for (const far of devices) {
        if (far === device || far.node === device.node || tunnelLabel(far) !== tunnelLabel(device)) continue;
        if (isMulticast(ip) ? remoteOf(far) === remote : isAt(far, remote, owner) && answers(far, device, owner))
          join(device, far);
      }
    }
  }
  const rank = new Map(devices.map((device, i) => [device, i]));
  return [...new Set(group.values())]
    .filter((ends) => ends.length > 1)
    .map((ends) => ({
      label: tunnelLabel(ends[0]!)!,
      ends: ends.toSorted((a, b) => rank.get(a)! - rank.get(b)!),
    }));
}

function keyOf({ node, dev }: Fdb): string {
  return `${node}:${dev}`;
}

function remoteOf({ vxlan, geneve, tunnel }: Link): string | undefined {
  return (vxlan ?? geneve ?? tunnel)?.remote;
}

/** Whether what is sent to an address comes out of this device: it is its `local`, or one of its node's where it has none. */
function isAt(device: Link, address: string, owner: ReadonlyMap<string, string>): boolean {
  const local = (device.vxlan ?? device.tunnel)?.local;
  return local === undefined ? owner.get(address) === device.node : local === address;
}

/** Of two point-to-point devices each has to have the other as its far end. */
function answers(far: Link, device: Link, owner: ReadonlyMap<string, string>): boolean {
  const back = far.vxlan === undefined ? remoteOf(far) : undefined;
  return back === undefined || isAt(device, back, owner);
}
