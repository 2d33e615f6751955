/** What the kernel does some time after it has said that all is done: workers of its own do it, and wait for their turn like everybody else. */
import { setTimeout } from 'node:timers/promises';

import { InterruptedError } from '../errors.ts';
import { groupBy } from '../model/group-by.ts';
import { AF, IFA_F, RTN } from '../netlink/constants.ts';
import { getaddr } from '../netlink/spec/rt-addr.ts';
import { getroute } from '../netlink/spec/rt-route.ts';
import type { Namespaces } from '../reconcile/namespaces.ts';
import { type Device, readLinks } from '../reconcile/read/link.ts';

/** On a machine that is busy with namespaces it takes a second; somebody's own settings may put it off for ever. */
const LONGEST_MS = 5_000;
const PAUSE_MS = 2;
/** Addresses that the kernel still looks for elsewhere, or has found there. */
const UNSURE = IFA_F.TENTATIVE | IFA_F.OPTIMISTIC | IFA_F.DADFAILED;

/**
 * Waits until the kernel has acted upon the carrier of each device, and until nodes listen to their IPv6 addresses: those that `late` names, each with
 * the number of its addresses. Before the one it drops what leaves by the device, and a bridge what comes by it; before the other nobody's
 * neighbour discovery is answered.
 * @throws InterruptedError
 */
export async function kernelIsDone(
  namespaces: Namespaces,
  devices: ReadonlyMap<string, Device>,
  late: ReadonlyMap<string, number>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let idle: Device[] = [];
  for (const device of devices.values()) if (device.idle) idle.push(device);
  let deaf = [...late];
  for (const end = performance.now() + LONGEST_MS; ;) {
    idle = stillIdle(namespaces, idle, devices);
    deaf = deaf.filter(([node, addresses]) => !listens(namespaces, node, addresses, devices));
    if (idle.length + deaf.length === 0 || performance.now() > end) return;
    if (signal?.aborted === true) throw new InterruptedError();
    await setTimeout(PAUSE_MS);
  }
}

/**
 * The same for links that were set up by hand: `devices` are those of their nodes, and with them is waited for the nodes of the far ends of veths.
 * @throws InterruptedError
 */
export async function raisedIsDone(
  namespaces: Namespaces,
  devices: ReadonlyMap<string, Device>,
  late: ReadonlyMap<string, number>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const all = new Map(devices);
  const nodes = new Set([...devices.values()].map(({ link }) => link.node));
  const indexes = new Set([...devices.values()].map(({ index }) => index));
  const far = new Set<number>();
  for (const { link, lower } of devices.values())
    if (link.type === 'veth' && lower !== undefined && !indexes.has(lower)) far.add(lower);
  for (const node of namespaces.names()) {
    if (far.size === 0) break;
    if (nodes.has(node)) continue;
    const own = readLinks(node, namespaces.route(node));
    // Devices that others made may bear the same index by accident.
    const ends = own.filter(({ index, lower }) => far.has(index) && lower !== undefined && indexes.has(lower));
    for (const { index } of ends) far.delete(index);
    if (ends.length > 0) for (const each of own) all.set(`${node}:${each.link.name}`, each);
  }
  await kernelIsDone(namespaces, all, late, signal);
}

/** Since Linux 6.8 to ask for one device alone gets its carrier acted upon. Like `ip link show dev eth0` until it is `state UP`. */
function stillIdle(namespaces: Namespaces, idle: readonly Device[], devices: ReadonlyMap<string, Device>): Device[] {
  const ask = (list: Iterable<Device>): Device[] =>
    [...groupBy(list, ({ link }) => link.node)]
      .flatMap(([node, own]) => {
        const names = own.map(({ link }) => link.name);
        return readLinks(node, namespaces.route(node), names);
      })
      .filter((device) => device.idle);
  if (idle.length === 0) return [];
  const left = ask(idle);
  // What stands on them, or has them as its ports, may have its carrier by now.
  const [nodes, names, indexes] = [new Set<string>(), new Set<string>(), new Set<number>()];
  for (const { link, index } of idle) {
    nodes.add(link.node);
    names.add(`${link.node}:${link.master}`);
    indexes.add(index);
  }
  const above = [...devices].flatMap(([name, device]) => {
    const { link, lower } = device;
    const stands = link.type !== 'veth' && nodes.has(link.node) && lower !== undefined && indexes.has(lower);
    return stands || names.has(name) ? [device] : [];
  });
  return [...left, ...ask(above)];
}

/** The kernel joins the group of those who may be asked for an address, and then makes the route to it. Like `ip -6 route show table local`. */
function listens(
  namespaces: Namespaces,
  node: string,
  addresses: number,
  devices: ReadonlyMap<string, Device>,
): boolean {
  const socket = namespaces.route(node);
  const header = { family: AF.INET6 };
  let routes = 0;
  socket.dump(getroute, { header }, ({ type }) => {
    if (type === RTN.LOCAL) routes += 1;
    return false;
  });
  // The loopback's own address is not counted, and has one too.
  if (routes > addresses) return true;
  const heard = new Set(
    socket.dump(getroute, { header }, ({ type }) => type === RTN.LOCAL).map(({ attrs }) => attrs.dst),
  );
  const up = new Set(
    [...devices.values()].flatMap(({ link, index }) => (link.node === node && link.up ? [index] : [])),
  );
  return socket.dump(getaddr, { header }).every((each) => {
    const { index, flags: low } = each.header;
    const { local, address, flags = low } = each.attrs;
    return !up.has(index) || (flags & UNSURE) !== 0 || heard.has(local ?? address);
  });
}
