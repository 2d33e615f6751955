/** Values that are written in several ways, in their one canonical form. */
import { constants } from 'node:os';

import { canonical, family, formatPrefix, networkOf, parsePrefix, type Prefix } from '../model/address.ts';
import { formatIp, parseIp } from '../model/ip.ts';
import type { CommandDocument, ScalarDocument, TableDocument } from './document.ts';

/** The kernel's numbers of the tables that have names (rtnetlink.h). */
const TABLES = { default: 253, main: 254, local: 255 } as const;

/** A routing table's number; main when none is said. */
export function tableNumber(table: TableDocument | undefined): number {
  return typeof table === 'number' ? table : TABLES[table ?? 'main'];
}

/** `default`, `default6`, an address or a network, as a prefix with host bits zero; undefined when it is none of them. */
export function destination(text: string): Prefix | undefined {
  if (text === 'default') return { bytes: new Uint8Array(4), length: 0 };
  if (text === 'default6') return { bytes: new Uint8Array(16), length: 0 };
  const bytes = text.includes('/') ? undefined : parseIp(text);
  const prefix = bytes === undefined ? parsePrefix(text) : { bytes, length: bytes.length * 8 };
  return prefix === undefined ? undefined : networkOf(prefix);
}

/** The canonical text of a network that has passed the rules. */
export function networkText(text: string): string {
  const prefix = destination(text);
  return prefix === undefined ? text : formatPrefix(prefix);
}

/** The canonical text of an address that has passed the rules. */
export function addressText(text: string): string {
  return canonical(text) ?? text;
}

/** An address, and a port when there is one. */
export interface Endpoint {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number | undefined;
}

/** Reads `10.244.1.2:80`, `[2001:db8::2]:80` or an address alone. */
export function endpoint(text: string): Endpoint | undefined {
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]{1,5}))?$/.exec(text);
  const bytes = parts === null ? undefined : parseIp(parts[1] ?? parts[2] ?? '');
  if (bytes === undefined || (parts?.[1] !== undefined) !== (bytes.length === 16)) return undefined;
  const port = parts?.[3] === undefined ? undefined : Number(parts[3]);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  return { address: formatIp(bytes), family: family(bytes), port };
}

/** The spellings of tc, docker and systemd. */
const UNITS: readonly (readonly [unit: RegExp, milliseconds: number])[] = [
  [/^(us|usecs?)$/, 0.001],
  [/^(ms|msecs?)$/, 1],
  [/^(s|secs?|seconds?)$/, 1000],
  [/^(m|mins?|minutes?)$/, 60_000],
  [/^(h|hrs?|hours?)$/, 3_600_000],
  [/^(d|days?)$/, 86_400_000],
];

/** What timers can wait for: 24 days. Longer spans are for ever. */
const LONGEST = 2 ** 31 - 1;

/** `10s`, `1m30s`, `1.5 min` in milliseconds, rounded up, for a timer; undefined when it is no time span. */
export function milliseconds(text: string): number | undefined {
  const span = timeSpan(text);
  return span === undefined ? undefined : Math.min(Math.ceil(span), LONGEST);
}

/** The same, however long, and with its fractions. */
export function timeSpan(text: string): number | undefined {
  if (!/^(?:[0-9]+(?:\.[0-9]+)? ?[a-z]+ ?)+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, word = ''] of text.matchAll(/([0-9.]+) ?([a-z]+)/g)) {
    const unit = UNITS.find(([spelling]) => spelling.test(word));
    if (unit === undefined) return undefined;
    sum += Number(number) * unit[1];
  }
  return sum;
}

/** The kernel counts memory in pages: bytes of one. */
export const PAGE = 4096;

/** `64M`, `1.5G` or a number in bytes, 1024 to the k; undefined when it is no size. */
export function bytes(size: string | number): number | undefined {
  const parts = /^([0-9]+(?:\.[0-9]+)?)([kmgt]?)i?b?$/i.exec(String(size));
  if (parts === null) return undefined;
  return Math.round(Number(parts[1]) * 1024 ** ' kmgt'.indexOf((parts[2] ?? '').toLowerCase() || ' '));
}

/** One value, or several, as a list; what the schema refused has left holes. */
export function listOf<T>(value: T | readonly T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]).filter((item) => item !== undefined) : [value as T];
}

/** The highest number of a user or group; the one above it means "as it is" to setuid(2). */
const ID_MAX = 4_294_967_294;

/** Whether a text is the name or the number of a user, or of a group. */
export function isIdName(text: string): boolean {
  return /^[A-Za-z_][\w.-]*$/.test(text) || (/^\d{1,10}$/.test(text) && Number(text) <= ID_MAX);
}

/** A list as arguments; a string handed to the shell. */
export function argv(command: CommandDocument): string[] {
  return typeof command === 'string' ? ['/bin/sh', '-c', command] : command.map(String);
}

/** A sysctl as it is written: `true` is 1, blanks between several numbers are one space. */
export function sysctlValue(value: ScalarDocument): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value).trim().replaceAll(/\s+/g, ' ');
}

/** `TERM` of `TERM` and of `SIGTERM`; undefined when there is no such signal. */
export function signalName(text: string): string | undefined {
  const name = text.replace(/^SIG/, '');
  return Object.hasOwn(constants.signals, `SIG${name}`) ? name : undefined;
}

/** Every signal, by its name without SIG. */
export const SIGNALS: readonly string[] = Object.keys(constants.signals).map((name) => name.slice(3));

/** `100mbit`, `1gibit`, `10kbps` in bits per second, as tc reads them: bps are bytes; undefined when it is no rate. */
export function bitRate(text: string): number | undefined {
  const parts = /^([0-9]+(?:\.[0-9]+)?)(?:([kmgt])(i)?)?(bit|bps)$/i.exec(text);
  if (parts === null) return undefined;
  const [, number, unit = '', binary, word = ''] = parts;
  const step = binary === undefined ? 1000 : 1024;
  return Number(number) * step ** ' kmgt'.indexOf(unit.toLowerCase() || ' ') * (word.toLowerCase() === 'bps' ? 8 : 1);
}
