/** What `capture` prints: packets in a line each, and what came of it. */
import type { CapturedPacket, CaptureSummary } from '../capture/packet.ts';
import { networkOf } from '../capture/packet.ts';
import { packetWords } from '../capture/words/packet.ts';
import { count } from '../model/text.ts';
import type { Palette } from './color.ts';

/** Lines of packets: where, whether it comes (`<`) or leaves (`>`), the seconds since the first, and what it says. */
export class PacketLines {
  readonly #width: number;
  readonly #paint: Palette;
  #first: bigint | undefined;

  /** `names`: of all interfaces that may be told of. */
  constructor(names: readonly string[], paint: Palette) {
    this.#width = Math.max(0, ...names.map((name) => name.length));
    this.#paint = paint;
  }

  line(packet: CapturedPacket): string {
    const { interface: at, direction } = packet;
    const arrow = direction === 'out' ? this.#paint.green('>') : this.#paint.yellow('<');
    return `${at.name.padEnd(this.#width)} ${arrow} ${this.#paint.dim(this.since(packet.time))}  ${packetWords(packet)}`;
  }

  /** Seconds since the first packet that was asked for. */
  since(time: bigint): string {
    this.#first ??= time;
    return seconds(time - this.#first, 6);
  }
}

/** A packet for programs. */
export function packetJson(packet: CapturedPacket): object {
  const { interface: at, time, direction, to, length, data } = packet;
  return {
    time: seconds(time, 9),
    node: at.node,
    link: at.link,
    direction,
    to,
    length,
    captured: data.length,
    vlans: networkOf(packet)?.vlans ?? [],
    text: packetWords(packet),
  };
}

/** `12 packets on 3 interfaces, 0 dropped by the kernel`, and how many there were on each where there are several. */
export function captureSummary({ packets, dropped, interfaces }: CaptureSummary): string {
  const width = Math.max(0, ...interfaces.map((each) => each.interface.length));
  const seen = interfaces.length > 1 ? interfaces.filter((each) => each.packets + each.dropped > 0) : [];
  return [
    `${count(packets, 'packet')} on ${count(interfaces.length, 'interface')}, ${dropped} dropped by the kernel`,
    ...seen.map(
      (each) =>
        `  ${each.interface.padEnd(width)}  ${each.packets}${each.dropped === 0 ? '' : `, ${each.dropped} dropped`}`,
    ),
  ].join('\n');
}

/** Nanoseconds as seconds with so many digits. */
export function seconds(time: bigint, digits: number): string {
  const text = String(time < 0n ? -time : time).padStart(10, '0');
  return `${time < 0n ? '-' : ''}${text.slice(0, -9)}.${text.slice(-9).slice(0, digits)}`;
}
