/** Filters, as tcpdump reads them: both are asked about the same packets. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseFilter, FilterError } from '../../../src/model/packet-filter.ts';
import { parseIp } from '../../../src/model/ip.ts';
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
const tcp = (from: number, to: number, flags: number): number[] => [
  ...u16(from),
  ...u16(to),
  ...Array<number>(8).fill(0),
  0x50,
  flags,
  ...Array<number>(6).fill(0),
];
const tagged = (vlan: number, { ethertype, bytes }: Frame): Frame => ({
  ethertype: 0x8100,
  bytes: Uint8Array.from([...u16(vlan | 0x2000), ...u16(ethertype), ...bytes]),
});
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
  ip('10.0.0.1', '10.1.0.2', 6, tcp(40000, 80, 0x02)),
  ip('10.1.0.2', '10.0.0.1', 6, tcp(80, 40000, 0x12)),
  ip('10.0.0.1', '10.1.0.2', 6, tcp(40000, 443, 0x14)),
  ip6('2001:db8::1', '2001:db8::2', 6, tcp(40000, 443, 0x11)),
  // In a fragment: its own header, then that of UDP.
  ip6('2001:db8::1', '2001:db8::2', 44, [17, 0, 0, 1, 0, 0, 0, 9, ...ports(53, 53)]),
  ip6('2001:db8::1', '2001:db8::2', 58, [135, 0, 0, 0, ...Array<number>(20).fill(0)]),
  ip('10.0.0.1', '224.0.0.5', 89, Array<number>(24).fill(1)),
  // A header with options is longer.
  {
    ethertype: 0x0800,
    bytes: Uint8Array.from([
      0x46,
      0,
      0,
      44,
      0,
      1,
      0,
      0,
      64,
      17,
      0,
      0,
      10,
      0,
      0,
      5,
      10,
      0,
      0,
      6,
      1,
      1,
      1,
      1,
      ...ports(53, 80),
    ]),
  },
  // 802.3, to the group of bridges: a length instead of a type.
  { ethertype: 38, bytes: Uint8Array.from([0x42, 0x42, 3, ...Array<number>(35).fill(0)]) },
  tagged(10, ip('10.0.0.1', '10.0.0.2', 1, [8, 0, 0, 0])),
  tagged(20, ip6('2001:db8::1', '2001:db8:1::2', 6, tcp(1000, 80, 0x02))),
  tagged(10, arp('10.0.0.1', '10.0.0.2')),
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
  'port 80 or 443',
  'src port 80 or 53',
  'host 10.0.0.9 or 10.0.0.3',
  'src host 10.0.0.9 or 10.0.0.3 or 10.1.0.2',
  'src and dst port 53',
  'src or dst port 53',
  'net 10',
  'net 10.1',
  'src net 192.168.7',
  'net 10.1.0.0 mask 255.255.0.0',
  'ether host 02:00:00:00:00:01',
  'ether src 02:00:00:00:00:02',
  'ether dst 02:00:00:00:00:02',
  'ether proto 0x88cc',
  'ether proto \\arp',
  'ether broadcast',
  'broadcast',
  'multicast',
  'ether multicast',
  'ip multicast',
  'ip6 multicast',
  'ip proto 89',
  'ip proto \\udp',
  'ip6 proto 17',
  'proto 47',
  'igmp',
  'udp',
  'ip and udp port 53',
  'stp',
  'vlan',
  'vlan 10',
  'vlan 20 and tcp port 80',
  'vlan 10 and icmp',
  'vlan 10 and arp host 10.0.0.1',
  'less 60',
  'greater 60',
  'tcp[tcpflags] & tcp-syn != 0',
  'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn',
  'tcp[13] & 4 != 0',
  'tcp[0:2] = 40000',
  'icmp[icmptype] == icmp-echo',
  'icmp[icmptype] != icmp-echo',
  'icmp6[icmp6type] = 135',
  'ip[8] < 65 and ip[9] >= 17',
  'ip[12:4] = 0x0a000001',
  'udp[2:2] <= 80',
  'not tcp[13] & 2 != 0 and tcp',
];

/** Of which tcpdump has no word of one kind or another; here beside the same in its words. */
const OWN: readonly (readonly [string, string])[] = [
  ['tcp syn', '(ip and tcp[13] & 2 != 0) or (ip6 and ip6[6] == 6 and ip6[53] & 2 != 0)'],
  ['tcp ack and not tcp syn', 'tcp[13] & 18 == 16 or (ip6[6] == 6 and ip6[53] & 18 == 16)'],
  ['tcp fin', 'tcp[13] & 1 != 0 or (ip6[6] == 6 and ip6[53] & 1 != 0)'],
];

