/** Packets of many interfaces of a running lab, in the order of one clock. */
import { LabError, UsageError } from '../errors.ts';
import { LabNetwork } from '../lab/network.ts';
import { FILTER_WORDS, FilterError, type FilterNames, type PacketFilter, parseFilter } from '../model/packet-filter.ts';
import { RETIRE_MS } from '../probe/packet-ring.ts';
import { watchEnd } from '../process/kill.ts';
import { keeperOf } from '../state/keepers.ts';
import { realtime, type Watch } from '../sys/libc.ts';
import { didYouMean } from '../topology/words.ts';
import { chooseInterfaces } from './interfaces.ts';
import { byTime, type CapturedInterface, type CapturedPacket, type CaptureSummary } from './packet.ts';
import { isMeant, Tap } from './tap.ts';

export interface PacketCaptureOptions {
  /** Only packets that it means, in the words of tcpdump; a name of a node stands for all its addresses. */
  readonly filter?: string | undefined;
  /** Bytes kept of each packet, 1 to 262144, which is what it is unless said. `tcpdump -s` */
  readonly snaplen?: number | undefined;
  /** Ends after so many packets. `tcpdump -c` */
  readonly count?: number | undefined;
  /** Ends after so many ms; or with the first packet that this filter means, which is the last one that is told. */
  readonly until?: number | string | undefined;
  /** Ends it; what has come until then is still told. */
  readonly signal?: AbortSignal | undefined;
}

export const LONGEST_PACKET = 262_144;

/** Of all rings together, and of one. */
const RINGS_BYTES = 64 << 20;
const [LEAST_RING, MOST_RING] = [1 << 19, 32 << 20];
/** More than that does not wait here for a reader: the rings fill up then, and what the kernel drops it counts. */
const MOST_HELD = 64 << 20;
/** A packet is told when none before it can come any more: the kernel hands over after twice this time at the latest. */
const HOLD_MS = 2 * RETIRE_MS + 10;

/** A capture that runs. It ends by itself, by {@link Capture.stop}, or when it is disposed of. */
export class Capture implements AsyncIterable<CapturedPacket>, Disposable {
  readonly lab: string;
  /** Which nodes had an address when it began. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  readonly #taps: readonly Tap[];
  readonly #options: PacketCaptureOptions;
  readonly #last: PacketFilter | undefined;
  readonly #keeper: Watch;
  readonly #onAbort = (): void => this.stop();
  #ending: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  #held: CapturedPacket[] = [];
  #heldBytes = 0;
  #told = 0;
  #heardAt = performance.now();
  /** The moment of its end, as packets are timed. */
  #end: bigint | undefined;
  #closed = false;
  #isLabGone = false;

