/** DNS messages between bytes and values: RFC 1035, and the types of records that people ask for. */
import { formatIp } from '../model/ip.ts';

/** Types of records, by their numbers (IANA). */
const DNS_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  ANY: 255,
} as const;

export type DnsType = keyof typeof DNS_TYPES;

/** Answer codes, by their numbers (IANA). */
const RCODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

/** One record. */
export interface DnsRecord {
  /** Without the dot at its end; empty for the root. */
  readonly name: string;
  /** `A`; `TYPE65` for one that has no name here. */
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** As dig prints it: an address, a name, `10 mail.example`, a text; in hexadecimal for a type that has no name here. */
  readonly data: string;
}

/** An answer. */
export interface DnsAnswer {
  readonly id: number;
  /** `NOERROR`, `NXDOMAIN`; `RCODE11` for one that has no name here. */
  readonly rcode: string;
  /** It did not fit into a datagram: to be asked again by TCP. */
  readonly truncated: boolean;
  /** The server answers for the zone itself. */
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
}

const HEADER = 12;
/** RFC 1035, 2.3.4: with the lengths of its labels. What leads from one name to the next could be as long as the message is. */
const LONGEST_NAME = 255;
const CLASS_IN = 1;
/** RD: the server shall ask others where it has to. */
const RECURSION_DESIRED = 0x0100;
const RESPONSE = 0x8000;

/** A question, as `dig +noedns NAME TYPE` asks it. Throws TypeError for a name that cannot be one. */
export function encodeQuery(id: number, name: string, type: DnsType): Uint8Array {
  const labels = name
    .replace(/\.$/, '')
    .split('.')
    .filter((label, _, all) => label !== '' || all.length > 1);
  const bytes: number[] = [id >> 8, id & 0xff, RECURSION_DESIRED >> 8, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) {
    const text = Buffer.from(label);
    if (text.length === 0 || text.length > 63) throw new TypeError(`${JSON.stringify(name)} is no name of the DNS`);
    bytes.push(text.length, ...text);
  }
  if (bytes.length > HEADER + 254) throw new TypeError(`${JSON.stringify(name)} is no name of the DNS`);
  bytes.push(0, 0, DNS_TYPES[type], 0, CLASS_IN);
  return Uint8Array.from(bytes);
}

/** Reads an answer; undefined when it is none, or is cut off or damaged. */
export function decodeAnswer(bytes: Uint8Array): DnsAnswer | undefined {
  if (bytes.length < HEADER) return undefined;
  const reader = new Reader(bytes);
  const [id, flags, questions, count] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  if ((flags & RESPONSE) === 0) return undefined;
  try {
    reader.at = HEADER;
    for (let i = 0; i < questions; i++) {
      reader.name();
      reader.skip(4);
    }
    const answers: DnsRecord[] = [];
    for (let i = 0; i < count; i++) {
      const record = reader.record();
      if (record !== undefined) answers.push(record);
    }
    return {
      id,
      rcode: RCODES[flags & 15] ?? `RCODE${flags & 15}`,
      truncated: (flags & 0x0200) !== 0,
      authoritative: (flags & 0x0400) !== 0,
      answers,
    };
  } catch (error) {
    // Of what is cut off at the end of a datagram that says so the beginning may be whole; nobody needs it.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What a message asks, or is the answer to. */
export interface DnsQuestion {
  readonly id: number;
  readonly isAnswer: boolean;
  /** With the dot at its end, as it stands for the root alone. */
  readonly name: string;
  /** Its number, `TYPE64`, where it has no name here. */
  readonly type: string;
}

/** The first question of a message; undefined when there is none, or it is cut off. */
export function decodeQuestion(bytes: Uint8Array): DnsQuestion | undefined {
  const reader = new Reader(bytes);
  try {
    const [id, flags, questions] = [reader.u16(), reader.u16(), reader.u16()];
    if (questions === 0) return undefined;
    reader.at = HEADER;
    const name = `${reader.name()}.`;
    const type = reader.u16();
    return { id, isAnswer: (flags & RESPONSE) !== 0, name, type: NAMES.get(type) ?? `TYPE${type}` };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const NAMES: ReadonlyMap<number, DnsType> = new Map(
  Object.entries(DNS_TYPES).map(([name, number]) => [number, name as DnsType]),
);

/** Throws RangeError at the end of the bytes. */
class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError('cut off');
    return byte;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  skip(count: number): void {
    this.at += count;
  }

  take(count: number): Uint8Array {
    const end = this.at + count;
    if (end > this.#bytes.length) throw new RangeError('cut off');
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** A name; of one that leads to another by a pointer (§4.1.4) both parts. Pointers lead back, so there is an end to them. */
  name(): string {
    const labels: string[] = [];
    let total = 1;
    let before = this.at;
    let back: number | undefined;
    for (;;) {
      const length = this.u8();
      if (length === 0) break;
      if (length >= 0xc0) {
        const to = ((length & 0x3f) << 8) | this.u8();
        back ??= this.at;
        if (to >= before) throw new RangeError('a pointer that does not lead back');
        before = to;
        this.at = to;
      } else if (length > 63) throw new RangeError('a label of an unknown kind');
      else {
        total += length + 1;
        if (total > LONGEST_NAME) throw new RangeError('a name that is too long');
        labels.push(printable(this.take(length)));
      }
    }
    if (back !== undefined) this.at = back;
    return labels.join('.');
  }

  /** Undefined for one of another class than the Internet's, such as the OPT of RFC 6891. */
  record(): DnsRecord | undefined {
    const name = this.name();
    const [type, class_, ttl, length] = [this.u16(), this.u16(), this.u32(), this.u16()];
    const end = this.at + length;
    if (end > this.#bytes.length) throw new RangeError('cut off');
    const data = this.#data(type, length);
    this.at = end;
    return class_ === CLASS_IN ? { name, type: NAMES.get(type) ?? `TYPE${type}`, ttl, data } : undefined;
  }

  #data(type: number, length: number): string {
    const end = this.at + length;
    switch (NAMES.get(type)) {
      case 'A':
      case 'AAAA':
        if (length !== (type === DNS_TYPES.A ? 4 : 16)) throw new RangeError('an address of another length');
        return formatIp(this.take(length));
      case 'NS':
      case 'CNAME':
      case 'PTR':
        return this.name();
      case 'MX':
        return `${this.u16()} ${this.name()}`;
      case 'SRV':
        return `${this.u16()} ${this.u16()} ${this.u16()} ${this.name()}`;
      case 'SOA':
        return [this.name(), this.name(), this.u32(), this.u32(), this.u32(), this.u32(), this.u32()].join(' ');
      case 'TXT': {
        let text = '';
        while (this.at < end) text += printable(this.take(this.u8()));
        return text;
      }
      default:
        return Buffer.from(this.take(length)).toString('hex');
    }
  }
}

/** What a server says reaches a terminal: bytes that no name has are shown as their numbers, as dig does. */
function printable(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes)
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  return text;
}
