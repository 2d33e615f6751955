/** IP addresses between text and bytes. 4 bytes are IPv4, 16 are IPv6. */

/** Reads `10.0.0.1` or `2001:db8::1` (also with an IPv4 tail). Undefined when it is not an address; no leading zeros, no zone. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let at = 0;
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code === 46) {
      if (value < 0 || at > 3) return undefined;
      bytes[at++] = value;
      value = -1;
    } else if (code >= 48 && code <= 57) {
      // A leading zero is octal to some readers and decimal to others, so it is refused.
      if (value === 0) return undefined;
      value = (value < 0 ? 0 : value * 10) + code - 48;
      if (value > 255) return undefined;
    } else return undefined;
  }
  return at === 4 ? bytes : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  let at = 0; // bytes filled
  let gap = -1; // where `::` stands
  let i = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return undefined;
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    let value = 0;
    let digits = 0;
    const start = i;
    for (; i < text.length; i++) {
      const digit = hexDigit(text.charCodeAt(i));
      if (digit < 0) break;
      value = (value << 4) | digit;
      if (++digits > 4) return undefined;
    }
    if (text.charCodeAt(i) === DOT) {
      const four = parseIpv4(text.slice(start));
      if (four === undefined || at > 12) return undefined;
      bytes.set(four, at);
      at += 4;
      i = text.length;
      break;
    }
    if (digits === 0 || at > 14) return undefined;
    bytes[at] = value >> 8;
    bytes[at + 1] = value & 0xff;
    at += 2;
    if (i === text.length) break;
    if (text.charCodeAt(i) !== COLON || ++i === text.length) return undefined;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return undefined;
      gap = at;
      i++;
    }
  }
  if (gap < 0) return at === 16 ? bytes : undefined;
  if (at === 16) return undefined;
  // What stands behind the gap moves to the end.
  bytes.copyWithin(16 - (at - gap), gap, at);
  bytes.fill(0, gap, 16 - (at - gap));
  return bytes;
}

const COLON = 58;
const DOT = 46;

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The canonical text of an address: dotted decimal, or RFC 5952 (lower case, the longest run of zeros as `::`). */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (bytes.length !== 16) throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
  let start = -1;
  let length = 1; // a single zero group is not shortened
  for (let i = 0; i < 8;) {
    let end = i;
    while (end < 8 && bytes[2 * end] === 0 && bytes[2 * end + 1] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
    i = Math.max(end, i + 1);
  }
  const hex = (from: number, to: number): string => {
    let text = '';
    for (let i = from; i < to; i++) {
      text += `${i > from ? ':' : ''}${((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16)}`;
    }
    return text;
  };
  // ::ffff:a.b.c.d is the one range that everybody writes with an IPv4 tail.
  if (start === 0 && length === 5 && bytes[10] === 0xff && bytes[11] === 0xff) {
    return `::ffff:${formatIp(bytes.subarray(12))}`;
  }
  return start < 0 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}

/** The file's word for where a route leads: `default` and `default6` for the routes of last resort. */
export function destinationWord(to: string): string {
  return to === '0.0.0.0/0' ? 'default' : to === '::/0' ? 'default6' : to;
}
