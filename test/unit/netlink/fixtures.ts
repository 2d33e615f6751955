/** What `ip`, `bridge` and `nft` said to the kernel and it to them, byte by byte; see docs/netlink.md on how it was captured. */
import { readFileSync } from 'node:fs';

import type { Message } from '../../../src/netlink/codec.ts';
import * as conntrack from '../../../src/netlink/spec/conntrack.ts';
import * as nftables from '../../../src/netlink/spec/nftables.ts';
import * as addr from '../../../src/netlink/spec/rt-addr.ts';
import * as link from '../../../src/netlink/spec/rt-link.ts';
import * as neigh from '../../../src/netlink/spec/rt-neigh.ts';
import * as netconf from '../../../src/netlink/spec/rt-netconf.ts';
import * as netns from '../../../src/netlink/spec/rt-netns.ts';
import * as route from '../../../src/netlink/spec/rt-route.ts';
import * as rule from '../../../src/netlink/spec/rt-rule.ts';

/** All message families, by the name of their file. */
export const FAMILIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'rt-link': link,
  'rt-addr': addr,
  'rt-route': route,
  'rt-neigh': neigh,
  'rt-rule': rule,
  'rt-netconf': netconf,
  'rt-netns': netns,
  nftables,
  conntrack,
};

/** The messages of a family. */
export function messagesOf(family: string): Message<unknown>[] {
  return Object.values(FAMILIES[family] ?? {}).filter(isMessage);
}

function isMessage(value: unknown): value is Message<unknown> {
  return typeof value === 'object' && value !== null && 'type' in value && 'write' in value;
}

export interface Fixture {
  readonly command: string;
  readonly direction: 'sent' | 'received';
  readonly message: Message<unknown>;
  readonly flags: number;
  /** The whole message, nlmsghdr first. */
  readonly bytes: Uint8Array;
  readonly value: unknown;
}

export function fixtures(family: string): Fixture[] {
  const file = new URL(`../../../../test/fixtures/netlink/${family}.json`, import.meta.url);
  const raw = JSON.parse(readFileSync(file, 'utf8'), revive) as (Omit<Fixture, 'message' | 'bytes'> & {
    message: string;
    hex: string;
  })[];
  return raw.map(({ message, hex, ...rest }) => {
    const found = FAMILIES[family]?.[message];
    if (!isMessage(found)) throw new Error(`${family} has no ${message}`);
    return { ...rest, message: found, bytes: Uint8Array.from(Buffer.from(hex, 'hex')) };
  });
}

/** JSON has neither bytes nor 64 bits: `{"hex": "0a000001"}`, `{"u64": "4"}`. */
function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('u64' in value) return BigInt(String(value.u64));
  if ('hex' in value && Object.keys(value).length === 1) return Uint8Array.from(Buffer.from(String(value.hex), 'hex'));
  return value;
}
