/** Interfaces that stand on others: what can carry what, and that nothing stands on itself. */
import type { Device, DraftNode } from '../draft.ts';
import { isUp } from '../draft.ts';
import { MODES } from '../expand/devices.ts';
import type { Problems } from '../problems.ts';
import { article, quoted } from '../words.ts';
import { isEthernet, readDevice } from './devices.ts';

/** An interface, and the one that it names as its `link`. */
type Stacked = readonly [device: Device, lower: Device];

/** Judges the `link` of every interface of a node, then all of them together. */
export function checkStack(node: DraftNode, problems: Problems): void {
  const stacked: Stacked[] = [];
  for (const device of node.devices.values()) {
    const link = device.document?.link;
    if (link === undefined) continue;
    const lower = readDevice(node, link, [...device.home, 'link'], problems);
    if (lower === undefined) continue;
    if (lower === device) problems.error([...device.home, 'link'], `${device.name} cannot stand on itself`);
    else if (canCarry(device, lower, problems)) stacked.push([device, lower]);
  }
  if (stacked.length === 0) return;
  checkCycles(node, stacked, problems);
  checkShares(node, stacked, problems);
}

/** Types that the kernel puts on Ethernet alone, and not on the loopback. */
const ON_ETHERNET: readonly string[] = ['vlan', 'macvlan', 'ipvlan'];

function canCarry(device: Device, lower: Device, problems: Problems): boolean {
  const { type, name } = device;
  const at = [...device.home, 'link'];
  if (!ON_ETHERNET.includes(type)) return true;
  const which = article(type);
  if (lower.type === 'loopback' || lower.type === 'vrf' || !isEthernet(lower)) {
    problems.error(
      at,
      `found ${quoted(lower.name)}, expected an Ethernet interface: ${which} cannot stand on ${lower.type === 'loopback' ? 'lo' : article(lower.type)}`,
    );
    return false;
  }
  // The kernel would put it beside the other, on what the other stands on.
  if (type !== 'vlan' && lower.type === type) {
    const below = lower.document?.link;
    problems.error(
      at,
      `${lower.name} is ${which} itself${below === undefined ? '' : `; did you mean ${quoted(below)}?`}`,
    );
    return false;
  }
  if (type === 'vlan' && isUp(device) && !isUp(lower)) {
    problems.error(at, `${lower.name} is down, so ${name} cannot be up; expected up: true there, or up: false here`);
    return false;
  }
  return true;
}

/** Edges lead down: to the `link`, and from a bridge, bond or vrf to its ports. */
function checkCycles(node: DraftNode, stacked: readonly Stacked[], problems: Problems): void {
  const lowers = new Map<Device, Device[]>();
  const edge = (from: Device, to: Device): void => void lowers.set(from, [...(lowers.get(from) ?? []), to]);
  for (const [device, lower] of stacked) edge(device, lower);
  for (const port of node.devices.values()) {
    const master = port.master === undefined ? undefined : node.devices.get(port.master);
    if (master !== undefined) edge(master, port);
  }
  const done = new Set<Device>();
  const walk = (device: Device, path: readonly Device[]): void => {
    const start = path.indexOf(device);
    if (start >= 0) {
      const cycle = path.slice(start);
      const at = cycle.find(({ document }) => document?.link !== undefined) ?? device;
      const round = [...cycle, device].map(({ name }) => name).join(' → ');
      problems.error([...at.home, 'link'], `${device.name} would stand on itself: ${round}`);
    }
    if (start >= 0 || done.has(device)) return;
    for (const lower of lowers.get(device) ?? []) walk(lower, [...path, device]);
    done.add(device);
  };
  for (const device of lowers.keys()) walk(device, []);
}

/** What several interfaces on one device must have different, or the same; and what cannot be on one device together. */
function checkShares(node: DraftNode, stacked: readonly Stacked[], problems: Problems): void {
  const vlans = new Map<string, Device>();
  const first = new Map<Device, Device>();
  for (const [device, lower] of stacked) {
    const { id, protocol = '802.1Q' } = device.document ?? {};
    if (device.type === 'vlan' && id !== undefined) {
      const key = `${lower.name} ${protocol} ${id}`;
      const other = vlans.get(key);
      if (other === undefined) vlans.set(key, device);
      else problems.error([...device.home, 'id'], `${other.name} is the VLAN ${id} of ${lower.name} already`);
    }
    if (device.type !== 'macvlan' && device.type !== 'ipvlan') continue;
    // Each of these takes all that the lower device receives, and there is one place for that (rx_handler).
    const master = lower.master === undefined ? undefined : node.devices.get(lower.master);
    const other = first.get(lower);
    if (master !== undefined && master.type !== 'vrf') {
      const why = `${lower.name} is a port of ${master.name}, so it cannot carry ${article(device.type)} too`;
      problems.error([...device.home, 'link'], why);
    } else if (other === undefined) first.set(lower, device);
    else checkPair(device, other, lower.name, problems);
  }
}

/** Two macvlans or ipvlans on one device. */
function checkPair(device: Device, other: Device, lower: string, problems: Problems): void {
  const { type, home, document } = device;
  if (type !== 'macvlan' && type !== 'ipvlan') return;
  const at = [...home, 'link'];
  if (other.type !== type) {
    problems.error(at, `${lower} carries the ${other.type} ${other.name}, so it cannot carry ${article(type)} too`);
    return;
  }
  const [mode, others] = [document?.mode, other.document?.mode].map((word) => word ?? MODES[type][0]);
  if (type === 'macvlan' && (mode === 'passthru' || others === 'passthru'))
    problems.error(at, `${lower} carries ${other.name} already, and a macvlan in mode passthru is alone on it`);
  else if (type === 'ipvlan' && mode !== others && MODES.ipvlan.some((word) => word === mode)) {
    const why = `found ${quoted(mode ?? '')}, expected ${quoted(others ?? '')}: all ipvlans on ${lower} have one mode, and ${other.name} has that one`;
    problems.error(document?.mode === undefined ? home : [...home, 'mode'], why);
  }
}
