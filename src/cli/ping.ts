/** What `ping` prints, as ping(8) does. */
import type { ArpReport, PingReply, PingReport } from '../model/report.ts';

const ICMP_HEADER = 8;

/** The line before the first request. Without `size`, ping's own 56. */
export function pingHead(to: string, address: string, size = 56): string {
  const headers = ICMP_HEADER + (address.includes(':') ? 40 : 20);
  return `PING ${to} (${address}) ${size}(${size + headers}) bytes of data.`;
}

/** `64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.042 ms` */
export function replyLine({ bytes, from, seq, ttl, ms, duplicate }: PingReply): string {
  return `${bytes} bytes from ${from}: icmp_seq=${seq} ttl=${ttl} time=${time(ms)} ms${duplicate ? ' (DUP!)' : ''}`;
}

/** `icmp_seq=1 host unreachable, says 10.0.0.1` */
export function refusalLine({ seq, what }: PingReport['refusals'][number]): string {
  return `icmp_seq=${seq} ${what}`;
}

/** What is said in the end. */
export function pingSummary({ from, to, sent, received, replies, refusals, ms, rtt, why }: PingReport): string {
  const duplicates = replies.length - received;
  const loss = sent === 0 ? 0 : (100 * (sent - received)) / sent;
  const facts = [
    `${sent} packets transmitted`,
    `${received} received`,
    ...(duplicates > 0 ? [`+${duplicates} duplicates`] : []),
    ...(refusals.length > 0 ? [`+${refusals.length} errors`] : []),
    `${Number(loss.toPrecision(6))}% packet loss`,
    `time ${Math.round(ms)}ms`,
  ];
  const times = rtt === null ? [] : [rtt.min, rtt.avg, rtt.max, rtt.mdev].map((each) => each.toFixed(3));
  return [
    `--- ${to} ping statistics ---`,
    facts.join(', '),
    // What hinders the first request is not told by any answer.
    ...(sent === 0 && why !== '' ? [`${from}: ${why}`] : []),
    ...(times.length === 0 ? [] : [`rtt min/avg/max/mdev = ${times.join('/')} ms`]),
  ].join('\n');
}

/** The line before the question: `ARPING b (10.0.0.2) from a:eth0`. */
export function arpHead(from: string, to: string, address: string, link: string): string {
  return `${address.includes(':') ? 'NDPING' : 'ARPING'} ${to} (${address}) from ${from}:${link}`;
}

/** What came of it: `10.0.0.2 is at 02:00:00:00:00:02 (b:eth0)`, a line for each that has it; and what is wrong with that. */
export function arpLines({ address, ok, why, answers }: ArpReport): string[] {
  const found = answers.map(
    ({ mac, interfaces }) => `${address} is at ${mac}${interfaces.length === 0 ? '' : ` (${interfaces.join(', ')})`}`,
  );
  return ok ? found : [...found, `${address}: ${why}`];
}

/** Three digits that count. */
function time(ms: number): string {
  return ms.toFixed(ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : ms >= 0.9995 ? 2 : 3);
}
