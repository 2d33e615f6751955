/** Packets in words, as tcpdump says them: both are shown the same frames. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CapturedPacket } from '../../../src/capture/packet.ts';
import { sectionHeader, interfaceDescription, packetBlocks } from '../../../src/capture/pcapng.ts';
import { packetWords } from '../../../src/capture/words/packet.ts';
import { encodeArp } from '../../../src/probe/arp.ts';
import { encodeQuery } from '../../../src/probe/dns-message.ts';
import { parseIp } from '../../../src/model/ip.ts';
import { probe, run, tempFolder } from '../../support/index.ts';

const u16 = (value: number): number[] => [value >> 8, value & 0xff];
const ether = (type: number, bytes: readonly number[]): number[] => [
  2,
  0,
  0,
  0,
  0,
  2,
  2,
  0,
  0,
  0,
  0,
  1,
  ...u16(type),
  ...bytes,
];
/** Keeps the formatter from a line for each byte. */
const head = (...bytes: readonly number[]): readonly number[] => bytes;
const ip = (from: string, to: string, protocol: number, payload: readonly number[]): number[] => [
  ...head(0x45, 0, ...u16(20 + payload.length), 0, 1, 0, 0, 64, protocol, 0, 0),
  ...head(...parseIp(from)!, ...parseIp(to)!, ...payload),
];
const ip6 = (from: string, to: string, payload: readonly number[]): number[] => [
  ...head(0x60, 0, 0, 0, ...u16(payload.length), 58, 64),
  ...head(...parseIp(from)!, ...parseIp(to)!, ...payload),
];
const udp = (from: number, to: number, data: readonly number[]): number[] => [
  ...u16(from),
  ...u16(to),
  ...u16(8 + data.length),
  0,
  0,
  ...data,
];
const tcp = (flags: number, data: readonly number[]): number[] => [
  ...u16(40000),
  ...u16(8000),
  0,
  0,
  0,
  9,
  0,
  0,
  0,
  7,
  0x50,
  flags,
  ...u16(501),
  0,
  0,
  0,
  0,
  ...data,
];
const [A, B, C] = ['10.0.0.1', '10.0.0.2', '10.0.0.9'];
const original = ip(A, C, 17, udp(4000, 33434, [1, 2, 3]));
const icmp = (type: number, code: number, rest: readonly number[]): number[] =>
  ether(0x0800, ip(B, A, 1, [type, code, 0, 0, ...rest]));
const icmp6 = (rest: readonly number[]): number[] => ether(0x86dd, ip6('fd00::1', 'fd00::2', rest));
const arp = (operation: number): number[] =>
  ether(0x0806, [
    ...encodeArp({
      operation,
      senderMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
      senderIp: A,
      targetMac: new Uint8Array(6),
      targetIp: B,
    }),
  ]);

const FRAMES: readonly (readonly number[])[] = [
  arp(1),
  arp(2),
  icmp(8, 0, [0, 5, 0, 1, 1, 2, 3, 4]),
  icmp(0, 0, [0, 5, 0, 1, 1, 2, 3, 4]),
  icmp(3, 0, [0, 0, 0, 0, ...original]),
  icmp(3, 1, [0, 0, 0, 0, ...original]),
  icmp(3, 3, [0, 0, 0, 0, ...original]),
  icmp(3, 4, [0, 0, ...u16(1400), ...original]),
  icmp(3, 13, [0, 0, 0, 0, ...original]),
  icmp(5, 1, [...parseIp('10.0.0.254')!, ...original]),
  icmp(11, 0, [0, 0, 0, 0, ...original]),
  ether(0x0800, ip(A, B, 17, udp(4000, 5000, [1, 2, 3]))),
  ether(0x0800, ip(A, B, 17, udp(4000, 53, [...encodeQuery(4711, 'www.example', 'A')]))),
  ether(0x0800, ip(A, B, 6, tcp(0x02, []))),
  ether(0x0800, ip(A, B, 6, tcp(0x18, [1, 2, 3]))),
  ether(0x0800, ip(A, B, 6, tcp(0x14, []))),
  ether(0x0800, ip(A, B, 6, tcp(0x11, []))),
  icmp6([128, 0, 0, 0, 0, 5, 0, 1, 9, 9]),
  icmp6([135, 0, 0, 0, 0, 0, 0, 0, ...parseIp('fd00::2')!]),
  icmp6([136, 0, 0, 0, 0, 0, 0, 0, ...parseIp('fd00::1')!]),
  icmp6([2, 0, 0, 0, 0, 0, ...u16(1400), ...ip6('fd00::2', 'fd00::9', [128, 0, 0, 0, 0, 0, 0, 0])]),
];

function captured(data: Uint8Array): CapturedPacket {
  const at = { node: 'a', link: 'eth0', name: 'a:eth0', header: 'ethernet', hardware: 1 } as const;
  return { interface: at, time: 1n, direction: 'in', to: 'host', length: data.length, data };
}

describe('the words of packets', () => {
  const packets = FRAMES.map((frame) => captured(Uint8Array.from(frame)));

  it('are those of tcpdump', function () {
    probe(this, 'tcpdump');
    const file = join(tempFolder(), 'words.pcapng');
    const at = packets[0]!.interface;
    const same = packets.map((packet) => ({ ...packet, interface: at }));
    writeFileSync(
      file,
      Buffer.concat([
        sectionHeader({ application: 'a test', os: 'Linux' }),
        interfaceDescription({ interface: at, snaplen: 65535, filter: '' }),
        packetBlocks(same, () => 0),
      ]),
    );
    const theirs = run('tcpdump', ['-n', '-t', '-S', '-r', file]).trimEnd().split('\n');
    assert.deepEqual(packets.map(packetWords), theirs);
  });

  it('are found for what is cut off anywhere', () => {
    for (const { data } of packets)
      for (let length = 0; length < data.length; length++)
        assert.notEqual(packetWords(captured(data.slice(0, length))), '');
  });
});
