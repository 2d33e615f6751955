/** How wide an interface is: IPv6 does not run where it is too narrow. */
import type { InterfaceDocument } from '../document.ts';
import type { Device, DraftNode } from '../draft.ts';
import { below, mtuOf } from './devices.ts';

/** RFC 8200, section 5: no link may be narrower. */
export const IPV6_MTU = 1280;

/** What a vxlan takes of each packet: outer Ethernet, IP, UDP and VXLAN headers. */
export function vxlanOverhead({ local, remote }: InterfaceDocument = {}): number {
  return (local ?? remote ?? '').includes(':') ? 70 : 50;
}

/** The MTU that an interface will have, where that is known. */
export function widthOf(node: DraftNode, device: Device): number | undefined {
  const lower = device.type === 'vxlan' && device.mtu === undefined ? below(node, device) : undefined;
  if (lower === undefined) return mtuOf(node, device);
  const room = mtuOf(node, lower);
  return room === undefined ? undefined : room - vxlanOverhead(device.document);
}
