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
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const bytes = new Uint8Array(16);
  head.forEach((group, i) => put(bytes, i, group));
  tail.forEach((group, i) => put(bytes, 8 - tail.length + i, group));
  return bytes;
}

function put(bytes: Uint8Array, index: number, group: number): void {
  bytes[2 * index] = group >> 8;
  bytes[2 * index + 1] = group & 0xff;
}

function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const words = text.split(':');
  const out: number[] = [];
  for (const [i, word] of words.entries()) {
    if (last && i === words.length - 1 && word.includes('.')) {
      const four = parseIpv4(word);
      if (four === undefined) return undefined;
      out.push((four[0]! << 8) | four[1]!, (four[2]! << 8) | four[3]!);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(word)) out.push(parseInt(word, 16));
    else return undefined;
  }
  return out;
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
