/**
 * The comment of an nftables rule. The kernel keeps a rule's user data and does not look into it; nft(8) lays it out as type,
 * length, value (libnftnl's nftnl_udata), in which type 0 is the comment, NUL-terminated.
 */
import { fnv1a } from '../model/mac.ts';

const COMMENT = 0;
/** nft refuses longer ones. */
const LONGEST = 127;

/** Words as a comment can hold them: cut where they are too long, with a short hash of the whole, so that two lines never look alike. */
export function commentOf(words: string): string {
  const bytes = Buffer.from(words);
  if (bytes.length <= LONGEST) return words;
  const end = `… #${fnv1a(words).toString(16).padStart(8, '0')}`;
  const head = bytes.subarray(0, LONGEST - Buffer.byteLength(end));
  // A character that was cut in two is left out.
  return new TextDecoder().decode(head).replace(/\ufffd+$/, '') + end;
}

/** User data that `nft list ruleset` prints as `comment "…"`. */
export function commentBytes(comment: string): Uint8Array {
  const text = new TextEncoder().encode(comment);
  return Uint8Array.of(COMMENT, text.length + 1, ...text, 0);
}

/** The comment in a rule's user data, if it bears one. */
export function readComment(userdata: Uint8Array): string | undefined {
  for (let at = 0; at + 2 <= userdata.length;) {
    const [type, length] = [userdata[at]!, userdata[at + 1]!];
    if (type === COMMENT) {
      return new TextDecoder().decode(userdata.subarray(at + 2, at + 2 + length)).replace(/\0.*$/s, '');
    }
    at += 2 + length;
  }
  return undefined;
}
