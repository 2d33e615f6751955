/** The host's part of a lab → resources, and what `internet: true` asks of both of its ends. */
import { HOST, type Uplink } from '../../model/host.ts';
import { parseIp } from '../../model/ip.ts';
import type { NatRule } from '../../model/netfilter.ts';
import type { Netfilter, Resource, Sysctl } from '../../model/resource.ts';
import { items } from '../document.ts';
import type { Device, Draft, DraftNode } from '../draft.ts';
import { endpoint } from '../values.ts';
import { netfilterOf } from './netfilter.ts';
import { FORWARDING } from './node.ts';
import { deviceToward, onLinkOf, routesOf } from './routes.ts';

const MAIN = 254;

/** The ways out of a lab, in the order of the file. */
export function uplinksOf(draft: Draft): Uplink[] {
  return [...(draft.nodes.get(HOST)?.devices.values() ?? [])].flatMap(({ uplink, name, peer }) =>
    uplink === undefined || peer === undefined ? [] : [{ node: peer.node, link: name, subnet: uplink }],
  );
}

/** The route of last resort of a node with `internet: true`. */
export function uplinkRouteOf(node: DraftNode): Resource[] {
  const device = [...node.devices.values()].find(({ uplink }) => uplink !== undefined);
  const gateway = device?.peer?.addresses[0];
  if (device === undefined || gateway === undefined || node.name === HOST) return [];
  return [
    {
      kind: 'route',
      node: node.name,
      to: '0.0.0.0/0',
      type: 'unicast',
      table: MAIN,
      metric: 0,
      nexthops: [{ via: gateway.text, dev: device.name, weight: 1 }],
      at: device.at,
    },
  ];
}

/** The settings of the host, or of a joined namespace, that ways out and published ports need. What `forwarding` and `sysctls` say has gone before. */
export function foreignSysctls(host: DraftNode, said: readonly Sysctl[]): Sysctl[] {
  const out: Sysctl[] = [];
  const add = (key: string, value: string, at: Device['at']): void => {
    if (![...said, ...out].some((each) => each.key === key))
      out.push({ kind: 'sysctl', node: host.name, key, value, at });
  };
  const uplink = [...host.devices.values()].find((device) => device.uplink !== undefined);
  if (uplink !== undefined) add(FORWARDING.ipv4, '1', uplink.at);
  for (const { dev, at } of publishing(host)) add(`net.ipv4.conf.${dev.replaceAll('.', '/')}.route_localnet`, '1', at);
  return out;
}

/**
 * All address translation on the host, or in a joined namespace, in a table of the lab's own: other labs have theirs beside it. Where 127.0.0.1 is let out by
 * an interface, for published ports, nobody may come in to it there.
 */
export function foreignNetfilterOf(lab: string, host: DraftNode): Netfilter[] {
  const ways = [...host.devices.values()].flatMap(({ uplink, at }): NatRule[] =>
    uplink === undefined ? [] : [{ type: 'masquerade', from: uplink, at }],
  );
  const guards = new Map(
    publishing(host).map(({ dev, at }): [string, NatRule] => [dev, { type: 'guard', in: dev, at }]),
  );
  const [own] = netfilterOf(host);
  const nat = [...(own?.nat ?? []), ...ways, ...guards.values()];
  const at = own?.at ?? nat[0]?.at;
  if (at === undefined) return [];
  return [{ kind: 'netfilter', node: host.name, table: `netlab-${lab}`, nat, firewall: own?.firewall ?? [], at }];
}

/** The interfaces of ours that lead to the targets of IPv4 ports that the host publishes. */
function publishing(host: DraftNode): { readonly dev: string; readonly at: Device['at'] }[] {
  return items(host.document.nat).flatMap(([i, { publish }]) => {
    const to = publish === undefined ? undefined : endpoint(publish.to);
    const dev = to?.family === 4 ? wayTo(host, to.address) : undefined;
    return dev === undefined || !host.devices.has(dev) ? [] : [{ dev, at: [...host.at, 'nat', i, 'publish'] }];
  });
}

/** By which interface the host sends to an address: one that is on its network, or that a route of the file names. */
function wayTo(host: DraftNode, address: string): string | undefined {
  const routes = routesOf(host).flatMap(({ to, nexthops: [first] }) => {
    const [ip = '', length] = to.split('/');
    const bytes = parseIp(ip);
    return bytes === undefined || first?.dev === undefined
      ? []
      : [{ prefix: { bytes, length: Number(length) }, dev: first.dev }];
  });
  return deviceToward(parseIp(address)!, [...onLinkOf(host), ...routes]);
}
