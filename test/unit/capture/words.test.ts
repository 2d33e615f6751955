/** Packets in words, as tcpdump says them: both are shown the same bytes. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CapturedPacket } from '../../../src/capture/packet.ts';
import { interfaceDescription, packetBlocks, sectionHeader } from '../../../src/capture/pcapng.ts';
import { packetWords } from '../../../src/capture/words/packet.ts';
import { probe, run, tempFolder } from '../../support/index.ts';
import { captured, packetOf, type Sample, SAMPLES } from './packets.ts';

/** A file with these packets, which are of one interface, a second apart. */
function fileOf(packets: readonly CapturedPacket[]): string {
  const file = join(tempFolder(), `words-${packets[0]!.interface.header}.pcapng`);
  const timed = packets.map((packet, i) => ({ ...packet, time: BigInt(i) * 1_000_000_000n }));
  writeFileSync(
    file,
    Buffer.concat([
      sectionHeader({ application: 'a test', os: 'Linux' }),
      interfaceDescription({ interface: packets[0]!.interface, snaplen: 262_144, filter: '' }),
      packetBlocks(timed, () => 0),
    ]),
  );
  return file;
}

/** What tcpdump says of each; what a tunnel carries it puts on a line of its own. */
function tcpdump(samples: readonly Sample[]): string[] {
  const text = run('tcpdump', ['-n', '-tt', '-S', '-r', fileOf(samples.map(packetOf))]);
  return text
    .split(/^\d+\.0{6} ?/m)
    .slice(1)
    .map((words) => words.trimEnd().replaceAll(/ *\n\s*(?=IP|ARP)/g, ': '));
}

describe('the words of packets', () => {
  it('are what they are', () => {
    assert.deepEqual(
      SAMPLES.map((sample) => [sample.name, packetWords(packetOf(sample))]),
      SAMPLES.map(({ name, words }) => [name, words]),
    );
  });

  for (const header of [undefined, 'cooked'] as const)
    it(`are those of tcpdump, where it says as much: ${header ?? 'ethernet'}`, function () {
      probe(this, 'tcpdump');
      const samples = SAMPLES.filter((sample) => sample.header === header);
      const theirs = tcpdump(samples);
      assert.equal(theirs.length, samples.length);
      const pairs = samples.map(({ name, words, tcpdump: says }, i) => [name, words, says ?? theirs[i]] as const);
      for (const [name, words, said] of pairs) if (said !== 'otherwise') assert.equal(words, said, name);
      assert.ok(pairs.filter(([, words, said]) => words === said).length >= (header === undefined ? 130 : 2));
    });

  it('are, where tcpdump says less, what tshark finds', function () {
    probe(this, 'tshark');
    const samples = SAMPLES.filter(({ header }) => header === undefined);
    const fields = {
      'dhcp.option.dhcp': /BOOTP\/DHCP.*: (Discover|Offer|Request|ACK)$/,
      'stp.root.hw': /^(?:vlan 10, )?STP .* root [0-9a-f]{4}\.([0-9a-f:]{17}) at/,
      'ip.frag_offset': /^IP .* fragment at (\d+),/,
      'bgp.type': /: BGP (\w+)$/,
      'vlan.id': /^vlan (\d+), (?!vlan)/,
      'icmpv6.mld.multicast_address': /multicast listener \w+, .*addr ([0-9a-f:]+)/,
    } as const;
    const names = Object.keys(fields);
    // Each packet for itself: they are no conversation.
    const alone = ['tcp.desegment_tcp_streams', 'tcp.analyze_sequence_numbers'].flatMap((name) => [
      '-o',
      `${name}:FALSE`,
    ]);
    const rows = run('tshark', [
      ...alone,
      ...'-n -T fields -E separator=| -E occurrence=a'.split(' '),
      ...names.flatMap((name) => ['-e', name]),
      '-r',
      fileOf(samples.map(packetOf)),
    ]);
    const KINDS: Readonly<Record<string, string>> = {
      'dhcp.option.dhcp 1': 'Discover',
      'dhcp.option.dhcp 2': 'Offer',
      'dhcp.option.dhcp 3': 'Request',
      'dhcp.option.dhcp 5': 'ACK',
      'bgp.type 2': 'Update',
      'bgp.type 4': 'Keepalive',
    };
    const seen = new Set<string>();
    for (const [i, row] of rows.trimEnd().split('\n').entries())
      for (const [at, text] of row.split('|').entries()) {
        const name = names[at] as keyof typeof fields;
        const found = fields[name].exec(samples[i]!.words)?.slice(1).filter(Boolean).join(',');
        if (found === undefined) continue;
        seen.add(name);
        // 8 bytes are its unit, in this version of tshark or in another.
        const said = name === 'ip.frag_offset' && Number(text) * 8 === Number(found) ? found : text;
        assert.equal(found, KINDS[`${name} ${said}`] ?? said, `${samples[i]!.name}: ${name}`);
      }
    assert.deepEqual([...seen].toSorted(), names.toSorted());
  });

  it('are found for what is cut off anywhere', () => {
    for (const sample of SAMPLES) {
      const { data } = packetOf(sample);
      for (let length = 0; length < data.length; length++)
        assert.notEqual(packetWords(captured(data.slice(0, length), sample.header, data.length)), '');
    }
  });
});
