import type { Codec, Fact } from './codec.ts';
import type { Sized } from './scalars.ts';
import type { Reader, Writer } from './wire.ts';

/** What may be left out when writing, and then is zero. */
export type Loose<V> = { readonly [K in keyof V]?: V[K] | undefined };

/** A C struct of integers. */
export interface Struct<V> extends Sized<V> {
  /** Members left out are zero. */
  write(w: Writer, value: Loose<V>): void;
}

interface Member {
  readonly name: string;
  readonly codec: Sized<number>;
  readonly at: number;
}

/**
 * `struct NAME`: members in order, each aligned to its own size, as C lays them out. Padding that the header spells out
 * (`__ifi_pad`) needs no member.
 *
 * @param prefix what C puts before each member: `ifi_`
 * @param cNames members that C calls otherwise
 */
export function struct<const T extends Readonly<Record<string, Sized<number>>>>(
  name: string,
  prefix: string,
  members: T,
  cNames: { readonly [K in keyof T]?: string } = {},
): Struct<{ [K in keyof T]: number }> {
  const { layout, size } = layOut(members);
  return {
    size,
    write(w, value: Readonly<Record<string, number | undefined>>) {
      const start = w.at;
      w.zeros(size);
      for (const { name: member, codec, at } of layout) {
        const n = value[member];
        if (n === undefined || n === 0) continue;
        w.at = start + at;
        codec.write(w, n);
      }
      w.at = start + size;
    },
    read(r: Reader, start: number, end: number) {
      if (end - start < size) throw new RangeError(`${end - start} bytes where struct ${name} has ${size}`);
      const out: Record<string, number> = {};
      for (const { name: member, codec, at } of layout) out[member] = codec.read(r, start + at, end);
      return out as { [K in keyof T]: number };
    },
    *facts(): Iterable<Fact> {
      yield [`sizeof(struct ${name})`, size];
      for (const { name: member, codec, at } of layout) {
        const c = cNames[member] ?? prefix + member;
        yield [`__builtin_offsetof(struct ${name}, ${c})`, at];
        yield [`sizeof(((struct ${name} *)0)->${c})`, codec.size];
      }
    },
  } satisfies Codec<{ [K in keyof T]: number }>;
}

function layOut(members: Readonly<Record<string, Sized<number>>>): { layout: Member[]; size: number } {
  const up = (n: number, to: number): number => Math.ceil(n / to) * to;
  const layout: Member[] = [];
  let size = 0;
  let alignment = 1;
  for (const [name, codec] of Object.entries(members)) {
    const at = up(size, codec.size);
    layout.push({ name, codec, at });
    size = at + codec.size;
    alignment = Math.max(alignment, codec.size);
  }
  return { layout, size: up(size, alignment) };
}
