/** Faults in what is said by netlink: single messages of a send refused by the kernel, dumps that changed meanwhile. */
import { constants } from 'node:os';

import { NFNL_MSG_BATCH_BEGIN, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR } from './numbers.ts';
import type { Points, Way } from './point.ts';
import { MESSAGE } from './ways.ts';

const HEADER = 16;
/** A number that no message of the kernel's has: rtnetlink answers EOPNOTSUPP, nf_tables EINVAL, and goes on as after any refusal. */
const UNKNOWN_ROUTE = 0x7ff0;
const UNKNOWN_NFT = 0xff;
/** NLM_F_ROOT | NLM_F_MATCH in a request of a GET. */
const DUMP = 0x300;

/**
 * The messages of one socket on their way. A message that is to be refused is sent under a type that the kernel does not know, so
 * that it is the kernel itself that refuses it; then its answer is given the errno that was to be.
 */
export class Conversation {
  readonly #points: Points;
  readonly #netfilter: boolean;
  #refused: { readonly seq: number; readonly way: Way } | undefined;
  #interrupted: number | undefined;

  constructor(points: Points, netfilter: boolean) {
    this.#points = points;
    this.#netfilter = netfilter;
  }

  /** What goes out: the bytes themselves, or a copy with one message made unknown. */
  outgoing(bytes: Uint8Array): Uint8Array {
    for (let at = 0; at + HEADER <= bytes.length;) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const [length, type, flags, seq] = [
        view.getUint32(at, true),
        view.getUint16(at + 4, true),
        view.getUint16(at + 6, true),
        view.getUint32(at + 8, true),
      ];
      const isDump = (flags & DUMP) === DUMP && (this.#netfilter || type % 4 === 2);
      // The brackets of a transaction are no requests.
      const bracket = type === NFNL_MSG_BATCH_BEGIN || type === NFNL_MSG_BATCH_BEGIN + 1;
      const way = bracket
        ? undefined
        : this.#points.reach(`netlink message ${type}`, isDump ? MESSAGE.dump : MESSAGE.change);
      if (way === 'interrupted') this.#interrupted = seq;
      else if (way !== undefined) {
        this.#refused = { seq, way };
        const copy = Uint8Array.from(bytes);
        const unknown = this.#netfilter ? (type & 0xff00) | UNKNOWN_NFT : UNKNOWN_ROUTE;
        new DataView(copy.buffer).setUint16(at + 4, unknown, true);
        return copy;
      }
      at += (length + 3) & ~3;
    }
    return bytes;
  }

  /** What came in; changed in place. */
  incoming(bytes: Uint8Array): void {
    if (this.#refused === undefined && this.#interrupted === undefined) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + HEADER <= bytes.length;) {
      const seq = view.getUint32(at + 8, true);
      const type = view.getUint16(at + 4, true);
      if (type === NLMSG_ERROR && seq === this.#refused?.seq) {
        view.setInt32(at + HEADER, -(constants.errno[this.#refused.way as 'EPERM'] ?? 1), true);
        this.#refused = undefined;
      } else if (seq === this.#interrupted) {
        view.setUint16(at + 6, view.getUint16(at + 6, true) | NLM_F_DUMP_INTR, true);
        if (type === NLMSG_DONE) this.#interrupted = undefined;
      }
      at += Math.max(HEADER, (view.getUint32(at, true) + 3) & ~3);
    }
  }
}
