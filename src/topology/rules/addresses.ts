/** Addresses of interfaces: given ones are read and judged, those of a `subnet` are dealt out. */
import {
  broadcastOf,
  compareIp,
  contains,
  family,
  formatPrefix,
  hostsOf,
  isMulticast,
  isNetwork,
  isUnspecified,
  networkOf,
  parsePrefix,
  type Prefix,
} from '../../model/address.ts';
import { formatIp, parseIp } from '../../model/ip.ts';
import type { Path } from '../../model/place.ts';
import type { Device, Draft, Segment } from '../draft.ts';
import { items } from '../document.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';

/** Reads the addresses that the file gives, then deals out those of subnets. */
export function assignAddresses(draft: Draft, problems: Problems): void {
  for (const node of draft.nodes.values()) {
    for (const device of node.devices.values()) {
      for (const [i, text] of items(device.document?.addresses)) {
        const at = [...device.home, 'addresses', i];
        const prefix = readInterfaceAddress(text, at, problems);
        if (prefix !== undefined) device.addresses.push({ prefix, text: formatIp(prefix.bytes), at });
      }
    }
  }
  for (const segment of draft.segments) dealSubnet(segment, problems);
}

/** An address that an interface can have, or a problem. */
function readInterfaceAddress(text: string, at: Path, problems: Problems): Prefix | undefined {
  const prefix = readPrefix(text, at, problems);
  if (prefix === undefined) {
    problems.damage(at);
    return undefined;
  }
  const why = unfit(prefix, text);
  if (why === undefined) return prefix;
  problems.error(at, why);
  problems.damage(at);
  return undefined;
}

function unfit(prefix: Prefix, text: string): string | undefined {
  const { bytes, length } = prefix;
  if (isMulticast(bytes)) return `found ${quoted(text)}, a multicast address, expected one of a single interface`;
  if (isUnspecified(bytes)) return `found ${quoted(text)}, which is no address of an interface`;
  if (family(bytes) === 6 || length >= 31) return undefined;
  const network = isNetwork(prefix);
  if (!network && compareIp(bytes, broadcastOf(prefix)) !== 0) return undefined;
  const such = formatPrefix({ bytes: hostsOf(prefix).next().value ?? bytes, length });
  const what = network
    ? 'the address of the network itself'
    : `the broadcast address of ${formatPrefix(networkOf(prefix))}`;
  return `found ${quoted(text)}, ${what}, expected one of its hosts, such as ${such}`;
}

/** An address with a prefix length, or a problem that says which part is wrong. */
function readPrefix(text: string, at: Path, problems: Problems): Prefix | undefined {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return prefix;
  const [address = '', length] = text.split('/');
  const bytes = parseIp(address);
  if (bytes === undefined)
    problems.error(at, `found ${quoted(text)}, which is no IPv4 or IPv6 address${leadingZero(address)}`);
  else if (length === undefined) {
    problems.error(
      at,
      `found ${quoted(text)} without a prefix length, expected such as ${address}/${bytes.length === 4 ? 24 : 64}`,
    );
  } else problems.error(at, `found ${quoted(text)}, expected a prefix length from 0 to ${bytes.length * 8}`);
  return undefined;
}

/** An address alone, or a problem. */
export function readIp(text: string, at: Path, problems: Problems): Uint8Array | undefined {
  const bytes = parseIp(text);
  if (bytes === undefined)
    problems.error(at, `found ${quoted(text)}, which is no IPv4 or IPv6 address${leadingZero(text)}`);
  return bytes;
}

/** A network (host bits zero; an address alone is a host route), or a problem. */
export function readNetwork(text: string, at: Path, problems: Problems): Prefix | undefined {
  const bytes = text.includes('/') ? undefined : readIp(text, at, problems);
  const prefix = text.includes('/') ? readPrefix(text, at, problems) : bytes && { bytes, length: bytes.length * 8 };
  if (prefix === undefined || isNetwork(prefix)) return prefix;
  const network = formatPrefix(networkOf(prefix));
  problems.error(at, `found ${quoted(text)}, which has bits set beyond its prefix length; did you mean ${network}?`);
  return undefined;
}

function leadingZero(text: string): string {
  return /^[0-9.]+$/.test(text) && /(^|\.)0[0-9]/.test(text)
    ? ' (a number with a leading zero is octal to some programs)'
    : '';
}

/** Gives each end of a segment that has no address in the subnet the next free one. */
function dealSubnet(segment: Segment, problems: Problems): void {
  if (segment.subnet === undefined) return;
  const subnet = readNetwork(segment.subnet, segment.subnetAt, problems);
  if (subnet === undefined) {
    problems.damage(segment.subnetAt);
    return;
  }
  const taken = new Set(segment.ends.flatMap(({ addresses }) => addresses.map(({ text }) => text)));
  const waiting = segment.ends.filter((end) => !end.addresses.some(({ prefix }) => contains(subnet, prefix.bytes)));
  const hosts = hostsOf(subnet);
  const deal = (end: Device): boolean => {
    for (let next = hosts.next(); !next.done; next = hosts.next()) {
      const text = formatIp(next.value);
      if (taken.has(text)) continue;
      end.addresses.push({ prefix: { bytes: next.value, length: subnet.length }, text, at: segment.subnetAt });
      return true;
    }
    return false;
  };
  const dealt = waiting.findIndex((end) => !deal(end));
  if (dealt < 0) return;
  const free = dealt === 1 ? '1 free address' : `${dealt} free addresses`;
  problems.error(segment.subnetAt, `${formatPrefix(subnet)} has ${free} for ${waiting.length} interfaces`);
}
