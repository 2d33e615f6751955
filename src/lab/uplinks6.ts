/**
 * `internet: true` over IPv6: where the host itself has a way out by it, each way out gets a network of its own of fd00::/8, which
 * the host masquerades. docs/decisions/0013-internet-over-ipv6.md
 */
import { HOST, type Uplink } from '../model/host.ts';
import { formatIp } from '../model/ip.ts';
import { defaultMac, fnv1a, linkLocalPrefix } from '../model/mac.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import type { Resource, Sysctl } from '../model/resource.ts';
import { RT_TABLE } from '../netlink/constants.ts';
import { settingNow } from '../reconcile/along.ts';
import { hasDefault, indexOf, interfaceNames, listensToRouters, wayTo } from '../reconcile/read/host.ts';
import { defaultMetric } from '../resource/route.ts';
import { sysctlPath } from '../resource/sysctl.ts';
import type { Host } from './host.ts';

const FORWARDING = 'net.ipv6.conf.all.forwarding';
const METRIC = defaultMetric('::/0');
/** How often another network is tried before the kernel may say what is wrong with the last. */
const TRIES = 16;

/** Adds IPv6 networks to the ways out, when the host has one by IPv6. A network that a lab has got, it keeps. */
export function settleUplinks6(model: LabModel, host: Host, uplinks: readonly Uplink[]): Uplink[] {
  if (uplinks.length === 0 || !isWanted(model, host)) return [...uplinks];
  const others = new Set(host.neighbours().flatMap((each) => each.uplinks.map(({ subnet6 }) => subnet6)));
  return uplinks.map((uplink) => {
    if (hasNone(model, uplink.node)) return uplink;
    const kept = host.before.uplinks.find(({ node, link }) => node === uplink.node && link === uplink.link)?.subnet6;
    if (kept !== undefined) return { ...uplink, subnet6: kept };
    for (let n = 0; n < TRIES; n++) {
      const subnet6 = networkOf(`${model.name}.${uplink.node}`, n);
      const way = wayTo(host.namespaces.route(HOST), ends(subnet6)[0]);
      if (!others.has(subnet6) && (way?.length ?? 0) === 0) return { ...uplink, subnet6 };
    }
    return uplink;
  });
}

/** A lab that has a way out by IPv6 keeps it while the host's own comes and goes. */
function isWanted(model: LabModel, host: Host): boolean {
  const refused = model.resources.some(
    (each) => each.kind === 'sysctl' && each.node === HOST && each.key === FORWARDING && each.value === '0',
  );
  if (refused) return false;
  if (host.before.uplinks.some(({ subnet6 }) => subnet6 !== undefined)) return true;
  const { was: disabled } = settingNow(host.namespaces.fd(HOST), 'net/ipv6/conf/default/disable_ipv6');
  return disabled === '0' && hasDefault(host.namespaces.route(HOST), 6);
}

/** The file says that a node has no IPv6. */
function hasNone(model: LabModel, node: string): boolean {
  const keys = ['all', 'default', 'internet'].map((device) => `net.ipv6.conf.${device}.disable_ipv6`);
  return model.resources.some(
    (each) => each.kind === 'sysctl' && each.node === node && keys.includes(each.key) && each.value === '1',
  );
}

/** The nth choice for a name: `fdxx:xxxx:xxxx:xxxx::/64`, with the 40 bits by chance that RFC 4193 asks for, and more. */
export function networkOf(name: string, n: number): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, fnv1a(`${name}\0${n}`));
  view.setUint32(4, fnv1a(`${n}\0${name}`, 0x01000193));
  bytes[0] = 0xfd;
  return `${formatIp(bytes)}/64`;
}

/** The host's address and the node's. */
function ends(subnet: string): [host: string, node: string] {
  const stem = subnet.replace(/\/64$/, '');
  return [`${stem}1`, `${stem}2`];
}

/** The resources, and those that give the ways out their IPv6. */
export function withUplinks6(
  lab: string,
  host: Host,
  resources: readonly Resource[],
  uplinks: readonly Uplink[],
): readonly Resource[] {
  const six = uplinks.filter(({ subnet6 }) => subnet6 !== undefined);
  if (six.length === 0) return resources;
  const at = (node: string): Path => ['nodes', node, 'internet'];
  const added = six.flatMap(({ node, link, subnet6 }): Resource[] => {
    const [outer, inner] = ends(subnet6!);
    return [
      ...addresses(lab, HOST, link, outer, at(node)),
      ...addresses(lab, node, 'internet', inner, at(node)),
      ...(hasOwnDefault(resources, node) ? [] : [defaultRoute(node, outer, at(node))]),
    ];
  });
  const first = at(six[0]!.node);
  const settings = [
    ...listeners(host, first),
    { kind: 'sysctl', node: HOST, key: FORWARDING, value: '1', at: first } as const,
  ];
  const fresh = settings.filter(
    ({ key }) => !resources.some((each) => each.kind === 'sysctl' && each.node === HOST && each.key === key),
  );
  const masquerades = six.map(({ node, subnet6 }) => ({ type: 'masquerade', from: subnet6!, at: at(node) }) as const);
  return [
    ...resources.map((each): Resource =>
      each.kind === 'netfilter' && each.node === HOST ? { ...each, nat: [...each.nat, ...masquerades] } : each,
    ),
    ...added,
    ...fresh,
  ];
}

function addresses(lab: string, node: string, link: string, address: string, at: Path): Resource[] {
  const one = { kind: 'address', node, link, at } as const;
  return [
    { ...one, prefix: `${address}/64`, scope: 'global' },
    { ...one, prefix: linkLocalPrefix(defaultMac(lab, node, link)), scope: 'link', implied: true },
  ];
}

function defaultRoute(node: string, via: string, at: Path): Resource {
  const nexthops = [{ via, dev: 'internet', weight: 1 }];
  return { kind: 'route', node, to: '::/0', type: 'unicast', table: RT_TABLE.MAIN, metric: METRIC, nexthops, at };
}

function hasOwnDefault(resources: readonly Resource[], node: string): boolean {
  return resources.some(
    (each) =>
      each.kind === 'route' &&
      each.node === node &&
      each.to === '::/0' &&
      each.table === RT_TABLE.MAIN &&
      each.metric === METRIC,
  );
}

/**
 * A router does not listen to routers, unless told so by accept_ra=2; and the kernel forgets what it has learnt from one when forwarding is
 * turned on. So these interfaces of the host are told first. What this or another lab has told them already, it goes on to tell.
 */
function listeners(host: Host, at: Path): Sysctl[] {
  const socket = host.namespaces.route(HOST);
  const told = new Set([host.before, ...host.neighbours()].flatMap(({ settings }) => settings.map(({ key }) => key)));
  const listening = listensToRouters(socket);
  return interfaceNames(socket).flatMap((name): Sysctl[] => {
    const key = `net.ipv6.conf.${name.replaceAll('.', '/')}.accept_ra`;
    const index = indexOf(socket, name);
    const { was } = settingNow(host.namespaces.fd(HOST), sysctlPath(key));
    const hears = index !== undefined && listening.has(index) && was === '1';
    return hears || told.has(key) ? [{ kind: 'sysctl', node: HOST, key, value: '2', at }] : [];
  });
}
