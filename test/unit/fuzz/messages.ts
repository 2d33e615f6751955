/** Netlink messages made at random after their own tables, right in form and wrong in whatever the dice say. */
import type { Codec } from '../../../src/netlink/codec.ts';
import type { Message } from '../../../src/netlink/message.ts';
import { align4, LE, NLA_HDRLEN, NLMSG_HDRLEN } from '../../../src/netlink/wire.ts';
import { type Dice, pick } from '../../support/random.ts';

type Table = Readonly<Record<string, readonly [id: number, codec: Codec<unknown>]>>;
/** A select: a link's data, whose form its kind decides. */
interface Choice {
  readonly by: string;
  readonly formats: Readonly<Record<string, Codec<unknown>>>;
}

const DEEPEST = 6;
/** What an attribute's length says when it lies. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 0x7fff, 0x8000, 0xfffc, 0xffff];

export function noise(roll: Dice, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => (roll(3) === 0 ? 0 : roll(256))));
}

/** What stands behind the nlmsghdr of such a message. */
export function payloadOf(message: Message<never>, roll: Dice): Buffer {
  const [header, attrs] = [...message.parts()];
  return Buffer.concat([
    padded(noise(roll, header?.size ?? 0)),
    attrs === undefined ? Buffer.alloc(0) : crafted(attrs, roll, 0),
  ]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(align4(bytes.length) - bytes.length)]);
}

function crafted(codec: Codec<unknown>, roll: Dice, depth: number, siblings?: Map<string, string>): Buffer {
  if ('table' in codec) return attributes(codec.table as Table, roll, depth);
  if ('formats' in codec) {
    const { by, formats } = codec as unknown as Choice;
    const format = formats[siblings?.get(by) ?? ''] ?? pick(roll, Object.values(formats));
    return crafted(format, roll, depth, siblings);
  }
  const parts = [...(codec.parts?.() ?? [])];
  if (parts.length === 2) return framed(codec, parts[0]!, parts[1]!, roll, depth);
  if (parts.length === 1 && codec.size === undefined) {
    const id = [...(codec.facts?.() ?? [])][0]?.[1] ?? 1;
    return Buffer.concat(
      Array.from({ length: roll(4) }, () => attribute(id, crafted(parts[0]!, roll, depth + 1), roll)),
    );
  }
  // A scalar: of its own size mostly, and else of any.
  return noise(
    roll,
    codec.size !== undefined && roll(8) > 0 ? codec.size : pick(roll, [0, 1, 2, 3, 4, 5, 6, 8, 16, 17, 32]),
  );
}

function attributes(table: Table, roll: Dice, depth: number): Buffer {
  const rows = Object.entries(table);
  const siblings = new Map<string, string>();
  const out: Buffer[] = [];
  for (let left = depth > DEEPEST || rows.length === 0 ? 0 : roll(5); left > 0; left--) {
    const [name, [id, codec]] = pick(roll, rows);
    const select = rows.map(([, [, each]]) => each).find((each) => 'by' in each && each.by === name);
    if (select === undefined) {
      out.push(attribute(id, crafted(codec, roll, depth + 1, siblings), roll));
      continue;
    }
    const kind = pick(roll, [...Object.keys((select as unknown as Choice).formats), 'other', '']);
    siblings.set(name, kind);
    out.push(attribute(id, Buffer.from(`${kind}\0`), roll));
  }
  return Buffer.concat(out);
}

function framed(
  codec: Codec<unknown>,
  header: Codec<unknown>,
  attrs: Codec<unknown>,
  roll: Dice,
  depth: number,
): Buffer {
  const one = (): Buffer => {
    const bytes = Buffer.concat([padded(noise(roll, header.size ?? 0)), crafted(attrs, roll, depth + 1)]);
    if (codec.nested !== true && bytes.length >= 2) bytes.writeUInt16LE(lengthOf(bytes.length, roll));
    return bytes;
  };
  return Buffer.concat(Array.from({ length: codec.nested === true ? 1 : roll(4) }, one));
}

function attribute(id: number, payload: Buffer, roll: Dice): Buffer {
  const header = Buffer.alloc(NLA_HDRLEN);
  header.writeUInt16LE(lengthOf(NLA_HDRLEN + payload.length, roll));
  header.writeUInt16LE(id | pick(roll, [0, 0, 0x8000, 0x4000, 0xc000]), 2);
  return padded(Buffer.concat([header, payload]));
}

function lengthOf(length: number, roll: Dice): number {
  return (roll(30) > 0 ? length : roll(2) === 0 ? pick(roll, LENGTHS) : length + roll(9) - 4) & 0xffff;
}

/** A whole message with its nlmsghdr. */
export function framedMessage(type: number, flags: number, seq: number, payload: Buffer, roll: Dice): Buffer {
  const bytes = padded(Buffer.concat([Buffer.alloc(NLMSG_HDRLEN), payload]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = NLMSG_HDRLEN + payload.length;
  view.setUint32(
    0,
    roll(25) > 0 ? length : pick(roll, [0, 1, 15, 16, 17, length - 1, length + 4, 0x7fffffff, 0xffffffff]),
    LE,
  );
  view.setUint16(4, type, LE);
  view.setUint16(6, flags, LE);
  view.setUint32(8, seq, LE);
  return bytes;
}
