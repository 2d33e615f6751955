import { writeBody, type Body } from './body.ts';
import type { Codec, Fact } from './codec.ts';
import type { Struct } from './struct.ts';
import { align4, LE, NLMSG_HDRLEN, type Reader, Writer } from './wire.ts';

/** What a message of the kernel says: all members of the header, and the attributes that it had. */
export interface Reply<H, A> {
  readonly header: H;
  readonly attrs: A;
}

/** Decides by a message's header whether the rest of it shall be read. */
export type Keep<R> = (header: R extends Reply<infer H, unknown> ? H : never) => boolean;

/**
 * One type of message: `RTM_NEWLINK`, and what stands in it. `V` is what a request says, where everything may be left out;
 * `R` what the kernel says. A GET is answered by bodies of the same form.
 */
export interface Message<V, R = unknown> {
  /** The kernel's name. */
  readonly name: string;
  /** nlmsg_type. */
  readonly type: number;
  /** Writes what stands behind the nlmsghdr. */
  write(w: Writer, value: V): void;
  /**
   * Reads what stands behind an nlmsghdr. With `keep`: undefined as soon as the header is not wanted, and its attributes
   * are not looked at.
   * @throws RangeError when the bytes are no such message.
   */
  read(r: Reader, start: number, end: number): R;
  read(r: Reader, start: number, end: number, keep: Keep<R> | undefined): R | undefined;
  /** The names of what an extended acknowledgement points at; `start` is that of the nlmsghdr. */
  trace(r: Reader, start: number, end: number, offset: number, missing?: number): string[];
  facts(): Iterable<Fact>;
  parts(): Iterable<Codec<unknown>>;
}

/** The value of a request, for a variable that holds one: `RequestOf<typeof newlink>`. */
export type RequestOf<M> = M extends Message<infer V> ? V : never;
/** What a dump returns: `ReplyOf<typeof getlink>`. */
export type ReplyOf<M> = M extends Message<never, infer R> ? R : never;

/** A row of a message family. */
export function message<H, A>(
  name: string,
  type: number,
  header: Struct<H>,
  attrs: Codec<A>,
): Message<Body<H, A>, Reply<H, A>> {
  const size = align4(header.size);
  function read(r: Reader, start: number, end: number): Reply<H, A>;
  function read(r: Reader, start: number, end: number, keep?: (header: H) => boolean): Reply<H, A> | undefined;
  function read(r: Reader, start: number, end: number, keep?: (header: H) => boolean): Reply<H, A> | undefined {
    const h = header.read(r, start, end);
    if (keep !== undefined && !keep(h)) return undefined;
    return { header: h, attrs: attrs.read(r, start + size, end) };
  }
  return {
    name,
    type,
    write: (w, value) => writeBody(w, header, attrs, value),
    read,
    trace: (r, start, end, offset, missing) =>
      attrs.trace?.(r, start + NLMSG_HDRLEN + size, end, { offset, missing }) ?? [],
    facts: () => [[typeInC(name), type]],
    parts: () => [header, attrs],
  };
}

/** NFT_MSG_* and IPCTNL_MSG_CT_* are operations of their subsystem; the type on the wire has both. */
function typeInC(name: string): string {
  if (name.startsWith('NFT_MSG_')) return `(NFNL_SUBSYS_NFTABLES << 8 | ${name})`;
  return name.startsWith('IPCTNL_MSG_CT_') ? `(NFNL_SUBSYS_CTNETLINK << 8 | ${name})` : name;
}

/** Appends a message to `w` and returns where it starts. The port (nlmsg_pid) is 0: the kernel fills it in. */
export function encodeInto<V>(w: Writer, m: Message<V>, value: NoInfer<V>, flags: number, seq: number): number {
  const start = w.reserve(NLMSG_HDRLEN);
  try {
    const view = w.view;
    view.setUint16(start + 4, m.type, LE);
    view.setUint16(start + 6, flags, LE);
    view.setUint32(start + 8, seq, LE);
    view.setUint32(start + 12, 0, LE);
    m.write(w, value);
    w.view.setUint32(start, w.at - start, LE);
    return start;
  } catch (error) {
    w.at = start; // half a message would spoil those that follow
    throw error;
  }
}

/** One message as bytes of its own. */
export function encode<V>(m: Message<V>, value: NoInfer<V>, flags = 0, seq = 0): Uint8Array {
  const w = new Writer();
  encodeInto(w, m, value, flags, seq);
  return w.copy();
}
