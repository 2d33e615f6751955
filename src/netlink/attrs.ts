import type { Codec, Fact, Siblings, Target, ValueOf } from './codec.ts';
import { align4, attributeEnd, LE, NLA_HDRLEN, type Reader, type Writer } from './wire.ts';

/** include/uapi/linux/netlink.h: the two high bits of an attribute's type are flags. */
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

/** Attributes by their kernel name without the prefix, in lower case. */
export type Table = { readonly [name: string]: readonly [id: number, codec: Codec<unknown>] };
type Formats = { readonly [value: string]: Codec<unknown> };

/** Which codec reads this attribute depends on a sibling's value. */
export interface Select<By extends string, F extends Formats> extends Codec<unknown> {
  readonly by: By;
  readonly formats: F;
}
type AnySelect = Select<string, Formats>;

type Plain<T extends Table> = {
  [K in keyof T as T[K][1] extends AnySelect ? never : K]?: ValueOf<T[K][1]> | undefined;
};
type SelectKeys<T extends Table> = { [K in keyof T]: T[K][1] extends AnySelect ? K : never }[keyof T];
/** `{kind: 'veth', data?: Veth} | {kind: 'vlan', data?: Vlan} | … | {}` */
type Choice<S, K extends PropertyKey> =
  S extends Select<infer By, infer F>
    ? | { [N in keyof F & string]: { [P in By]: N } & { [P in K]?: ValueOf<F[N]> | undefined } }[keyof F & string]
      | ({ [P in By]?: undefined } & { [P in K]?: undefined })
    : never;
/** All of a table's choices at once: a union of functions is inferred as the intersection of what they take. */
type Choices<T extends Table> = [SelectKeys<T>] extends [never]
  ? unknown
  : { [K in SelectKeys<T>]: (choice: Choice<T[K][1], K>) => void }[SelectKeys<T>] extends (choice: infer C) => void
    ? C
    : never;

/** The values that a table describes. An attribute that is undefined is not written. */
export type AttrsOf<T extends Table> = Plain<T> & Choices<T>;

/** A table together with its codec. */
export interface Attrs<T extends Table> extends Codec<AttrsOf<T>> {
  readonly prefix: string;
  readonly table: T;
}

interface Row {
  readonly name: string;
  readonly id: number;
  /** The id with NLA_F_NESTED where it belongs. */
  readonly type: number;
  readonly codec: Codec<unknown>;
}

/**
 * A set of attributes: the one place that knows their ids, their types and their kernel names. They are written in the order
 * of the value's keys. Reading skips what the table does not have: each kernel sends more than the one before.
 */
export function attrs<const T extends Table>(prefix: string, table: T): Attrs<T> {
  const byName = new Map<string, Row>();
  const byId: (Row | undefined)[] = [];
  for (const [name, [id, codec]] of Object.entries(table)) {
    const row = { name, id, type: codec.nested === true ? id | NLA_F_NESTED : id, codec };
    byName.set(name, row);
    while (byId.length <= id) byId.push(undefined); // no holes: V8 reads a packed array faster
    byId[id] = row;
  }
  const rowAt = (r: Reader, at: number): Row | undefined => {
    const id = r.view.getUint16(at + 2, LE) & NLA_TYPE_MASK;
    return id < byId.length ? byId[id] : undefined;
  };
  const kernelName = (name: string): string => prefix + name.toUpperCase();

  return {
    nested: true,
    prefix,
    table,
    write(w: Writer, value: AttrsOf<T>) {
      const values = value as Siblings;
      let row: Row | undefined;
      try {
        for (const name in values) {
          const v = values[name];
          if (v === undefined) continue;
          row = byName.get(name);
          if (row === undefined) throw new TypeError(`there is no attribute ${kernelName(name)}`);
          const start = w.begin(row.type);
          row.codec.write(w, v, values);
          w.end(start);
        }
      } catch (error) {
        throw named(error, row, kernelName);
      }
    },
    read(r: Reader, start: number, end: number) {
      const out: Record<string, unknown> = {};
      let row: Row | undefined;
      try {
        for (let at = start; at + NLA_HDRLEN <= end;) {
          const stop = attributeEnd(r, at, end);
          row = rowAt(r, at);
          if (row !== undefined) {
            const v = row.codec.read(r, at + NLA_HDRLEN, stop, out);
            if (v !== undefined) out[row.name] = v;
          }
          at = align4(stop - start) + start;
        }
      } catch (error) {
        throw named(error, row, kernelName);
      }
      return out as AttrsOf<T>;
    },
    trace(r: Reader, start: number, end: number, target: Target): string[] {
      if (target.offset < start) {
        if (target.missing === undefined) return [];
        const row = byId[target.missing];
        return [row === undefined ? `${prefix}${target.missing}` : kernelName(row.name)];
      }
      const seen: Record<string, unknown> = {};
      for (let at = start; at + NLA_HDRLEN <= end;) {
        const stop = attributeEnd(r, at, end);
        const row = rowAt(r, at);
        if (at <= target.offset && target.offset < stop) {
          if (row === undefined) return [`${prefix}${r.view.getUint16(at + 2, LE) & NLA_TYPE_MASK}`];
          return [kernelName(row.name), ...(row.codec.trace?.(r, at + NLA_HDRLEN, stop, target, seen) ?? [])];
        }
        if (row !== undefined && row.codec.nested !== true) seen[row.name] = row.codec.read(r, at + NLA_HDRLEN, stop);
        at = align4(stop - start) + start;
      }
      return [];
    },
    *facts(): Iterable<Fact> {
      for (const { name, id } of byName.values()) yield [kernelName(name), id];
    },
    *parts() {
      for (const { codec } of byName.values()) yield codec;
    },
  };
}

