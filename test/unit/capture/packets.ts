/** Packets from bytes, for the tests of what is said of them. */
import { readFileSync } from 'node:fs';

import type { CapturedPacket } from '../../../src/capture/packet.ts';

/** One of test/fixtures/capture/packets.json. */
export interface Sample {
  readonly name: string;
  readonly header?: 'cooked';
  readonly hex: string;
  /** What netlab says of it. */
  readonly words: string;
  /** There where tcpdump says something else, or less. */
  readonly tcpdump?: 'otherwise';
}

export const SAMPLES = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/capture/packets.json', import.meta.url), 'utf8'),
) as readonly Sample[];

const ALONE = { peer: undefined, below: new Set<string>() };
const ETHERNET = { ...ALONE, node: 'a', link: 'eth0', name: 'a:eth0', header: 'ethernet', hardware: 1 } as const;
const TUNNEL = { ...ALONE, node: 'a', link: 'tun0', name: 'a:tun0', header: 'cooked', hardware: 65534 } as const;

/** As it would have come in at an interface. `length`: that it had, where less was kept. */
export function captured(
  data: Uint8Array,
  header: 'ethernet' | 'cooked' = 'ethernet',
  length = data.length,
): CapturedPacket {
  const at = header === 'ethernet' ? ETHERNET : TUNNEL;
  return { interface: at, time: 1n, direction: 'in', to: 'host', length, data };
}

/** The packet of a sample. */
export function packetOf({ hex, header }: Sample): CapturedPacket {
  return captured(Uint8Array.from(Buffer.from(hex, 'hex')), header);
}
