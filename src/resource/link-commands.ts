/** What `link.ts` does, in the words of iproute2. */
import type { Difference } from '../model/report.ts';
import { type Link, lowerOf } from '../model/resource.ts';
import { type Command, type Explaining, GROUP, type Stage } from './kind.ts';
import { joins } from './link/device.ts';
import { deviceOf } from './link/devices.ts';
import { isFirst } from './link/veth.ts';
import { hairpinCommand, placeCommands, quietCommands } from './link-port.ts';
import { pair, shellWord, words } from './shell.ts';

/** Like `ip link add`, then what can only be said of a device that is there. */
export function linkCommands(link: Link, around: Explaining): Command[] {
  const { node, name, type, up } = link;
  if (type === 'other') return [];
  if (type === 'loopback') return up ? ['ip link set dev lo up'] : [];
  // The bridge of a namespace of its own comes up last of all, as in `up`.
  const raise: Stage = type === 'bridge' && around.isBridge(node) ? 'bridge' : 'configure';
  // A bond brings its members up.
  const change = up ? 'up' : joins(link, around) === 'bond' ? 'down' : undefined;
  // A bridge takes over the smallest MTU of the ports that join it, until it is told one.
  const mtu = type === 'bridge' ? pair('mtu', link.mtu) : undefined;
  return [
    ...(type === 'veth' ? pairCommands(link, around) : deviceCommands(link, around)),
    ...placeCommands(link, around),
    ...(change === undefined ? [] : [{ stage: raise, line: words(`ip link set dev ${shellWord(name)}`, mtu, change) }]),
  ];
}

/** Like `ip link set`, for what differs. */
export function linkUpdateCommands(wanted: Link, differences: readonly Difference[], around: Explaining): Command[] {
  const set = `ip link set dev ${shellWord(wanted.name)}`;
  const fields = new Set(differences.map(({ field }) => field));
  const has = (field: string, value: string | number | undefined): string | undefined =>
    fields.has(field) ? pair(field === 'mac' ? 'address' : field, value) : undefined;
  const left = differences.some(({ field, from }) => field === 'master' && from !== undefined);
  const master = pair('master', wanted.master);
  const bonded = fields.has('master') && joins(wanted, around) === 'bond';
  const options = deviceOf(wanted.type)?.changeWords(wanted, fields) ?? '';
  const mtu = has('mtu', wanted.mtu);
  // What it will stand on may be wider than what it stands on.
  const grows =
    options !== '' && differences.some(({ field, from, to }) => field === 'mtu' && Number(to) > Number(from));
  const plain = words(
    has('mac', wanted.mac),
    grows ? undefined : mtu,
    fields.has('master') && !bonded ? master : undefined,
    fields.has('up') && !bonded ? (wanted.up ? 'up' : 'down') : undefined,
  );
  return [
    ...(fields.has('up') ? quietCommands(wanted, around) : []),
    // What a port is, nothing can stand on: it leaves before anything is made.
    ...(left ? [{ stage: 'unlink' as const, line: `${set} nomaster` }] : []),
    ...(plain === '' ? [] : [`${set} ${plain}`]),
    // A bond takes what is down, and brings it up.
    ...(bonded ? [`${set} down`, words(set, master), `${set} ${wanted.up ? 'up' : 'down'}`] : []),
    ...(options === '' ? [] : [`${set} type ${wanted.type} ${options}`]),
    ...(grows && mtu !== undefined ? [`${set} ${mtu}`] : []),
    ...(fields.has('hairpin') && wanted.master !== undefined
      ? [hairpinCommand(wanted.name, wanted.hairpin === true)]
      : []),
  ];
}

/** Like `ip link delete`. A pair goes with either of its ends, so one of them is named. */
export function linkRemoveCommands(found: Link, around: Explaining): Command[] {
  const { name, type, peer } = found;
  if (type === 'loopback') return [];
  if (peer !== undefined && !around.isDropped(peer.node) && !isFirst(found)) return [];
  return [{ stage: 'unlink', line: `ip link delete dev ${shellWord(name)}` }];
}

/** One command makes both ends of a pair, each in its namespace and under its name. */
function pairCommands(link: Link, around: Explaining): Command[] {
  const far = link.peer === undefined ? undefined : around.wantedLink(link.peer.node, link.peer.link);
  if (far === undefined) return [];
  const [first, second] = isFirst(link) ? [link, far] : [far, link];
  // The host's namespace has no name, so an end that stands there is the one that the command is run for; else a bridge port is.
  const swap =
    around.netnsName(second.node) === undefined ||
    (around.netnsName(first.node) !== undefined &&
      joins(first, around) !== 'bridge' &&
      joins(second, around) === 'bridge');
  const [near, other] = swap ? [second, first] : [first, second];
  const born = joins(near, around) === 'bridge';
  const line = words(
    `ip link add name ${shellWord(near.name)}`,
    born ? pair('master', near.master) : undefined,
    common(near, around),
    QUEUES,
    `type veth peer name ${shellWord(other.name)}`,
    pair('netns', around.netnsName(other.node)),
    common(other, around),
    QUEUES,
  );
  const made: Command[] = link === first ? [{ stage: 'pair', node: near.node, line }] : [];
  return link === near && born ? made : [...made, ...masterCommands(link)];
}

/** The default is one queue for each processor. */
const QUEUES = 'numtxqueues 1 numrxqueues 1';

/** What every new device is given. Its number is unique in the lab, so that the number of a veth's far end names it. */
function common({ node, name, mac, mtu }: Link, around: Explaining): string {
  return words(`index ${around.index(node, name)}`, pair('address', mac), pair('mtu', mtu), `group ${GROUP}`);
}

function deviceCommands(link: Link, around: Explaining): Command[] {
  const { name, type } = link;
  const device = deviceOf(type);
  if (device === undefined) return [];
  const line = words(
    'ip link add',
    device.stacked === true ? pair('link', lowerOf(link)) : undefined,
    `name ${shellWord(name)}`,
    common(link, around),
    `type ${type}`,
    device.words(link),
  );
  return [{ stage: device.stage, line }, ...masterCommands(link)];
}

function masterCommands({ name, master }: Link): Command[] {
  return master === undefined ? [] : [`ip link set dev ${shellWord(name)} ${pair('master', master)}`];
}