/** From one of two stations, every third to all. */
function header(ethertype: number, i: number): Buffer {
  const to = i % 3 === 0 ? [255, 255, 255, 255, 255, 255] : i % 3 === 1 ? [1, 0x80, 0xc2, 0, 0, 0] : [2, 0, 0, 0, 0, 2];
  return Buffer.from([...to, 2, 0, 0, 0, 0, 1 + (i % 2), ...u16(ethertype)]);
}

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
    header(ethertype, i).copy(record, 16);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, ...records]);
}

describe('packet filters', () => {
  const ours = (filter: string): number[] => {
    const { means } = parseFilter(filter);
    return FRAMES.flatMap(({ ethertype: protocol, bytes: rest }, i) => {
      const bytes = Buffer.concat([header(protocol, i), rest]);
      return means({ bytes, length: bytes.length, protocol, type: 0 }, 14) ? [i] : [];
    });
  };

  it('mean the packets that tcpdump means', function () {
    probe(this, 'tcpdump');
    const file = join(tempFolder(), 'filters.pcap');
    writeFileSync(file, pcapFile(FRAMES));
    for (const [own, filter] of [...FILTERS.map((filter) => [filter, filter] as const), ...OWN]) {
      const { stdout, status, stderr } = spawnSync('tcpdump', ['-n', '-tt', '-r', file, filter], { encoding: 'utf8' });
      assert.equal(status, 0, `${filter}: ${stderr}`);
      const theirs = [...stdout.matchAll(/^(\d+)\.\d+ /gm)].map(([, second]) => Number(second));
      // Words look behind a tag here, as they do for tcpdump on an interface; on a file it wants "vlan and" before them.
      const told = (i: number): boolean => FRAMES[i]!.ethertype !== 0x8100 || filter.includes('vlan');
      assert.deepEqual(ours(own).filter(told), theirs.filter(told), own);
    }
  }).timeout(30_000);

  it('tell packets apart', () => {
    assert.deepEqual(ours(''), [...FRAMES.keys()]);
    assert.deepEqual(ours('icmp'), [0, 1, 24]);
    assert.deepEqual(ours('udp port 80'), [5, 22]);
    assert.deepEqual(ours('arp host 10.0.0.1'), [12, 13, 26]);
    assert.deepEqual(ours('not vlan and arp'), [12, 13]);
  });

  it('read no packet beyond its end', () => {
    const filters = FILTERS.map((filter) => parseFilter(filter));
    for (const { ethertype, bytes } of FRAMES)
      for (let length = 0; length <= bytes.length; length++) {
        const packet = { bytes: bytes.subarray(0, length), length, protocol: ethertype, type: 0 };
        for (const { means } of filters) assert.equal(typeof means(packet, 0), 'boolean');
      }
  });

  it('are refused where they cannot be read', () => {
    for (const [filter, word] of [
      ['tcp and', ''],
      ['and tcp', 'and'],
      ['tcp tcp port', 'tcp'],
      ['tcp port', ''],
      ['portrange', ''],
      ['net', ''],
      ['ether host', ''],
      ['icmp port 5', 'port'],
      ['tcp proto 6', '6'],
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
        (error: unknown) => error instanceof FilterError && error.word === word,
        filter,
      );
  });
});
