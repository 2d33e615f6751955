/**
 * Settings that devices take over from `default`. The kernel hands them on to devices that come later; a lab that runs already must be
 * told, or it would not be what a new one is. Pure.
 */
import { foreignNodes } from '../model/host.ts';
import type { Link, Resource, Sysctl } from '../model/resource.ts';
import { switchesOf } from '../resource/sysctl.ts';

/** RFC 8200, section 5: no link may be narrower. */
const IPV6_MTU = 1280;
const DEFAULT = /^net\.(ipv4|ipv6)\.conf\.default\.(.+)$/;
/** What the settings named `default` mean for each device that says nothing else. */
export function inherited(resources: readonly Resource[]): Sysctl[] {
  const foreign = foreignNodes(resources);
  const defaults = resources.filter(
    (each): each is Sysctl => each.kind === 'sysctl' && !foreign.has(each.node) && DEFAULT.test(each.key),
  );
  if (defaults.length === 0) return [];
  const nodes = new Set(defaults.map(({ node }) => node));
  const said = new Set<string>();
  const links = new Map<string, Link[]>();
  for (const each of resources) {
    if (!nodes.has(each.node)) continue;
    if (each.kind === 'sysctl') said.add(`${each.node} ${each.key}`);
    if (each.kind === 'link') links.set(each.node, [...(links.get(each.node) ?? []), each]);
  }
  return defaults.flatMap(({ node, key, value, at }) => {
    const [, family = '', name = ''] = DEFAULT.exec(key) ?? [];
    if (switchesOf(key).some((other) => said.has(`${node} ${other}`))) return [];
    // IPv6 has given the loopback its settings before anything can be written, and does not run where it is too narrow.
    const devices = (links.get(node) ?? []).filter(
      (link) => family === 'ipv4' || (link.name !== 'lo' && (link.mtu ?? IPV6_MTU) >= IPV6_MTU),
    );
    return devices
      .map((link) => `net.${family}.conf.${link.name.replaceAll('.', '/')}.${name}`)
      .filter((own) => !said.has(`${node} ${own}`))
      .map((own): Sysctl => ({
        kind: 'sysctl',
        node,
        key: own,
        value,
        implied: true,
        ...(at === undefined ? {} : { at }),
      }));
  });
}
