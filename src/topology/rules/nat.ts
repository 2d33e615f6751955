/** Address translation of a node. */
import { family, isLoopback, isMulticast, isUnspecified } from '../../model/address.ts';
import { parseIp } from '../../model/ip.ts';
import type { Path } from '../../model/place.ts';
import { items, own, type NatDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { FORWARDING, forwardingOf } from '../expand/node.ts';
import type { Problems } from '../problems.ts';
import { addressText, endpoint, listOf, sysctlValue, type Endpoint } from '../values.ts';
import { quoted } from '../words.ts';
import { readIp, readNetwork } from './addresses.ts';
import { readDevice } from './devices.ts';

/** Judges each line of a node's `nat`. */
export function checkNat(node: DraftNode, problems: Problems): void {
  const published = new Map<string, number>();
  const taken = new Map<string, number>();
  for (const [i, entry] of items(node.document.nat)) {
    const at = [...node.at, 'nat', i];
    checkSources(node, entry, at, problems);
    if (entry.dnat !== undefined) checkDnat(node, entry.dnat, [...at, 'dnat'], problems);
    if (entry.redirect !== undefined) checkRedirect(node, entry.redirect, [...at, 'redirect'], problems);
    if (entry.publish !== undefined) checkPublish(entry.publish, published, i, [...at, 'publish'], problems);
    checkReach(entry, taken, i, at, problems);
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
  const to = readTargets(dnat.to, [...at, 'to'], problems);
  if (dest !== undefined && to !== undefined && family(dest) !== to.family) {
    const found = quoted(listOf(dnat.to)[0]!);
    problems.error([...at, 'to'], `found ${found}, expected an IPv${family(dest)} address, as "dest" is one`);
  }
  // A protocol that was refused is not missing.
  if (dnat.proto !== undefined || problems.damaged([...at, 'proto'])) return;
  if (dnat.port !== undefined) problems.error([...at, 'port'], `found a port ${NO_PROTOCOL}`);
  else if (to?.port !== undefined) problems.error([...at, 'to'], `found the port ${to.port} ${NO_PROTOCOL}`);
}

const NO_PROTOCOL = 'without a protocol, expected proto: tcp or udp beside it';

/** One target, or several that each connection gets one of: all of one family, and all with a port or none. */
function readTargets(to: string | readonly string[], at: Path, problems: Problems): Endpoint | undefined {
  if (typeof to === 'string') return readEndpoint(to, at, problems);
  let first: { readonly endpoint: Endpoint; readonly index: number } | undefined;
  for (const [i, text] of items(to)) {
    const found = readEndpoint(text, [...at, i], problems);
    if (found === undefined) continue;
    first ??= { endpoint: found, index: i };
    const like = `as to[${first.index}] has`;
    if (found.family !== first.endpoint.family) {
      problems.error([...at, i], `found ${quoted(text)}, expected an IPv${first.endpoint.family} address, ${like} one`);
    } else if ((found.port === undefined) !== (first.endpoint.port === undefined)) {
      const expected = found.port === undefined ? 'a port' : 'no port';
      problems.error(
        [...at, i],
        `found ${quoted(text)}, expected ${expected}, ${like} ${found.port === undefined ? 'one' : 'none'}`,
      );
    }
  }
  return first?.endpoint;
}

function checkRedirect(
  node: DraftNode,
  redirect: NonNullable<NatDocument['redirect']>,
  at: Path,
  problems: Problems,
): void {
  if (redirect.in !== undefined) readDevice(node, redirect.in, [...at, 'in'], problems);
  if (redirect.proto === undefined && !problems.damaged([...at, 'proto']))
    problems.error([...at, 'to'], `found the port ${redirect.to} ${NO_PROTOCOL}`);
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

/** The first line that takes packets elsewhere decides on them: a second one of the very same packets does nothing. */
function checkReach(
  { dnat, redirect }: NatDocument,
  taken: Map<string, number>,
  i: number,
  at: Path,
  problems: Problems,
): void {
  const match = dnat ?? redirect;
  if (match === undefined || problems.damaged(at)) return;
  const dest = dnat?.dest === undefined ? '' : addressText(dnat.dest);
  const six = dest === '' && listOf(dnat?.to)[0]?.startsWith('[') === true;
  const key = [match.in ?? '', dest, match.proto ?? '', match.port ?? '', six].join(' ');
  const first = taken.get(key);
  if (first === undefined) taken.set(key, i);
  else problems.warn(at, `no packet comes as far as this: nat[${first}] takes all of them`);
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
