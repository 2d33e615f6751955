import { defaultMac } from '../model/mac.ts';
import type { Link, Resource } from '../model/resource.ts';

const DEFAULT_MTU = 1500;
/** Outer Ethernet, IPv4, UDP and VXLAN headers; IPv6 takes 20 more. */
const VXLAN_OVERHEAD = 50;

/**
 * Fills in what the file leaves open and netlab decides: the MAC and the MTU of every link. So a property that is taken out of the
 * file goes back to what a fresh lab has.
 */
export function complete(lab: string, resources: readonly Resource[]): Resource[] {
  const links = new Map<string, Link>();
  for (const resource of resources) {
    if (resource.kind === 'link') links.set(`${resource.node}:${resource.name}`, resource);
  }
  const mtuOf = (link: Link): number => {
    if (link.mtu !== undefined) return link.mtu;
    const lower = link.vxlan?.link === undefined ? undefined : links.get(`${link.node}:${link.vxlan.link}`);
    if (link.type === 'vxlan' && lower !== undefined) {
      return mtuOf(lower) - VXLAN_OVERHEAD - (link.vxlan?.local?.includes(':') === true ? 20 : 0);
    }
    if (link.type === 'bridge') {
      // The kernel gives a bridge the smallest MTU of its ports.
      const ports = [...links.values()].filter(({ node, master }) => node === link.node && master === link.name);
      return ports.length === 0 ? DEFAULT_MTU : Math.min(...ports.map(mtuOf));
    }
    return DEFAULT_MTU;
  };
  return resources.map((resource) => {
    if (resource.kind !== 'link' || resource.type === 'loopback' || resource.type === 'other') return resource;
    return {
      ...resource,
      mtu: mtuOf(resource),
      mac: resource.mac ?? defaultMac(lab, resource.node, resource.name),
      ...(resource.type === 'bridge'
        ? { bridge: { stp: false, vlanFiltering: false, mcastSnooping: true, ...resource.bridge } }
        : {}),
    };
  });
}
