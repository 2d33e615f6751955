/** Bytes going out and bytes coming in. No policy: what they mean stands in the codecs. */
import { LE } from '../sys/byte-order.ts';

/** Netlink speaks the host's byte order, except where a table says otherwise. */
export { LE };

/** `struct nlattr`, include/uapi/linux/netlink.h: u16 length (with this header, without padding), u16 type. */
export const NLA_HDRLEN = 4;
/** `struct nlmsghdr`: u32 length, u16 type, u16 flags, u32 sequence number, u32 port. */
export const NLMSG_HDRLEN = 16;

/** A growing buffer. All messages of a batch are written into one of these, one behind the other, without a copy. */
export class Writer {
  /** The buffer, longer than what is written. Replaced when it grows: never keep it, nor {@link view}. */
  bytes: Uint8Array;
  view: DataView;
  /** How much is written. */
  at = 0;

  constructor(size = 2048) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `n` bytes, of any content, and returns where they are. */
  reserve(n: number): number {
    const start = this.at;
    this.at = start + n;
    if (this.at > this.bytes.length) this.#grow();
    return start;
  }

  #grow(): void {
    const bigger = new Uint8Array(2 * this.at);
    bigger.set(this.bytes);
    this.bytes = bigger;
    this.view = new DataView(bigger.buffer);
  }

  zeros(n: number): void {
    const start = this.reserve(n);
    this.bytes.fill(0, start, this.at);
  }

  put(bytes: Uint8Array): void {
    const start = this.reserve(bytes.length);
    this.bytes.set(bytes, start);
  }

  /** Pads with zeros to the next multiple of 4 (NLMSG_ALIGN and NLA_ALIGN are the same). */
  align(): void {
    for (let pad = -this.at & 3; pad > 0; pad--) {
      const at = this.reserve(1);
      this.bytes[at] = 0;
    }
  }

  /** Opens an attribute; what {@link end} gets. */
  begin(type: number): number {
    const start = this.reserve(NLA_HDRLEN);
    this.view.setUint16(start + 2, type, LE);
    return start;
  }

  /** Closes an attribute: its length is known now. */
  end(start: number): void {
    const length = this.at - start;
    if (length > 0xffff) throw new RangeError(`${length} bytes do not fit into one attribute`);
    this.view.setUint16(start, length, LE);
    this.align();
  }

  /** A copy of what is written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }
}

/** Bytes to read from. Codecs are given a range of it, so that nothing is sliced on the way down. */
export class Reader {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** The end of the attribute at `at`, checked against the `end` of what it stands in. */
export function attributeEnd(r: Reader, at: number, end: number): number {
  const length = r.view.getUint16(at, LE);
  if (length < NLA_HDRLEN || at + length > end) {
    throw new RangeError(`the attribute at byte ${at} claims ${length} bytes; there are ${end - at}`);
  }
  return at + length;
}

/** Where the next attribute starts. */
export const align4 = (n: number): number => (n + 3) & ~3;