/** Puts the attribute's name before the words of an error that came out of its codec. */
function named(error: unknown, row: Row | undefined, kernelName: (name: string) => string): unknown {
  if (error instanceof RangeError && row !== undefined) error.message = `${kernelName(row.name)}: ${error.message}`;
  return error;
}

/**
 * An attribute whose form depends on the value of the attribute `by` beside it: a link's kind, an expression's name.
 * Of a kind that is not in `formats` nothing is read: the value then has the kind alone.
 */
export function select<const By extends string, const F extends Formats>(by: By, formats: F): Select<By, F> {
  const known = new Map(Object.entries(formats));
  const pick = (siblings: Siblings | undefined): Codec<unknown> | undefined => {
    const value = siblings?.[by];
    return typeof value === 'string' ? known.get(value) : undefined;
  };
  return {
    nested: true,
    by,
    formats,
    write(w, value, siblings) {
      const codec = pick(siblings);
      if (codec === undefined) throw new TypeError(`no format for ${by} ${String(siblings?.[by])}`);
      codec.write(w, value);
    },
    read: (r, start, end, siblings) => pick(siblings)?.read(r, start, end),
    trace: (r, start, end, target, siblings) => pick(siblings)?.trace?.(r, start, end, target) ?? [],
    parts: () => known.values(),
  };
}

/** The same attribute repeated: nft's list of expressions, a link's alternative names. `name` is the kernel's, in full. */
export function list<V>(name: string, id: number, codec: Codec<V>): Codec<V[]> {
  const type = codec.nested === true ? id | NLA_F_NESTED : id;
  return {
    nested: true,
    write(w, values) {
      for (const value of values) {
        const start = w.begin(type);
        codec.write(w, value);
        w.end(start);
      }
    },
    read(r, start, end) {
      const out: V[] = [];
      for (let at = start; at + NLA_HDRLEN <= end;) {
        const stop = attributeEnd(r, at, end);
        if ((r.view.getUint16(at + 2, LE) & NLA_TYPE_MASK) === id) out.push(codec.read(r, at + NLA_HDRLEN, stop));
        at = align4(stop - start) + start;
      }
      return out;
    },
    trace(r, start, end, target) {
      for (let at = start, index = 0; at + NLA_HDRLEN <= end; index++) {
        const stop = attributeEnd(r, at, end);
        if (at <= target.offset && target.offset < stop) {
          return [`[${index}]`, ...(codec.trace?.(r, at + NLA_HDRLEN, stop, target) ?? [])];
        }
        at = align4(stop - start) + start;
      }
      return [];
    },
    facts: () => [[name, id]],
    parts: () => [codec],
  };
}
