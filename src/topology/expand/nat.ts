/** The lines of a node's `nat` → rules of translation. */
import { contains, formatPrefix, networkOf } from '../../model/address.ts';
import { parseIp } from '../../model/ip.ts';
import type { NatRule } from '../../model/netfilter.ts';
import { items, type NatDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { addressText, endpoint, listOf, networkText } from '../values.ts';

/** All address translation of a node. */
export function natOf(node: DraftNode): NatRule[] {
  return items(node.document.nat).flatMap(([i, entry]) => ruleOf(node, entry, i) ?? []);
}

/** Whether the node publishes an IPv4 port, which takes a setting of the kernel to be reached at 127.0.0.1. */
export function publishesAt(node: DraftNode): number | undefined {
  return items(node.document.nat).find(
    ([, { publish }]) => publish !== undefined && endpoint(publish.to)?.family === 4,
  )?.[0];
}

function ruleOf(node: DraftNode, entry: NatDocument, i: number): NatRule | undefined {
  const { masquerade, snat, dnat, redirect, publish } = entry;
  const path = [...node.at, 'nat', i];
  if (masquerade !== undefined) {
    const { out, from } = masquerade;
    return { type: 'masquerade', out, ...source(from), at: [...path, 'masquerade'] };
  }
  if (snat !== undefined) {
    const { out, from, to } = snat;
    return {
      type: 'snat',
      ...(out === undefined ? {} : { out }),
      ...source(from),
      to: addressText(to),
      at: [...path, 'snat'],
    };
  }
  if (dnat !== undefined) {
    const { in: into, dest, proto, port } = dnat;
    return {
      type: 'dnat',
      ...(into === undefined ? {} : { in: into }),
      ...(dest === undefined ? {} : { dest: addressText(dest) }),
      ...(proto === undefined ? {} : { proto }),
      ...(port === undefined ? {} : { port }),
      to: listOf(dnat.to).map((text) => {
        const { address, port: toPort } = endpoint(text)!;
        return { address, ...(toPort === undefined ? {} : { port: toPort }) };
      }),
      at: [...path, 'dnat'],
    };
  }
  if (redirect !== undefined) {
    const { in: into, proto, port, to } = redirect;
    return {
      type: 'redirect',
      ...(into === undefined ? {} : { in: into }),
      proto: proto!,
      ...(port === undefined ? {} : { port }),
      to,
      at: [...path, 'redirect'],
    };
  }
  if (publish === undefined) return undefined;
  const target = endpoint(publish.to)!;
  const hairpin = networkToward(node, parseIp(target.address)!);
  return {
    type: 'publish',
    proto: publish.proto ?? 'tcp',
    port: publish.port,
    to: target.address,
    toPort: target.port ?? publish.port,
    ...(hairpin === undefined ? {} : { hairpin }),
    at: [...path, 'publish'],
  };
}

/**
 * The bridges of a node that a published port leads to. A caller beside the target, on the same port of the bridge, is answered only if
 * that port sends back: where the kernel shows bridged packets to nftables (br_netfilter), they are translated without leaving it.
 */
export function hairpinBridges(node: DraftNode): Set<string> {
  const targets = items(node.document.nat).flatMap(([, { publish }]) => {
    const to = publish === undefined ? undefined : endpoint(publish.to);
    return to === undefined ? [] : [parseIp(to.address)!];
  });
  if (targets.length === 0) return new Set();
  const bridges = [...node.devices.values()].filter(({ type }) => type === 'bridge');
  return new Set(
    bridges
      .filter(({ addresses }) => addresses.some(({ prefix }) => targets.some((target) => contains(prefix, target))))
      .map(({ name }) => name),
  );
}

function source(from: string | undefined): { from?: string } {
  return from === undefined ? {} : { from: networkText(from) };
}

/** The network of the node's interface that an address is attached to. */
function networkToward(node: DraftNode, address: Uint8Array): string | undefined {
  const prefixes = [...node.devices.values()]
    .filter(({ name }) => name !== 'lo')
    .flatMap(({ addresses }) => addresses.map(({ prefix }) => prefix))
    .filter((prefix) => contains(prefix, address) && prefix.length < prefix.bytes.length * 8)
    .toSorted((a, b) => b.length - a.length);
  return prefixes[0] === undefined ? undefined : formatPrefix(networkOf(prefixes[0]));
}
