/** `NETLAB_DEBUG=netlink`: every message on stderr, in words. Costs one comparison a message when it is off. */
import { errnoName } from '../sys/errno.ts';
import { NLM_F } from './constants.ts';
import type { Message } from './message.ts';
import { LE, NLMSG_HDRLEN, type Reader } from './wire.ts';

type Sink = (line: string) => void;

/** Where the lines go; undefined when there is no trace. */
export let sink: Sink | undefined = (process.env['NETLAB_DEBUG'] ?? '').split(',').includes('netlink')
  ? (line) => process.stderr.write(`${line}\n`)
  : undefined;

/** Sends the trace elsewhere, or (undefined) nowhere. */
export function setSink(to: Sink | undefined): void {
  sink = to;
}

/** `→ RTM_NEWADDR create excl #7 {index 3, prefixlen 24} {local 10.0.0.1}`: the message from `start` to `end`, going out. */
export function traceSent(m: Message<never>, r: Reader, start: number, end: number): void {
  const flags = flagWords(m.name, r.view.getUint16(start + 6, LE));
  sink?.(`→ ${[m.name, ...flags].join(' ')} #${r.view.getUint32(start + 8, LE)} ${body(m, r, start, end)}`);
}

/** `← RTM_NEWADDR #7 {…} {…}`: what came in answer to `m`. */
export function traceReply(m: Message<never>, r: Reader, start: number, end: number): void {
  const name = m.name.replace('_GET', '_NEW');
  const interrupted = r.view.getUint16(start + 6, LE) & NLM_F.DUMP_INTR ? ' interrupted' : '';
  sink?.(`← ${name}${interrupted} #${r.view.getUint32(start + 8, LE)} ${body(m, r, start, end)}`);
}

/** `← ack #7`, `← ack #7 EEXIST "File exists" IFLA_IFNAME`, `← done #8`. */
export function traceAck(kind: 'ack' | 'done', seq: number, errno: number, words?: string, attribute?: string): void {
  const parts = [`← ${kind} #${seq}`];
  if (errno !== 0) parts.push(errnoName(errno));
  if (words !== undefined) parts.push(JSON.stringify(words));
  if (attribute !== undefined) parts.push(attribute);
  sink?.(parts.join(' '));
}

function body(m: Message<never>, r: Reader, start: number, end: number): string {
  try {
    const { header, attrs } = m.read(r, start + NLMSG_HDRLEN, end) as { header: object; attrs: object };
    const set = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== 0));
    return `${words(set)} ${words(attrs)}`;
  } catch (error) {
    return `unreadable (${String(error)}): ${r.bytes.toString('hex', start, end)}`;
  }
}

function words(value: unknown): string {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(words).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, v]) => (v === true ? name : `${name} ${words(v)}`))
    .join(', ')}}`;
}

// The same bits mean something else in each kind of request (linux/netlink.h).
const MEANINGS: readonly (readonly [RegExp, Readonly<Record<string, number>>])[] = [
  [/_GET/, { dump: NLM_F.DUMP }],
  [/_NEW|_SET/, { replace: NLM_F.REPLACE, excl: NLM_F.EXCL, create: NLM_F.CREATE, append: NLM_F.APPEND }],
  [/_DEL/, { nonrec: NLM_F.NONREC, bulk: NLM_F.BULK }],
];

function flagWords(name: string, flags: number): string[] {
  const all = { echo: NLM_F.ECHO, ...MEANINGS.find(([pattern]) => pattern.test(name))?.[1] };
  return Object.entries(all).flatMap(([word, bits]) => ((flags & bits) === bits ? [word] : []));
}
