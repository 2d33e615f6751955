/** How much gets through from one network namespace to another: both ends are ours. Like iperf3(1), with no program in the nodes. */
import { NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { tcpThroughput } from './throughput-tcp.ts';
import { udpThroughput } from './throughput-udp.ts';

export interface ThroughputOptions extends ProbeOptions {
  /** TCP unless said. */
  readonly proto?: 'tcp' | 'udp' | undefined;
  /** How long to send; 1 unless said. */
  readonly seconds?: number | undefined;
  /**
   * Bits per second to send, at most. TCP sends what it can unless told; UDP, which nobody slows down, 1 Mbit/s, as iperf3 does: more than
   * a link takes is lost, and counted as lost.
   */
  readonly rate?: number | undefined;
  /** The port at the far end; one that is free unless said. */
  readonly port?: number | undefined;
}

/** Bits per second. */
const UDP_RATE = 1e6;

/** What was sent and what has come. */
export interface Transfer {
  /** Of payload, as counted where it arrives. */
  readonly bytes: number;
  /** From the first byte that arrived to the last. */
  readonly seconds: number;
  /** Datagrams sent and lost; 0 of TCP, which sends again. */
  readonly sent: number;
  readonly lost: number;
  /** Why there was nothing, or less than was asked for; empty when all went well. */
  readonly why: string;
}

export interface ThroughputOutcome extends Outcome {
  /** Bits per second of payload that arrived. */
  readonly rate: number;
  readonly bytes: number;
  /** Datagrams sent, and of these lost. */
  readonly sent: number;
  readonly lost: number;
}

/**
 * Sends from one namespace to `address`, which is one of the other's, and counts what arrives. `timeout` ms (2000) are for the connection, and for
 * what is still under way in the end. Ok when anything arrived.
 * @throws SystemError when a namespace or a socket cannot be had; TypeError when `address` is none.
 */
export async function throughput(
  from: number,
  to: number,
  address: string,
  options: ThroughputOptions = {},
): Promise<ThroughputOutcome> {
  const { proto = 'tcp', seconds = 1, port = 0, timeout = 2000, signal } = options;
  const { rate = proto === 'tcp' ? Infinity : UDP_RATE } = options;
  const began = performance.now();
  const run = { from, to, address, port, seconds, rate, timeout, signal };
  const { bytes, why, sent, lost, ...took } = await (proto === 'tcp' ? tcpThroughput(run) : udpThroughput(run));
  const ok = bytes > 0;
  return {
    ok,
    ms: performance.now() - began,
    why: ok ? '' : why === '' ? NO_ANSWER : why,
    rate: took.seconds > 0 ? (8 * bytes) / took.seconds : 0,
    bytes,
    sent,
    lost,
  };
}
