import { formatIp, parseIp } from '../model/ip.ts';
import type { Codec } from './codec.ts';
import { LE, type Reader } from './wire.ts';

/** A codec whose values have one size: what a struct is made of. */
export interface Sized<V> extends Codec<V> {
  readonly size: number;
}

function need(start: number, end: number, size: number): void {
  if (end - start < size) throw new RangeError(`${end - start} bytes where ${size} are needed`);
}

function int(
  size: number,
  min: number,
  max: number,
  set: (view: DataView, at: number, value: number) => void,
  get: (view: DataView, at: number) => number,
): Sized<number> {
  return {
    size,
    write(w, value) {
      if (!Number.isInteger(value) || value < min || value > max) {
        throw new RangeError(`${value} is not an integer from ${min} to ${max}`);
      }
      const at = w.reserve(size);
      set(w.view, at, value);
    },
    read(r, start, end) {
      need(start, end, size);
      return get(r.view, start);
    },
  };
}

export const u8 = int(
  1,
  0,
  0xff,
  (v, at, n) => v.setUint8(at, n),
  (v, at) => v.getUint8(at),
);
/** In the host's byte order, as all of rtnetlink. */
export const u16 = int(
  2,
  0,
  0xffff,
  (v, at, n) => v.setUint16(at, n, LE),
  (v, at) => v.getUint16(at, LE),
);
export const u32 = int(
  4,
  0,
  0xffffffff,
  (v, at, n) => v.setUint32(at, n, LE),
  (v, at) => v.getUint32(at, LE),
);
export const s32 = int(
  4,
  -0x80000000,
  0x7fffffff,
  (v, at, n) => v.setInt32(at, n, LE),
  (v, at) => v.getInt32(at, LE),
);
/** In network byte order, as ports and all of nf_tables. */
export const be16 = int(
  2,
  0,
  0xffff,
  (v, at, n) => v.setUint16(at, n),
  (v, at) => v.getUint16(at),
);
export const be32 = int(
  4,
  0,
  0xffffffff,
  (v, at, n) => v.setUint32(at, n),
  (v, at) => v.getUint32(at),
);
export const beS32 = int(
  4,
  -0x80000000,
  0x7fffffff,
  (v, at, n) => v.setInt32(at, n),
  (v, at) => v.getInt32(at),
);

/** 64 bits in network byte order. */
export const be64: Sized<bigint> = {
  size: 8,
  write(w, value) {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw new RangeError(`${value} is not an unsigned 64-bit integer`);
    const at = w.reserve(8);
    w.view.setBigUint64(at, value);
  },
  read(r, start, end) {
    need(start, end, 8);
    return r.view.getBigUint64(start);
  },
};

/** Text, NUL-terminated on the wire. */
export const string = text(1);
/** Text without a NUL behind it, as `ip` writes a link's kind and alias; reading is the same. */
export const chars = text(0);

function text(terminator: 0 | 1): Codec<string> {
  return {
    write(w, value) {
      const start = w.reserve(value.length + terminator);
      const bytes = w.bytes;
      for (let i = 0; i < value.length; i++) {
        const code = value.charCodeAt(i);
        if (code === 0) throw new RangeError('text with a NUL in it');
        if (code > 0x7f) {
          w.at = start;
          w.put(Buffer.from(terminator === 1 ? `${value}\0` : value));
          return;
        }
        bytes[start + i] = code;
      }
      if (terminator === 1) bytes[start + value.length] = 0;
    },
    read(r, start, end) {
      let stop = start;
      while (stop < end && r.bytes[stop] !== 0) stop++;
      return r.bytes.toString('utf8', start, stop);
    },
  };
}

/** Bytes as they are; what is read is a copy. */
export const bytes: Codec<Uint8Array> = {
  write: (w, value) => w.put(value),
  read: (r, start, end) => new Uint8Array(r.bytes.subarray(start, end)),
};

/** An IP address as text; 4 bytes or 16 say which family. */
export const ip: Codec<string> = {
  write(w, value) {
    const address = parseIp(value);
    if (address === undefined) throw new RangeError(`${JSON.stringify(value)} is not an IP address`);
    w.put(address);
  },
  read: (r, start, end) => readIp(r, start, end),
};

function readIp({ bytes }: Reader, start: number, end: number): string {
  if (end - start === 4) return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
  return formatIp(bytes.subarray(start, end));
}

/** `struct rtvia` (linux/rtnetlink.h): u16 family, then the address. A next hop of another family than the route's. */
export const via: Codec<string> = {
  write(w, value) {
    const at = w.reserve(2);
    w.view.setUint16(at, value.includes(':') ? 10 : 2, LE);
    ip.write(w, value);
  },
  read(r, start, end) {
    need(start, end, 6);
    return readIp(r, start + 2, end);
  },
};

const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/** A link-layer address, `02:00:00:00:00:01`; of any length, as tunnels have an IP address in its place. */
export const mac: Codec<string> = {
  write(w, value) {
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(value))
      throw new RangeError(`${JSON.stringify(value)} is not a MAC address`);
    for (let i = 0; i < value.length; i += 3) {
      const at = w.reserve(1);
      w.bytes[at] = parseInt(value.slice(i, i + 2), 16);
    }
  },
  read(r, start, end) {
    let text = start < end ? HEX[r.bytes[start]!]! : '';
    for (let at = start + 1; at < end; at++) text += `:${HEX[r.bytes[at]!]}`;
    return text;
  },
};

/** An attribute that says something by being there. */
export const flag: Codec<true> = {
  write() {},
  read: () => true,
};
