/** What a tunnel stands on in its own node: the address that it sends from, and the room for its headers. Warnings alone. */
import { formatIp } from '../../model/ip.ts';
import { deviceOf } from '../../resource/link/devices.ts';
import type { InterfaceDocument } from '../document.ts';
import type { Device, DraftNode } from '../draft.ts';
import { optionsOf } from '../expand/devices.ts';
import type { Problems } from '../problems.ts';
import { below, mtuOf, unsure } from './devices.ts';

/** Outer Ethernet, IP, UDP and VXLAN headers. */
const VXLAN_OVERHEAD = { 4: 50, 6: 70 } as const;

/** Judges the near end of a tunnel: `near` is its `local`, as far as that is an address. */
export function checkNearEnd(
  node: DraftNode,
  device: Device,
  document: InterfaceDocument,
  near: Uint8Array | undefined,
  problems: Problems,
): void {
  const owner = near === undefined ? undefined : ownerOf(node, formatIp(near));
  if (near !== undefined && owner === undefined && !unsure(node, problems)) {
    problems.warn(
      [...device.home, 'local'],
      `no interface of ${node.name} has the address ${document.local}: what is sent to it will not arrive`,
    );
  }
  const lower = below(node, device) ?? owner;
  const room = lower === undefined || lower === device ? undefined : mtuOf(node, lower);
  if (room === undefined || device.mtu === undefined) return;
  const most = mostOf(node, device, document, room);
  if (device.mtu <= most) return;
  problems.warn(
    device.mtuAt ?? device.home,
    `found ${device.mtu}, but ${lower!.name} takes ${room} bytes, and the tunnel's headers need ${room - most} of them: more than ${most} bytes are cut in pieces, or lost`,
  );
}

/** The largest packet that fits with the tunnel's headers into `room`. */
function mostOf(node: DraftNode, { name, type }: Device, document: InterfaceDocument, room: number): number {
  // Of one without a device under it the kernel itself knows nothing.
  if (type === 'vxlan') return room - VXLAN_OVERHEAD[document.local?.includes(':') === true ? 6 : 4];
  const link = { kind: 'link', node: node.name, name, type, up: true, ...optionsOf(type, document) } as const;
  return deviceOf(type)?.mtu?.(link, room) ?? room;
}

function ownerOf(node: DraftNode, address: string): Device | undefined {
  return [...node.devices.values()].find(({ addresses }) => addresses.some(({ text }) => text === address));
}
