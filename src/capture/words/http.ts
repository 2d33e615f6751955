/** A line that begins a message of HTTP/1. RFC 9112, 3 and 4 */
const FIRST_LINE = /^(?:[A-Z]{3,10} \S+ HTTP\/1\.[01]|HTTP\/1\.[01] \d{3})(?: |\r|$)/;
const LONGEST = 120;

/** `: HTTP: GET / HTTP/1.1`, whatever the port; nothing when no message begins there. */
export function httpWords(data: Uint8Array): string {
  // Only what can be printed: a server may send anything.
  const text = Buffer.from(data.subarray(0, LONGEST + 1)).toString('latin1');
  const line = /^[\x20-\x7e]*/.exec(text)![0];
  if (!FIRST_LINE.test(line)) return '';
  return `: HTTP: ${line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line}`;
}
