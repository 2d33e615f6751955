/** Interfaces that carry packets inside of others: vxlan, geneve, gre and its like. */
import { family } from '../../model/address.ts';
import type { TunnelType } from '../../model/resource.ts';
import { own, type InterfaceDocument } from '../document.ts';
import type { Device, DraftNode } from '../draft.ts';
import { GENEVE_PORT, TUNNELS, VXLAN_PORT } from '../expand/devices.ts';
import type { Problems } from '../problems.ts';
import { article, quoted } from '../words.ts';
import { readIp } from './addresses.ts';
import { below, mtuOf } from './devices.ts';
import { checkNearEnd } from './tunnel-ends.ts';
import { vxlanOverhead } from './width.ts';

/** Judges each tunnel of a node, and looks for two that would be the same to the kernel. */
export function checkTunnels(node: DraftNode, problems: Problems): void {
  const seen = new Map<string, string>();
  for (const device of node.devices.values()) {
    const { document } = device;
    if (document === undefined) continue;
    if (device.type === 'vxlan') checkVxlan(node, device, document, seen, problems);
    else if (device.type === 'geneve') checkGeneve(device, document, seen, problems);
    else if (isTunnel(device.type)) checkTunnel(node, device, device.type, document, seen, problems);
  }
}

function isTunnel(type: string): type is TunnelType {
  return own(TUNNELS, type) !== undefined;
}

function checkVxlan(
  node: DraftNode,
  device: Device,
  document: InterfaceDocument,
  seen: Map<string, string>,
  problems: Problems,
): void {
  const { id, link, local, remote, port = VXLAN_PORT } = document;
  if (requireNumber(device, id, problems)) {
    // vxlan_config_validate(): one device for each number, port and family.
    const key = `vxlan ${id} ${port} ${(local ?? remote ?? '').includes(':') ? 6 : 4}`;
    once(seen, key, device, 'id', `has the number ${id} on UDP port ${port} already`, problems);
  }
  const [near, far] = readEnds(device, document, problems);
  if (near !== undefined && far !== undefined && near.length !== far.length) {
    problems.error(
      [...device.home, 'remote'],
      `found ${quoted(remote ?? '')}, expected an IPv${family(near)} address, as local is one`,
    );
  }
  const overhead = vxlanOverhead(document);
  const lower = below(node, device);
  const room = lower === undefined ? undefined : mtuOf(node, lower);
  const { mtu } = device;
  if (room === undefined || mtu === undefined || mtu <= room - overhead) {
    checkNearEnd(node, device, document, near, problems);
    return;
  }
  // The kernel would answer EINVAL, or quietly take less when the device is made.
  problems.error(
    device.mtuAt ?? device.home,
    `found ${mtu}, expected at most ${room - overhead}: ${String(link)} takes ${room} bytes, and VXLAN needs ${overhead} of them`,
  );
}

function checkGeneve(device: Device, document: InterfaceDocument, seen: Map<string, string>, problems: Problems): void {
  const { id, remote, port = GENEVE_PORT } = document;
  const numbered = requireNumber(device, id, problems);
  const [, far] = readEnds(device, document, problems);
  if (remote === undefined) {
    if (!problems.damaged([...device.home, 'remote']))
      problems.keyError(device.home, 'the key "remote" is missing: a geneve has one far end (remote: 192.168.0.2)');
  } else if (numbered && far !== undefined) {
    const what = `has the number ${id}, the far end ${remote} and the UDP port ${port} already`;
    once(seen, `geneve ${id} ${far.join('.')} ${port}`, device, 'id', what, problems);
  }
}

function checkTunnel(
  node: DraftNode,
  device: Device,
  type: TunnelType,
  document: InterfaceDocument,
  seen: Map<string, string>,
  problems: Problems,
): void {
  const { local, remote, key, link } = document;
  const ends = readEnds(device, document, problems);
  const wanted = TUNNELS[type];
  for (const [i, name] of (['local', 'remote'] as const).entries()) {
    const end = ends[i];
    if (end === undefined || family(end) === wanted) continue;
    const text = quoted(document[name] ?? '');
    problems.error(
      [...device.home, name],
      `found ${text}, expected an IPv${wanted} address: ${article(type)} runs over IPv${wanted}`,
    );
  }
  const unclear = problems.damaged([...device.home, 'local']) || problems.damaged([...device.home, 'remote']);
  if (unclear) return;
  if (ends.every((end) => end === undefined || family(end) === wanted))
    checkNearEnd(node, device, document, ends[0], problems);
  if (local === undefined && remote === undefined) {
    // That would be the device that the kernel keeps for packets that fit no other tunnel.
    problems.keyError(device.home, `the key "remote" is missing: ${article(type)} has ends (local: …, remote: …)`);
    return;
  }
  const [near = '', far = ''] = ends.map((end) => end?.join('.'));
  const between = `${local ?? 'any'} and ${remote ?? 'any'}${key === undefined ? '' : ` with the key ${key}`}`;
  once(
    seen,
    `${type} ${near} ${far} ${key ?? ''} ${link ?? ''}`,
    device,
    'remote',
    `is ${article(type)} between ${between} already`,
    problems,
  );
}

function requireNumber(device: Device, id: number | undefined, problems: Problems): boolean {
  if (id !== undefined) return true;
  if (!problems.damaged([...device.home, 'id']))
    problems.keyError(device.home, `the key "id" is missing: a ${device.type} has a number (id: 1)`);
  return false;
}

/** The two ends, as far as they are addresses. */
function readEnds(
  { home }: Device,
  { local, remote }: InterfaceDocument,
  problems: Problems,
): readonly [near: Uint8Array | undefined, far: Uint8Array | undefined] {
  const read = (name: string, text: string | undefined): Uint8Array | undefined =>
    text === undefined ? undefined : readIp(text, [...home, name], problems);
  return [read('local', local), read('remote', remote)];
}

function once(
  seen: Map<string, string>,
  key: string,
  device: Device,
  word: string,
  what: string,
  problems: Problems,
): void {
  const other = seen.get(key);
  if (other === undefined) seen.set(key, device.name);
  else problems.error([...device.home, word], `${other} ${what}`);
}