  private constructor(
    lab: string,
    keeper: number,
    taps: readonly Tap[],
    last: PacketFilter | undefined,
    owners: ReadonlyMap<string, readonly string[]>,
    options: PacketCaptureOptions,
  ) {
    this.lab = lab;
    this.owners = owners;
    this.#taps = taps;
    this.#last = last;
    this.#options = options;
    this.#keeper = watchEnd(keeper, () => {
      this.#isLabGone = true;
      this.#close();
    });
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (typeof options.until === 'number') this.#ending = setTimeout(this.#onAbort, options.until);
    this.#listen();
    if (options.signal?.aborted === true) this.stop();
  }

  /**
   * Listens from now on. `where`: words such as `r1:eth0`, `r1` (all its interfaces) or `all`.
   * @throws LabError when there is no such lab, node or interface; UsageError for a filter that cannot be read; SystemError.
   */
  static open(lab: string, where: readonly string[], options: PacketCaptureOptions = {}): Capture {
    const { snaplen = LONGEST_PACKET, filter = '', until } = options;
    if (!(snaplen >= 1 && snaplen <= LONGEST_PACKET))
      throw new UsageError(`a snaplen is of 1 to ${LONGEST_PACKET} bytes`);
    using network = LabNetwork.open(lab);
    const keeper = keeperOf(lab);
    if (keeper === undefined) throw new LabError(`the lab ${lab} does not run`);
    const names: FilterNames = { names: (name) => network.addressesOf(name) };
    const meant = readFilter(filter, names);
    const last = typeof until === 'string' ? readFilter(until, names) : undefined;
    const chosen = chooseInterfaces(network, where);
    const bytes = Math.min(MOST_RING, Math.max(LEAST_RING, Math.floor(RINGS_BYTES / chosen.length)));
    const taps: Tap[] = [];
    try {
      for (const each of chosen) taps.push(new Tap(network.netns(each.node), each, { filter: meant, snaplen, bytes }));
    } catch (error) {
      for (const tap of taps) tap[Symbol.dispose]();
      throw error;
    }
    return new Capture(lab, keeper, taps, last, ownersOf(network), options);
  }

  get interfaces(): readonly CapturedInterface[] {
    return this.#taps.map((tap) => tap.interface);
  }

  /** Takes what has been on its way until now, and then ends. May be called at any time. */
  stop(): void {
    if (this.#end !== undefined || this.#closed) return;
    this.#end = now();
    clearTimeout(this.#ending);
    this.#ending = setTimeout(() => this.#close(), HOLD_MS);
  }

  /** Whether it has ended because the lab was taken down. */
  get isLabGone(): boolean {
    return this.#isLabGone;
  }

  /** For how many ms no packet has come. */
  get silence(): number {
    return performance.now() - this.#heardAt;
  }

  /** Packets as they come. Leaving the loop ends the capture. */
  async *[Symbol.asyncIterator](): AsyncGenerator<CapturedPacket, void, undefined> {
    for await (const batch of this.batches()) yield* batch;
  }

  /** The same, in lists of those that came together. */
  async *batches(): AsyncGenerator<readonly CapturedPacket[], void, undefined> {
    try {
      for (;;) {
        const isOver = this.#closed;
        const batch = this.#take();
        if (batch.length > 0) yield batch;
        if (isOver) return;
        // What has closed it meanwhile may have left packets behind.
        if (!this.#closed) await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this[Symbol.dispose]();
    }
  }

  /** What has come of it by now. Like the last lines of tcpdump. */
  summary(): CaptureSummary {
    if (!this.#closed) for (const tap of this.#taps) tap.count();
    const interfaces = this.#taps.map(({ interface: { name }, taken, dropped }) => ({
      interface: name,
      packets: taken,
      dropped,
    }));
    const sum = (key: 'packets' | 'dropped'): number => interfaces.reduce((total, each) => total + each[key], 0);
    return { packets: sum('packets'), dropped: sum('dropped'), interfaces };
  }

  /** By the kernel's count, for the statistics of a file: how many the filter has let pass on an interface. */
  accepted(name: string): number {
    return this.#taps.find((tap) => tap.interface.name === name)?.accepted ?? 0;
  }

  [Symbol.dispose](): void {
    this.#close();
    this.#held = [];
  }

  #listen(): void {
    for (const tap of this.#taps) tap.listen(() => this.#heard(tap));
  }

  #heard(tap: Tap): void {
    this.#drain(tap);
    if (this.#heldBytes > MOST_HELD) for (const each of this.#taps) each.deafen();
    this.#timer ??= setTimeout(() => this.#wakeUp(), HOLD_MS);
  }

  #drain(tap: Tap): void {
    tap.drain((packet) => {
      this.#heardAt = performance.now();
      this.#held.push(packet);
      this.#heldBytes += packet.data.length;
    });
  }

  #wakeUp(): void {
    this.#timer = undefined;
    this.#wake?.();
  }

  /** Those before which none can come any more. */
  #take(): readonly CapturedPacket[] {
    const sure = this.#closed ? (this.#end ?? now()) : now() - BigInt(HOLD_MS) * 1_000_000n;
    if (!this.#closed) {
      for (const tap of this.#taps) this.#drain(tap);
      if (this.#heldBytes <= MOST_HELD) this.#listen();
    }
    this.#held.sort(byTime);
    const later = this.#held.findIndex(({ time }) => time > sure);
    const batch = this.#cut(later < 0 ? this.#held : this.#held.slice(0, later));
    this.#held = later < 0 || this.#closed ? [] : this.#held.slice(later);
    this.#heldBytes = this.#held.reduce((sum, { data }) => sum + data.length, 0);
    if (this.#held.length > 0) this.#timer ??= setTimeout(() => this.#wakeUp(), HOLD_MS);
    const byTap = new Map(this.#taps.map((tap) => [tap.interface, tap]));
    for (const packet of batch) byTap.get(packet.interface)!.taken += 1;
    return batch;
  }

  /** As far as `count` and `until` let it go; then it is over. */
  #cut(batch: readonly CapturedPacket[]): readonly CapturedPacket[] {
    const room = (this.#options.count ?? Infinity) - this.#told;
    const last = this.#last;
    const found = last === undefined ? -1 : batch.findIndex((packet) => isMeant(last, packet));
    const length = Math.min(room, found < 0 ? batch.length : found + 1, batch.length);
    this.#told += length;
    if (length < room && found < 0) return batch;
    this.#close();
    // Nothing is told after it.
    this.#end = 0n;
    return batch.slice(0, length);
  }

  /** Ends it at once; what is held may still be taken. */
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#ending);
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#keeper.close();
    for (const tap of this.#taps) {
      this.#drain(tap);
      tap.count();
      tap[Symbol.dispose]();
    }
    this.#wake?.();
  }
}

function ownersOf(network: LabNetwork): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const node of network.members())
    for (const address of network.addressesOf(node) ?? []) owners.set(address, [...(owners.get(address) ?? []), node]);
  return owners;
}

/** By the clock with which the kernel stamps packets. */
export function now(): bigint {
  return BigInt(Math.round(realtime() * 1e6));
}

function readFilter(text: string, names: FilterNames): PacketFilter {
  try {
    return parseFilter(text, names);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new UsageError(`filter ${JSON.stringify(text)}: ${error.message}${didYouMean(error.word, FILTER_WORDS)}`);
  }
}
