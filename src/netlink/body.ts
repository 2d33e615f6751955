import type { Codec } from './codec.ts';
import type { Loose, Struct } from './struct.ts';
import { align4, LE, type Reader, type Writer } from './wire.ts';

/** A struct and the attributes behind it. */
export interface Body<H, A> {
  readonly header?: Loose<H> | undefined;
  readonly attrs?: A | undefined;
}

/** A fixed header followed by attributes, inside an attribute: the peer of a veth. */
export function body<H, A>(header: Struct<H>, attrs: Codec<A>): Codec<Body<H, A>> {
  const size = align4(header.size);
  return {
    nested: true,
    write: (w, value) => writeBody(w, header, attrs, value),
    read: (r, start, end) => ({ header: header.read(r, start, end), attrs: attrs.read(r, start + size, end) }),
    trace: (r, start, end, target) => attrs.trace?.(r, start + size, end, target) ?? [],
    parts: () => [header, attrs],
  };
}

/** Writes a header and attributes, as they stand in a message or in an attribute. */
export function writeBody<H, A>(w: Writer, header: Struct<H>, attrs: Codec<A>, value: Body<H, A>): void {
  header.write(w, value.header ?? {});
  w.align();
  if (value.attrs !== undefined) attrs.write(w, value.attrs);
}

/**
 * One struct-and-attributes behind the other, each as long as its first member `len` (u16) says: the next hops of
 * RTA_MULTIPATH. `len` is counted, not written by hand.
 */
export function frames<H extends { len: number }, A>(header: Struct<H>, attrs: Codec<A>): Codec<Body<H, A>[]> {
  const size = align4(header.size);
  const frameEnd = (r: Reader, at: number, end: number): number => {
    const length = r.view.getUint16(at, LE);
    if (length < header.size || at + length > end) {
      throw new RangeError(`the entry at byte ${at} claims ${length} bytes; there are ${end - at}`);
    }
    return at + length;
  };
  return {
    write(w, values) {
      for (const value of values) {
        const start = w.at;
        writeBody(w, header, attrs, value);
        w.view.setUint16(start, w.at - start, LE);
      }
    },
    read(r, start, end) {
      const out: Body<H, A>[] = [];
      for (let at = start; at + header.size <= end;) {
        const stop = frameEnd(r, at, end);
        out.push({ header: header.read(r, at, stop), attrs: attrs.read(r, at + size, stop) });
        at = align4(stop - start) + start;
      }
      return out;
    },
    trace(r, start, end, target) {
      for (let at = start, index = 0; at + header.size <= end; index++) {
        const stop = frameEnd(r, at, end);
        if (at <= target.offset && target.offset < stop) {
          return [`[${index}]`, ...(attrs.trace?.(r, at + size, stop, target) ?? [])];
        }
        at = align4(stop - start) + start;
      }
      return [];
    },
    parts: () => [header, attrs],
  };
}
