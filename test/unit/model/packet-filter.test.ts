/** Filters, as tcpdump reads them: both are asked about the same packets. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseFilter, FilterError } from '../../../src/model/packet-filter.ts';
import { parseIp } from '../../../src/model/ip.ts';
import { readPacket } from '../../../src/model/packet.ts';
import { probe, tempFolder } from '../../support/index.ts';

interface Frame {
  readonly ethertype: number;
  readonly bytes: Uint8Array;
}

const u16 = (value: number): number[] => [value >> 8, value & 0xff];

function ip(from: string, to: string, protocol: number, payload: readonly number[], fragment = 0): Frame {
  const header = [0x45, 0, ...u16(20 + payload.length), 0, 1, ...u16(fragment), 64, protocol, 0, 0];
  return { ethertype: 0x0800, bytes: Uint8Array.from([...header, ...parseIp(from)!, ...parseIp(to)!, ...payload]) };
}

function ip6(from: string, to: string, protocol: number, payload: readonly number[]): Frame {
  const header = [0x60, 0, 0, 0, ...u16(payload.length), protocol, 64];
  return { ethertype: 0x86dd, bytes: Uint8Array.from([...header, ...parseIp(from)!, ...parseIp(to)!, ...payload]) };
}

const ports = (from: number, to: number): number[] => [...u16(from), ...u16(to), ...Array<number>(16).fill(0)];
const arp = (from: string, to: string): Frame => ({
  ethertype: 0x0806,
  bytes: Uint8Array.from([
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    1,
    ...Array<number>(6).fill(2),
    ...parseIp(from)!,
    ...Array<number>(6).fill(0),
    ...parseIp(to)!,
  ]),
});

const FRAMES: readonly Frame[] = [
  ip('10.0.0.1', '10.0.0.2', 1, [8, 0, 0, 0]),
  ip('10.0.0.2', '10.0.0.1', 1, [0, 0, 0, 0]),
  ip('10.0.0.1', '10.1.0.2', 6, ports(40000, 80)),
  ip('10.1.0.2', '10.0.0.1', 6, ports(80, 40000)),
  ip('192.168.7.9', '10.0.0.2', 17, ports(53, 5353)),
  ip('192.168.7.9', '10.0.0.2', 17, ports(80, 80), 0x2000),
  // A later fragment has no ports, whatever its bytes look like.
  ip('192.168.7.9', '10.0.0.2', 17, ports(80, 80), 5),
  ip('10.0.0.3', '10.0.0.4', 132, ports(7, 80)),
  ip('10.0.0.3', '10.0.0.4', 47, ports(80, 80)),
  ip6('2001:db8::1', '2001:db8::2', 58, [128, 0, 0, 0]),
  ip6('2001:db8::1', '2001:db8:1::2', 6, ports(1000, 80)),
  ip6('fe80::1', 'ff02::1', 17, ports(546, 547)),
  arp('10.0.0.1', '10.0.0.2'),
  arp('10.0.0.9', '10.0.0.1'),
  { ethertype: 0x88cc, bytes: new Uint8Array(40) },
];

const FILTERS = [
  '',
  'ip',
  'ip6',
  'arp',
  'tcp',
  'udp',
  'icmp',
  'icmp6',
  'sctp',
  'host 10.0.0.1',
  'src host 10.0.0.1',
  'dst host 10.0.0.1',
  'src or dst host 10.0.0.1',
  'dst 10.0.0.2',
  'net 10.0.0.0/24',
  'src net 10.0.0.0/8',
  'dst net 192.168.0.0/16',
  'net 10.0.0.0/30',
  'net 10.1.0.0/17',
  'net 2001:db8::/32',
  'dst net 2001:db8:1::/48',
  'net 0.0.0.0/0',
  'host 2001:db8::1',
  'ip6 and dst host ff02::1',
  'arp host 10.0.0.1',
  'arp and src host 10.0.0.9',
  'port 80',
  'src port 80',
  'dst port 80',
  'tcp port 80',
  'tcp dst port 80',
  'udp port 53',
  'portrange 50-100',
  'udp src portrange 1-60',
  'sctp port 80',
  'not icmp',
  '! icmp',
  'not (tcp or udp)',
  'icmp or arp',
  'icmp || arp and host 10.0.0.9',
  'icmp and src host 10.0.0.1 or arp',
  'tcp port 80 and not src host 10.1.0.2',
  '(src host 10.0.0.1 or src host 10.0.0.2) and icmp',
  'ip && ! udp',
  'not not arp',
  'not arp and not ip6 and not ip',
];

/** A capture file, of Ethernet. */
function pcapFile(frames: readonly Frame[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(1, 20);
  const records = frames.map(({ ethertype, bytes }, i) => {
    const record = Buffer.alloc(16 + 14);
    // Each has a second of its own, by which it is known.
    record.writeUInt32LE(i);
    record.writeUInt32LE(14 + bytes.length, 8);
    record.writeUInt32LE(14 + bytes.length, 12);
    record.writeUInt16BE(ethertype, 16 + 12);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, ...records]);
}

describe('packet filters', () => {
  const ours = (filter: string): number[] => {
    const means = parseFilter(filter);
    return FRAMES.flatMap(({ ethertype, bytes }, i) => (means(readPacket(ethertype, bytes)) ? [i] : []));
  };

  it('mean the packets that tcpdump means', function () {
    probe(this, 'tcpdump');
    const file = join(tempFolder(), 'filters.pcap');
    writeFileSync(file, pcapFile(FRAMES));
    for (const filter of FILTERS) {
      const { stdout, status, stderr } = spawnSync(
        'tcpdump',
        ['-n', '-tt', '-r', file, ...filter.split(' ').filter(Boolean)],
        { encoding: 'utf8' },
      );
      assert.equal(status, 0, `${filter}: ${stderr}`);
      const theirs = [...stdout.matchAll(/^(\d+)\.\d+ /gm)].map(([, second]) => Number(second));
      assert.deepEqual(ours(filter), theirs, filter);
    }
  }).timeout(30_000);

  it('tell packets apart', () => {
    assert.deepEqual(ours(''), [...FRAMES.keys()]);
    assert.deepEqual(ours('icmp'), [0, 1]);
    assert.deepEqual(ours('udp port 80'), [5]);
    assert.deepEqual(ours('arp host 10.0.0.1'), [12, 13]);
  });

  it('read no packet beyond its end', () => {
    for (const { ethertype, bytes } of FRAMES)
      for (let length = 0; length <= bytes.length; length++) {
        const packet = readPacket(ethertype, bytes.subarray(0, length));
        for (const filter of FILTERS) assert.equal(typeof parseFilter(filter)(packet), 'boolean');
      }
  });

  it('are refused where they cannot be read', () => {
    for (const [filter, word] of [
      ['tcp and', ''],
      ['and tcp', 'and'],
      ['tcp tcp port', ''],
      ['port 99999', '99999'],
      ['port 1-2', '1-2'],
      ['portrange 5', '5'],
      ['(tcp', ''],
      ['tcp)', ')'],
      ['host', ''],
      ['host x', 'x'],
      ['net 10.0.0.0/40', '10.0.0.0/40'],
      ['src src 10.0.0.1', 'src'],
      ['ip ether', 'ether'],
    ] as const)
      assert.throws(
        () => parseFilter(filter),
        (error: unknown) => error instanceof FilterError && (error.word === word || filter === 'tcp tcp port'),
        filter,
      );
  });
});
