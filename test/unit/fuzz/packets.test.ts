/**
 * Whatever comes over a wire: it is told in a line that says nothing of the bytes around it and has no sign that a terminal obeys, and it has an
 * identity, however deep it lies in tunnels.
 */
import assert from 'node:assert/strict';

import { identityOf } from '../../../src/capture/identity.ts';
import { Journeys } from '../../../src/capture/journey.ts';
import type { CapturedPacket } from '../../../src/capture/packet.ts';
import { packetWords } from '../../../src/capture/words/packet.ts';
import { bounded, diceFor, FUZZ_TIMEOUT, hold, mutateBytes, seeds } from '../../support/fuzz.ts';
import { type Dice, pick } from '../../support/random.ts';
import { captured, packetOf, SAMPLES } from '../capture/packets.ts';

const KNOWN = SAMPLES.map((sample) => Buffer.from(packetOf(sample).data));
const LONGEST_LINE = 4000;

function packet(roll: Dice): Buffer {
  if (roll(8) === 0) return Buffer.from(Array.from({ length: roll(200) }, () => roll(256)));
  const known = pick(roll, KNOWN);
  return roll(4) === 0 ? known.subarray(0, roll(known.length + 1)) : mutateBytes(known, roll, KNOWN);
}

/** The same bytes, with others before and behind them. */
function among(bytes: Buffer, filling: number): Uint8Array {
  const all = new Uint8Array(bytes.length + 200).fill(filling);
  all.set(bytes, 100);
  return all.subarray(100, 100 + bytes.length);
}

function fault(input: Buffer): Error | undefined {
  try {
    for (const header of ['ethernet', 'cooked'] as const)
      for (const more of [0, 1400]) {
        const [a, b] = [0, 0xff].map((filling) => captured(among(input, filling), header, input.length + more));
        const words = packetWords(a!);
        assert.equal(words, packetWords(b!), 'what is said depends on the bytes around');
        assert.deepEqual(identityOf(a!), identityOf(b!), 'what it is depends on the bytes around');
        assert.doesNotMatch(words, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        assert.doesNotMatch(words, /undefined|NaN|\[object/);
        assert.ok(words.length > 0 && words.length < LONGEST_LINE, `a line of ${words.length}`);
      }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

describe('fuzz: packets', function () {
  this.timeout(FUZZ_TIMEOUT);

  it('are told in a line', () => {
    for (const seed of seeds(6000))
      hold((input) => bounded(() => fault(input)), packet(diceFor('packet', seed)), `NETLAB_SEED=${seed}`);
  });

  it('are joined into ways, each packet into one', () => {
    for (const seed of seeds(200)) {
      const roll = diceFor('ways', seed);
      const journeys = new Journeys({ owners: new Map([['10.0.0.2', ['a']]]), nodes: new Set(['a']) });
      const packets: CapturedPacket[] = Array.from({ length: 40 }, (_, i) => ({
        ...captured(packet(roll)),
        time: BigInt(i) * BigInt(1 + roll(400_000_000)),
        direction: roll(2) === 0 ? 'in' : 'out',
      }));
      const ways = packets.flatMap((each) => {
        journeys.add(each);
        return roll(4) === 0 ? journeys.ended(each.time) : [];
      });
      const told = [...ways, ...journeys.rest()].flatMap(({ sightings }) => sightings.map((each) => each.packet));
      assert.equal(new Set(told).size, packets.length, `NETLAB_SEED=${seed}`);
      assert.equal(told.length, packets.length, `NETLAB_SEED=${seed}`);
    }
  });

  it('of a loop of bridges, in which one goes round for ever', () => {
    const sample = SAMPLES.find(({ name }) => name === 'arp gratuitous')!;
    // A second of it: which of thousands that are alike it is may not be asked of each of them.
    const [rounds, doors] = [16_000, ['b1:x', 'b2:x', 'b2:y', 'b1:y']];
    const { interface: at, ...packet } = packetOf(sample);
    const interfaces = doors.map((name, i) => ({
      ...at,
      name,
      node: name.slice(0, 2),
      link: name.slice(3),
      peer: doors[i ^ 1],
    }));
    const journeys = new Journeys({ owners: new Map(), nodes: new Set(['b1', 'b2']) });
    bounded(() => {
      for (let i = 0; i < rounds * doors.length; i++)
        journeys.add({
          ...packet,
          interface: interfaces[i % doors.length]!,
          direction: i % 2 === 0 ? 'out' : 'in',
          time: BigInt(i) * 15_000n,
        });
    });
    const ways = journeys.rest();
    assert.equal(ways.length, rounds);
    assert.ok(ways.every(({ sightings }) => sightings.length === doors.length));
  });

  const ETHERNET = [...Buffer.from('020000000002020000000001', 'hex')];

  it('in as many tunnels as a packet has room for', () => {
    const header = [0x45, 0, 0, 0, 0, 1, 0, 0, 64, 4, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    const deep = Buffer.from([...ETHERNET, 8, 0, ...Array.from({ length: 3270 }, () => header).flat()]);
    for (let at = 14; at < deep.length; at += 20) deep.writeUInt16BE(deep.length - at, at + 2);
    assert.equal(fault(deep)?.message, undefined);
    // The kernel lets labels be stacked as deep.
    const labels = Buffer.from([...ETHERNET, 0x88, 0x47, ...Array<number>(60_000).fill(0)]);
    assert.equal(fault(labels)?.message, undefined);
    const tags = Buffer.from([...ETHERNET, ...Array.from({ length: 15_000 }, () => [0x81, 0, 0, 1]).flat(), 8, 6]);
    assert.equal(fault(tags)?.message, undefined);
  });

  it('with answers of the DNS that lead from one name to the next', () => {
    const u16 = (value: number): number[] => [value >> 8, value & 0xff];
    const pointer = (to: number): number[] => u16(0xc000 | to);
    const message = (questions: number, ...rest: readonly number[]): number[] => [
      ...u16(1),
      ...u16(0x8180),
      ...u16(questions),
      ...u16(3000),
      ...u16(0),
      ...u16(0),
      ...rest,
    ];
    const cname = (of: number[]): number[] => [...of, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, ...of];
    // Each name is a letter, and then the one before it.
    const chain = Array.from({ length: 1500 }, (_, i) => [
      1,
      97,
      ...(i === 0 ? [0, 0, 1, 0, 1, 0] : [...pointer(12 + (i - 1) * 8), 0, 1, 0, 1]),
    ]).flat();
    const of = (name: number): number[] => Array.from({ length: 3000 }, () => cname(pointer(name))).flat();
    const long = message(1500, ...chain, ...of(12 + 1499 * 8));
    const many = message(1, 1, 97, 0, 0, 1, 0, 1, ...of(12));
    for (const data of [long, many]) {
      const total = 28 + data.length;
      const ip = [0x45, 0, total >> 8, total & 0xff, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
      const udp = [0, 53, 16, 0, (8 + data.length) >> 8, (8 + data.length) & 0xff, 0, 0];
      assert.equal(fault(Buffer.from([...ETHERNET, 8, 0, ...ip, ...udp, ...data]))?.message, undefined);
    }
  });
});
