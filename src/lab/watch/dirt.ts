/** What may have changed since it was looked at last, and the bell that says so. */
import type { Part } from './look.ts';

/** So much may come together before somebody looks: an `ip link del` is some ten events. */
const GATHER_MS = 4;
/** Whoever looks takes a rest so many times as long as he was at work, in which changes gather: a noisy daemon costs a fifth of a processor. */
const REST = 4;
/** Rest that was not needed is saved up to this: what happens once in a while is looked at at once, and so is what follows from it. */
const SAVED_MS = 250;

export class Dirt {
  #network = new Set<string>();
  #processes = new Set<string>();
  #files = false;
  #since: number | undefined;
  #notBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #ring: () => void;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  add(part: Partial<Part>): void {
    for (const node of part.network ?? []) this.#network.add(node);
    for (const node of part.processes ?? []) this.#processes.add(node);
    this.#files ||= part.files === true;
    this.#since ??= performance.now();
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#ring();
      },
      Math.max(GATHER_MS, this.#notBefore - performance.now()),
    );
  }

  /** All of it, and since when; it counts as clean then. Undefined when there is none, or its time has not come. */
  take(): (Part & { readonly since: number }) | undefined {
    if (this.#since === undefined || this.#timer !== undefined) return undefined;
    const taken = { network: this.#network, processes: this.#processes, files: this.#files, since: this.#since };
    this.#network = new Set();
    this.#processes = new Set();
    this.#files = false;
    this.#since = undefined;
    return taken;
  }

  /**
   * A look has ended, at whose begin process.cpuUsage() said `before`: looks that go on and on shall have their rest. Only work is
   * paid for: one that had to wait, for a lock or for a busy machine, is late enough.
   */
  rest(before: NodeJS.CpuUsage): void {
    const { user, system } = process.cpuUsage(before);
    this.#notBefore = Math.max(this.#notBefore, performance.now() - SAVED_MS) + (REST * (user + system)) / 1000;
  }

  /** The next look comes no sooner. */
  pause(milliseconds: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + milliseconds);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
