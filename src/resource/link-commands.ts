/** What `link.ts` does, in the words of iproute2. */
import type { Difference } from '../model/report.ts';
import type { Link, VxlanOptions } from '../model/resource.ts';
import { type Command, type Explaining, GROUP, type Stage } from './kind.ts';
import { pair, shellWord, words } from './shell.ts';

/** Like `ip link add`, then what can only be said of a device that is there. */
export function linkCommands(link: Link, around: Explaining): Command[] {
  const { node, name, type, up } = link;
  if (type === 'other') return [];
  if (type === 'loopback') return up ? ['ip link set dev lo up'] : [];
  // The bridge of a namespace of its own comes up last of all, as in `up`.
  const raise: Stage = type === 'bridge' && around.isBridge(node) ? 'bridge' : 'configure';
  return [
    ...(type === 'veth' ? pairCommands(link, around) : deviceCommands(link, around)),
    ...(up ? [{ stage: raise, line: `ip link set dev ${shellWord(name)} up` }] : []),
  ];
}

/** Like `ip link set`, for what differs. */
export function linkUpdateCommands(wanted: Link, differences: readonly Difference[]): Command[] {
  const set = `ip link set dev ${shellWord(wanted.name)}`;
  const fields = new Set(differences.map(({ field }) => field));
  const has = (field: string, value: string | number | undefined): string | undefined =>
    fields.has(field) ? pair(field === 'mac' ? 'address' : field, value) : undefined;
  const master = wanted.master === undefined ? 'nomaster' : pair('master', wanted.master);
  const plain = words(
    has('mac', wanted.mac),
    has('mtu', wanted.mtu),
    fields.has('master') ? master : undefined,
    fields.has('up') ? (wanted.up ? 'up' : 'down') : undefined,
  );
  const { stp, vlanFiltering, mcastSnooping } = wanted.bridge ?? {};
  const bridge = words(
    fields.has('stp') ? flag('stp_state', stp) : undefined,
    fields.has('vlan_filtering') ? flag('vlan_filtering', vlanFiltering) : undefined,
    fields.has('mcast_snooping') ? flag('mcast_snooping', mcastSnooping) : undefined,
  );
  return [...(plain === '' ? [] : [`${set} ${plain}`]), ...(bridge === '' ? [] : [`${set} type bridge ${bridge}`])];
}

/** Like `ip link delete`. A pair goes with either of its ends, so one of them is named. */
export function linkRemoveCommands(found: Link, around: Explaining): Command[] {
  const { name, type, peer } = found;
  if (type === 'loopback') return [];
  if (peer !== undefined && !around.isDropped(peer.node) && !isFirst(found)) return [];
  return [{ stage: 'unlink', line: `ip link delete dev ${shellWord(name)}` }];
}

function isFirst({ node, name, peer }: Link): boolean {
  return peer === undefined || `${node}:${name}` < `${peer.node}:${peer.link}`;
}

/** One command makes both ends of a pair, each in its namespace and under its name. */
function pairCommands(link: Link, around: Explaining): Command[] {
  const far = link.peer === undefined ? undefined : around.wantedLink(link.peer.node, link.peer.link);
  if (far === undefined) return [];
  const [first, second] = isFirst(link) ? [link, far] : [far, link];
  // The host's namespace has no name, so an end that stands there is the one that the command is run for; else a bridge port is.
  const swap =
    around.netnsName(second.node) === undefined ||
    (around.netnsName(first.node) !== undefined && first.master === undefined && second.master !== undefined);
  const [near, other] = swap ? [second, first] : [first, second];
  const line = words(
    `ip link add name ${shellWord(near.name)}`,
    pair('master', near.master),
    common(near, around),
    QUEUES,
    `type veth peer name ${shellWord(other.name)}`,
    pair('netns', around.netnsName(other.node)),
    common(other, around),
    QUEUES,
  );
  const made: Command[] = link === first ? [{ stage: 'pair', node: near.node, line }] : [];
  if (link === near || link.master === undefined) return made;
  return [...made, `ip link set dev ${shellWord(link.name)} master ${shellWord(link.master)}`];
}

/** The default is one queue for each processor. */
const QUEUES = 'numtxqueues 1 numrxqueues 1';

/** What every new device is given. Its number is unique in the lab, so that the number of a veth's far end names it. */
function common({ node, name, mac, mtu }: Link, around: Explaining): string {
  return words(`index ${around.index(node, name)}`, pair('address', mac), pair('mtu', mtu), `group ${GROUP}`);
}

function deviceCommands(link: Link, around: Explaining): Command[] {
  const { name, type, master, bridge, vxlan } = link;
  const options = words(
    flag('stp_state', bridge?.stp),
    // Off is what a new bridge is, and a kernel without vlan filtering refuses to be told even that.
    bridge?.vlanFiltering === true ? 'vlan_filtering 1' : undefined,
    flag('mcast_snooping', bridge?.mcastSnooping),
    vxlan === undefined ? undefined : vxlanWords(vxlan),
  );
  const stage: Stage = type === 'bridge' ? 'base' : 'stack';
  const line = words(
    `ip link add name ${shellWord(name)}`,
    pair('master', master),
    common(link, around),
    `type ${type}`,
    options,
  );
  return [{ stage, line }];
}

function flag(name: string, value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value ? 1 : 0}`;
}

function vxlanWords({ id, link, local, remote, port, learning }: VxlanOptions): string {
  return words(
    `id ${id}`,
    pair('dev', link),
    pair('local', local),
    remote === undefined ? undefined : pair(isMulticast(remote) ? 'group' : 'remote', remote),
    `dstport ${port}`,
    learning ? 'learning' : 'nolearning',
  );
}

function isMulticast(address: string): boolean {
  const first = Number.parseInt(address, 10);
  return address.includes(':') ? address.toLowerCase().startsWith('ff') : first >= 224 && first <= 239;
}
