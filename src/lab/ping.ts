/** `ping A B`: netlab's own ICMP from a node of a running lab, with no ping program. */
import type { PingReply, PingReport } from '../model/report.ts';
import { echo, type EchoOptions } from '../probe/echo.ts';
import { LabNetwork } from './network.ts';

export interface PingOptions extends EchoOptions {
  /** Only addresses of this family. */
  readonly family?: 4 | 6;
  /** Called before the first request. */
  readonly onStart?: (address: string) => void;
}

/**
 * Sends echo requests from node `a` to `b`: a node, `node:interface`, or an address. That nobody answers is a result, not an error.
 * @throws LabError when there is no such lab, node or address.
 */
export async function ping(lab: string, a: string, b: string, options: PingOptions = {}): Promise<PingReport> {
  const { family, onStart, ...rest } = options;
  using network = LabNetwork.open(lab);
  const netns = network.netns(a);
  const address = network.addressOf(b, { from: a, family });
  onStart?.(address);
  const { replies, ...outcome } = await echo(netns, address, rest);
  return { lab, from: a, to: b, address, ...outcome, replies, rtt: rttOf(replies) };
}

/** Of all answers, as ping(8) has it: mdev is sqrt(mean of squares − square of the mean). */
function rttOf(replies: readonly PingReply[]): PingReport['rtt'] {
  if (replies.length === 0) return null;
  const times = replies.map(({ ms }) => ms);
  const mean = (list: readonly number[]): number => list.reduce((sum, each) => sum + each, 0) / list.length;
  const avg = mean(times);
  const mdev = Math.sqrt(Math.max(0, mean(times.map((each) => each * each)) - avg * avg));
  // Not by Math.min(...times): there may be more than a call takes arguments.
  const min = times.reduce((least, each) => Math.min(least, each));
  const max = times.reduce((most, each) => Math.max(most, each));
  return { min, avg, max, mdev };
}
