import { ETHERTYPE } from '../../model/ip-packet.ts';
import { viewOf } from '../../model/transport.ts';

/** A label has 20 bits; behind it are its class, whether it is the last, and a time to live. RFC 3032 */
const LABEL = 4;
/** No stack of a lab's is deeper. */
const MOST = 16;

/** `MPLS (label 100, tc 0, [S], ttl 64)`; where what is carried begins, and its protocol, where it can be told. */
export function readLabels(data: Uint8Array): {
  readonly words: string;
  readonly at: number;
  readonly protocol: number | undefined;
} {
  const view = viewOf(data);
  let words = 'MPLS';
  let at = 0;
  for (let isLast = false; !isLast; at += LABEL) {
    if (data.length < at + LABEL || at >= MOST * LABEL) return { words, at, protocol: undefined };
    const entry = view.getUint32(at);
    isLast = (entry & 0x100) !== 0;
    words += ` (label ${entry >>> 12}, tc ${(entry >>> 9) & 7}, ${isLast ? '[S], ' : ''}ttl ${entry & 0xff})`;
  }
  // Labels do not say what they carry; IP begins with its version.
  const version = (data[at] ?? 0) >> 4;
  return { words, at, protocol: version === 4 ? ETHERTYPE.IP : version === 6 ? ETHERTYPE.IP6 : undefined };
}
