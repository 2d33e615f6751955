import { NetlinkError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { attrs, string, u32 } from './codec.ts';
import { NLM_F, NLMSG } from './constants.ts';
import type { Message } from './message.ts';
import { sink, traceAck } from './trace.ts';
import { align4, LE, NLMSG_HDRLEN, Reader } from './wire.ts';

/** What an extended acknowledgement says besides its errno: enum nlmsgerr_attrs, linux/netlink.h. */
export const ackAttrs = attrs('NLMSGERR_ATTR_', {
  msg: [1, string],
  offs: [2, u32],
  miss_type: [5, u32],
  miss_nest: [6, u32],
});

/** The bytes of a request, to find in it what the kernel points at. */
export interface Sent {
  readonly message: Message<never>;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads NLMSG_ERROR (an acknowledgement, too) or NLMSG_DONE, from `at` to `end`: undefined when all is well.
 *
 * `struct nlmsgerr`: s32 errno (negative), then the nlmsghdr of the request, then, unless NLM_F_CAPPED, the rest of it,
 * then attributes if NLM_F_ACK_TLVS. NLMSG_DONE has the errno and attributes alone.
 */
export function readAck(r: Reader, at: number, end: number, sent: Sent): NetlinkError | undefined {
  const payload = at + NLMSG_HDRLEN;
  const errno = end - payload >= 4 ? -r.view.getInt32(payload, LE) : 0;
  if (errno === 0 && sink === undefined) return undefined;
  const done = r.view.getUint16(at + 4, LE) === NLMSG.DONE;
  const flags = r.view.getUint16(at + 6, LE);
  const { msg, ...pointer } = flags & NLM_F.ACK_TLVS ? ackAttrs.read(r, tlvs(r, payload, end, done, flags), end) : {};
  const attribute = attributePath(sent, pointer);
  if (sink !== undefined) {
    traceAck(done ? 'done' : 'ack', r.view.getUint32(at + 8, LE), errno, msg, attribute);
  }
  if (errno === 0) return undefined;
  return new NetlinkError({ request: sent.message.name, errno: errnoName(errno), detail: msg, attribute });
}

function tlvs(r: Reader, payload: number, end: number, done: boolean, flags: number): number {
  if (done) return payload + 4;
  if (flags & NLM_F.CAPPED || end - payload < 8) return payload + 4 + NLMSG_HDRLEN;
  // More than there is: then nothing stands behind it.
  return payload + 4 + align4(Math.min(r.view.getUint32(payload + 4, LE), end - payload));
}

interface Pointer {
  readonly offs?: number | undefined;
  readonly miss_type?: number | undefined;
  readonly miss_nest?: number | undefined;
}

/** `IFLA_LINKINFO.IFLA_INFO_DATA.VETH_INFO_PEER`, in the kernel's names; offsets count from the request's nlmsghdr. */
function attributePath(sent: Sent, { offs, miss_type: missing, miss_nest: nest = 0 }: Pointer): string | undefined {
  const offset = missing === undefined ? offs : nest;
  if (offset === undefined) return undefined;
  const path = sent.message.trace(new Reader(sent.bytes), sent.start, sent.end, sent.start + offset, missing);
  if (path.length === 0) return undefined;
  return path.join('.').replaceAll('.[', '[') + (missing === undefined ? '' : ' (missing)');
}
