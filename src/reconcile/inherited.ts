/**
 * Settings that devices take over from `default`. The kernel hands them on to devices that come later; a lab that runs already must be
 * told, or it would not be what a new one is. Pure.
 */
import { HOST } from '../model/host.ts';
import type { Resource, Sysctl } from '../model/resource.ts';

const DEFAULT = /^net\.(ipv4|ipv6)\.conf\.default\.(.+)$/;
/** What sets the forwarding of every device at once, and of those to come. */
const FORWARDING = {
  ipv4: ['net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding'],
  ipv6: ['net.ipv6.conf.all.forwarding'],
} as const;

/** What the settings named `default` mean for each device that says nothing else. */
export function inherited(resources: readonly Resource[]): Sysctl[] {
  const defaults = resources.filter(
    (each): each is Sysctl => each.kind === 'sysctl' && each.node !== HOST && DEFAULT.test(each.key),
  );
  if (defaults.length === 0) return [];
  const nodes = new Set(defaults.map(({ node }) => node));
  const said = new Set<string>();
  const links = new Map<string, string[]>();
  for (const each of resources) {
    if (!nodes.has(each.node)) continue;
    if (each.kind === 'sysctl') said.add(`${each.node} ${each.key}`);
    if (each.kind === 'link') links.set(each.node, [...(links.get(each.node) ?? []), each.name]);
  }
  return defaults.flatMap(({ node, key, value, at }) => {
    const [, family = '', name = ''] = DEFAULT.exec(key) ?? [];
    const all = name === 'forwarding' ? FORWARDING[family === 'ipv4' ? 'ipv4' : 'ipv6'] : [];
    if (all.some((other) => said.has(`${node} ${other}`))) return [];
    // IPv6 has given the loopback its settings before anything can be written.
    const devices = (links.get(node) ?? []).filter((link) => family === 'ipv4' || link !== 'lo');
    return devices
      .map((link) => `net.${family}.conf.${link.replaceAll('.', '/')}.${name}`)
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
