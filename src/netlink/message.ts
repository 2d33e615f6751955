import { writeBody, type Body } from './body.ts';
import type { Codec } from './codec.ts';
import type { Struct } from './struct.ts';
import { align4, LE, NLMSG_HDRLEN, type Reader, Writer } from './wire.ts';

/** One type of message: `RTM_NEWLINK`, and what stands in it. A GET is answered by bodies of the same form. */
export interface Message<H, A> {
  /** The kernel's name. */
  readonly name: string;
  /** nlmsg_type. */
  readonly type: number;
  readonly header: Struct<H>;
  readonly attrs: Codec<A>;
}

/** What a request of this type says; what is left out of the header is zero. */
export type Request<H, A> = Body<H, A>;

/** What a reply of this type says. */
export interface Reply<H, A> {
  readonly header: H;
  readonly attrs: A;
}

/** The value of a message, for a variable that holds one: `RequestOf<typeof newlink>`. */
export type RequestOf<M> = M extends Message<infer H, infer A> ? Request<H, A> : never;
/** What a dump of such messages returns: `ReplyOf<typeof getlink>`. */
export type ReplyOf<M> = M extends Message<infer H, infer A> ? Reply<H, A> : never;

/** A row of a message family. */
export function message<H, A>(name: string, type: number, header: Struct<H>, attrs: Codec<A>): Message<H, A> {
  return { name, type, header, attrs };
}

/** Appends a message to `w` and returns where it starts. The port (nlmsg_pid) stays 0: the kernel. */
export function encodeInto<H, A>(
  w: Writer,
  m: Message<H, A>,
  value: Request<NoInfer<H>, NoInfer<A>>,
  flags: number,
  seq: number,
): number {
  const start = w.reserve(NLMSG_HDRLEN);
  try {
    const view = w.view;
    view.setUint16(start + 4, m.type, LE);
    view.setUint16(start + 6, flags, LE);
    view.setUint32(start + 8, seq, LE);
    view.setUint32(start + 12, 0, LE);
    writeBody(w, m.header, m.attrs, value);
    w.view.setUint32(start, w.at - start, LE);
    return start;
  } catch (error) {
    w.at = start; // half a message would spoil those that follow
    throw error;
  }
}

/** One message as bytes of its own. */
export function encode<H, A>(
  m: Message<H, A>,
  value: Request<NoInfer<H>, NoInfer<A>>,
  flags = 0,
  seq = 0,
): Uint8Array {
  const w = new Writer();
  encodeInto(w, m, value, flags, seq);
  return w.copy();
}

/**
 * Reads what stands behind a message's nlmsghdr, from `start` to `end`. With `keep`, undefined as soon as the header is
 * not wanted; its attributes are not looked at then.
 * @throws RangeError when the bytes are no such message.
 */
export function decode<H, A>(m: Message<H, A>, r: Reader, start: number, end: number): Reply<H, A>;
export function decode<H, A>(
  m: Message<H, A>,
  r: Reader,
  start: number,
  end: number,
  keep: ((header: H) => boolean) | undefined,
): Reply<H, A> | undefined;
export function decode<H, A>(
  m: Message<H, A>,
  r: Reader,
  start: number,
  end: number,
  keep?: (header: H) => boolean,
): Reply<H, A> | undefined {
  const header = m.header.read(r, start, end);
  if (keep !== undefined && !keep(header)) return undefined;
  return { header, attrs: m.attrs.read(r, start + align4(m.header.size), end) };
}

/** The kernel's name of what an extended acknowledgement points at: `IFLA_LINKINFO.IFLA_INFO_DATA`. Offsets are of `r`. */
export function tracePath<H, A>(
  m: Message<H, A>,
  r: Reader,
  start: number,
  end: number,
  offset: number,
  missing?: number,
): string | undefined {
  const from = start + NLMSG_HDRLEN + align4(m.header.size);
  const path = m.attrs.trace?.(r, from, end, { offset, missing }) ?? [];
  return path.length === 0 ? undefined : path.join('.').replaceAll('.[', '[');
}
