/** Address translation of a node. */
import { family, isLoopback, isMulticast, isUnspecified } from '../../model/address.ts';
import { parseIp } from '../../model/ip.ts';
import type { Path } from '../../model/place.ts';
import { items, own, type NatDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { FORWARDING, forwardingOf } from '../expand/node.ts';
import type { Problems } from '../problems.ts';
import { endpoint, sysctlValue, type Endpoint } from '../values.ts';
import { quoted } from '../words.ts';
import { readIp, readNetwork } from './addresses.ts';
import { readDevice } from './devices.ts';

/** Judges each line of a node's `nat`. */
export function checkNat(node: DraftNode, problems: Problems): void {
  const published = new Map<string, number>();
  for (const [i, entry] of items(node.document.nat)) {
    const at = [...node.at, 'nat', i];
    checkSources(node, entry, at, problems);
    if (entry.dnat !== undefined) checkDnat(node, entry.dnat, [...at, 'dnat'], problems);
    if (entry.publish !== undefined) checkPublish(entry.publish, published, i, [...at, 'publish'], problems);
  }
  warnOfForwarding(node, problems);
}

function checkSources(node: DraftNode, { masquerade, snat }: NatDocument, at: Path, problems: Problems): void {
  if (masquerade !== undefined) {
    readDevice(node, masquerade.out, [...at, 'masquerade', 'out'], problems);
    if (masquerade.from !== undefined) readNetwork(masquerade.from, [...at, 'masquerade', 'from'], problems);
  }
  if (snat !== undefined) {
    if (snat.out !== undefined) readDevice(node, snat.out, [...at, 'snat', 'out'], problems);
    const from = snat.from === undefined ? undefined : readNetwork(snat.from, [...at, 'snat', 'from'], problems);
    const to = readIp(snat.to, [...at, 'snat', 'to'], problems);
    if (to !== undefined && from !== undefined && from.bytes.length !== to.length) {
      problems.error(
        [...at, 'snat', 'to'],
        `found ${quoted(snat.to)}, expected an IPv${family(from.bytes)} address, as "from" is one`,
      );
    }
  }
}

function checkDnat(node: DraftNode, dnat: NonNullable<NatDocument['dnat']>, at: Path, problems: Problems): void {
  if (dnat.in !== undefined) readDevice(node, dnat.in, [...at, 'in'], problems);
  const dest = dnat.dest === undefined ? undefined : readIp(dnat.dest, [...at, 'dest'], problems);
  const to = readEndpoint(dnat.to, [...at, 'to'], problems);
  if (dest !== undefined && to !== undefined && family(dest) !== to.family) {
    problems.error([...at, 'to'], `found ${quoted(dnat.to)}, expected an IPv${family(dest)} address, as "dest" is one`);
  }
  if (dnat.proto !== undefined) return;
  if (dnat.port !== undefined)
    problems.error([...at, 'port'], 'found a port without a protocol, expected proto: tcp or udp beside it');
  else if (to?.port !== undefined)
    problems.error([...at, 'to'], `found the port ${to.port} without a protocol, expected proto: tcp or udp beside it`);
}

function checkPublish(
  publish: NonNullable<NatDocument['publish']>,
  published: Map<string, number>,
  i: number,
  at: Path,
  problems: Problems,
): void {
  const to = readEndpoint(publish.to, [...at, 'to'], problems);
  if (to === undefined) return;
  const proto = publish.proto ?? 'tcp';
  const key = `${to.family} ${proto} ${publish.port}`;
  const first = published.get(key);
  if (first === undefined) published.set(key, i);
  else problems.error([...at, 'port'], `nat[${first}] publishes ${proto} port ${publish.port} already`);
}

function readEndpoint(text: string, at: Path, problems: Problems): Endpoint | undefined {
  const to = endpoint(text);
  const bytes = to === undefined ? undefined : parseIp(to.address);
  if (to === undefined || bytes === undefined) {
    problems.error(
      at,
      `found ${quoted(text)}, expected an address with a port from 1 to 65535, such as "10.244.1.2:80" or "[2001:db8::2]:80"`,
    );
    return undefined;
  }
  if (isUnspecified(bytes) || isMulticast(bytes) || isLoopback(bytes)) {
    problems.error(at, `found ${quoted(text)}, expected the address of another node`);
    return undefined;
  }
  return to;
}

/** A node that translates for others, but passes nothing on, is mostly a forgotten line. */
function warnOfForwarding(node: DraftNode, problems: Problems): void {
  const list = items(node.document.nat);
  const first = list.find(([, { masquerade, publish }]) => masquerade !== undefined || publish !== undefined);
  if (first === undefined) return;
  const { ipv4, ipv6 } = forwardingOf(node);
  const by = (key: string): boolean => sysctlValue(own(node.document.sysctls, key) ?? 0) !== '0';
  if (ipv4 === true || ipv6 === true || by(FORWARDING.ipv4) || by(FORWARDING.ipv6)) return;
  if (by('net.ipv4.conf.all.forwarding')) return;
  problems.warn(
    [...node.at, 'nat', first[0]],
    `${node.name} translates addresses but passes no packets on; did you forget "forwarding: true"?`,
  );
}
