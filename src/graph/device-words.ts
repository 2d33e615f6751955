/** A device in a few words. */
import { type Link, lowerOf } from '../model/resource.ts';

/** What there is to say of a device beyond its type: `vlan 10 on eth0`. Null where there is nothing. */
export function deviceWords(link: Link): string | null {
  const lower = lowerOf(link);
  const on = lower === undefined ? '' : ` on ${lower}`;
  const label = tunnelLabel(link);
  if (label !== undefined) return `${label}${on}`;
  if (link.vlan !== undefined) return `vlan ${link.vlan.id}${on}`;
  if (link.vrf !== undefined) return `vrf table ${link.vrf.table}`;
  if (link.bond !== undefined) return `bond ${link.bond.mode}`;
  return on === '' ? null : `${link.type}${on}`;
}

/** What a tunnel is called: `vxlan 1`, `gre`. Undefined for what is none. */
export function tunnelLabel({ type, vxlan, geneve, tunnel }: Link): string | undefined {
  if (vxlan !== undefined) return `vxlan ${vxlan.id}`;
  if (geneve !== undefined) return `geneve ${geneve.id}`;
  if (tunnel === undefined) return undefined;
  return tunnel.key === undefined ? type : `${type} key ${tunnel.key}`;
}
