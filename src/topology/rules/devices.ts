/** Questions that many rules ask of a node's interfaces. */
import type { Path } from '../../model/place.ts';
import { type Device, type DraftNode, isForeign } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';

/** The interface of that name, or a problem at the word that names it. */
export function readDevice(node: DraftNode, name: string, at: Path, problems: Problems): Device | undefined {
  const device = node.devices.get(name);
  if (device === undefined && !unsure(node, problems)) {
    problems.error(
      at,
      `${node.name} has no interface ${quoted(name)}${problems.didYouMean(name, node.devices.keys())}`,
    );
  }
  return device;
}

/** The interface under one, if it names one that is there. */
export function below(node: DraftNode, device: Device): Device | undefined {
  const link = device.document?.link;
  return link === undefined || link === device.name ? undefined : node.devices.get(link);
}

/** Tunnels that carry IP packets as they are: no MAC address, no bridge. */
const BARE: readonly string[] = ['gre', 'ip6gre', 'ipip', 'ip6tnl', 'sit'];

/** Whether frames with MAC addresses go through it. */
export function isEthernet({ type }: Device): boolean {
  return !BARE.includes(type);
}

/** What the file says, or what is so without it, where that is known. */
export function mtuOf(node: DraftNode, device: Device): number | undefined {
  for (let at: Device | undefined = device, steps = 0; at !== undefined && steps < node.devices.size; steps++) {
    if (at.mtu !== undefined) return at.mtu;
    if (at.type === 'veth' || at.type === 'dummy' || at.type === 'ifb') return DEFAULT_MTU;
    at = at.type === 'vlan' || at.type === 'macvlan' || at.type === 'ipvlan' ? below(node, at) : undefined;
  }
  return undefined;
}

const DEFAULT_MTU = 1500;

/** Whether the node may lack interfaces or addresses only because what asked for them was refused, or because they are somebody else's. */
export function unsure(node: DraftNode, problems: Problems): boolean {
  return (
    isForeign(node) ||
    problems.damaged(['links']) ||
    problems.damaged(['bridges']) ||
    problems.damaged([...node.at, 'interfaces']) ||
    problems.damaged(['defaults', 'node', 'interfaces'])
  );
}
