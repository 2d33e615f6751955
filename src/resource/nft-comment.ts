/**
 * The comment of an nftables rule. The kernel keeps a rule's user data and does not look into it; nft(8) lays it out as type,
 * length, value (libnftnl's nftnl_udata), in which type 0 is the comment, NUL-terminated.
 */
const COMMENT = 0;

/** User data that `nft list ruleset` prints as `comment "…"`. At most 127 bytes are kept: nft refuses longer ones. */
export function commentBytes(comment: string): Uint8Array {
  const text = new TextEncoder().encode(comment).subarray(0, 127);
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
