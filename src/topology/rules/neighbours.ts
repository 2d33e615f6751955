/** Permanent neighbours and forwarding entries of a node. */
import { family, isMulticast } from '../../model/address.ts';
import { canonicalMac, isGroupMac } from '../../model/mac.ts';
import { items } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { addressText } from '../values.ts';
import { quoted } from '../words.ts';
import { readIp } from './addresses.ts';
import { readDevice } from './devices.ts';
import { IPV6_MTU, widthOf } from './width.ts';

const ZERO = '00:00:00:00:00:00';

/** Judges each neighbour of a node. */
export function checkNeighbours(node: DraftNode, problems: Problems): void {
  const seen = new Map<string, number>();
  for (const [i, { to, mac, dev }] of items(node.document.neighbors)) {
    const at = [...node.at, 'neighbors', i];
    const address = readIp(to, [...at, 'to'], problems);
    if (address !== undefined && isMulticast(address)) {
      problems.error([...at, 'to'], `found ${quoted(to)}, a multicast address, which is nobody's`);
    }
    const text = readMac(mac, [...at, 'mac'], problems);
    if (text === ZERO || (text !== undefined && isGroupMac(text))) {
      problems.error([...at, 'mac'], `found ${quoted(mac)}, expected the MAC address of a single interface`);
    }
    const device = readDevice(node, dev, [...at, 'dev'], problems);
    if (device?.type === 'loopback') problems.error([...at, 'dev'], 'found lo, which has no neighbours');
    const room = device === undefined ? undefined : widthOf(node, device);
    if (address?.length === 16 && room !== undefined && room < IPV6_MTU)
      problems.error([...at, 'dev'], `found ${dev}, which takes ${room} bytes, and IPv6 needs ${IPV6_MTU}`);
    once(seen, `${addressText(to)} ${dev}`, i, [...at, 'to'], `neighbors[%] names ${to} on ${dev} already`, problems);
  }
}

/** Judges each forwarding entry of a node. */
export function checkFdb(node: DraftNode, problems: Problems): void {
  const seen = new Map<string, number>();
  for (const [i, { mac, dev, dst }] of items(node.document.fdb)) {
    const at = [...node.at, 'fdb', i];
    const text = readMac(mac, [...at, 'mac'], problems);
    const far = dst === undefined ? undefined : readIp(dst, [...at, 'dst'], problems);
    const device = readDevice(node, dev, [...at, 'dev'], problems);
    if (device === undefined || text === undefined) continue;
    if (device.type !== 'vxlan') {
      if (dst !== undefined)
        problems.error([...at, 'dst'], `found ${quoted(dst)}, but only a vxlan has far ends, and ${dev} is none`);
      if (device.master === undefined && device.type !== 'bridge') {
        problems.error([...at, 'dev'], `found ${quoted(dev)}, expected a vxlan or the port of a bridge`);
      } else if (text === ZERO || isGroupMac(text)) {
        problems.error([...at, 'mac'], `found ${quoted(mac)}, expected the MAC address of a single interface`);
      }
      once(seen, `${text} ${dev}`, i, [...at, 'mac'], `fdb[%] names ${text} on ${dev} already`, problems);
      continue;
    }
    if (dst === undefined) problems.keyError(at, `the key "dst" is missing: which far end of ${dev} ${text} is behind`);
    const local = device.document?.local;
    if (far !== undefined && local !== undefined && local.includes(':') !== (family(far) === 6)) {
      problems.error(
        [...at, 'dst'],
        `found ${quoted(dst ?? '')}, expected an IPv${local.includes(':') ? 6 : 4} address, as ${dev} has`,
      );
    }
    const remote = device.document?.remote;
    if (text === ZERO && dst !== undefined && remote !== undefined && addressText(dst) === addressText(remote)) {
      problems.error([...at, 'dst'], `${dev} sends to ${dst} already: it is its "remote"`);
    }
    // vxlan_fdb_append() takes several far ends for broadcast, multicast and the all-zeros default entry only.
    const many = text === ZERO || isGroupMac(text);
    const key = many ? `${text} ${dev} ${addressText(dst ?? '')}` : `${text} ${dev}`;
    once(seen, key, i, [...at, 'mac'], `fdb[%] names ${text} on ${dev} already`, problems);
  }
}

function readMac(text: string, at: readonly (string | number)[], problems: Problems): string | undefined {
  const mac = canonicalMac(text);
  if (mac === undefined) problems.error(at, `found ${quoted(text)}, expected a MAC address, such as 02:00:00:00:00:01`);
  return mac;
}

function once(
  seen: Map<string, number>,
  key: string,
  i: number,
  at: readonly (string | number)[],
  message: string,
  problems: Problems,
): void {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, i);
  else problems.error(at, message.replace('%', String(first)));
}
