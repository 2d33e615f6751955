/**
 * The events of a lab. As in a watch, the kernel's own events say only where to look: what is told is the difference between two looks.
 * So nothing is told twice, a lost event costs a look at the whole lab, and what flickers for some milliseconds is not told at all.
 */
import { LabError } from '../../errors.ts';
import type { EventsEnd, LabEvent } from '../../model/event.ts';
import { watchEnd } from '../../process/kill.ts';
import { keeperOf } from '../../state/keepers.ts';
import { summarize } from '../list.ts';
import { Parts } from '../parts.ts';
import { requireNamespaces } from '../privilege.ts';
import { Session } from '../session.ts';
import { Dirt } from '../watch/dirt.ts';
import { Hearing } from '../watch/hearing.ts';
import { Names } from '../watch/names.ts';
import { whyGone } from '../watch/watch.ts';
import { Processes } from './processes.ts';
import { membersOf, View } from './view.ts';

/** An event as it happens; the time is that at which it is told. */
type Untimed = LabEvent extends infer E ? (E extends LabEvent ? Omit<E, 'time'> : never) : never;

/** How often a look that fails, because somebody is changing the lab just then, is tried again. */
const STUMBLES = 5;

/**
 * Tells what a lab is, and then what changes in it, until it goes or `signal` is aborted; the last event says which. Listening ends with the
 * loop over it. Like `ip monitor all-nsid`, with names.
 * @throws LabError when it does not run.
 */
export async function* labEvents(lab: string, signal?: AbortSignal): AsyncGenerator<LabEvent, void, undefined> {
  requireNamespaces('to listen to a lab');
  const keeper = keeperOf(lab);
  if (keeper === undefined) throw new LabError(`the lab ${lab} does not run`);
  const listener = new Listener(lab, keeper);
  const stop = (): void => listener.end('interrupted');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    yield* listener.events();
  } finally {
    signal?.removeEventListener('abort', stop);
    await listener.close();
  }
}

class Listener {
  readonly #lab: string;
  readonly #keeper: number;
  readonly #over = new AbortController();
  readonly #queue: LabEvent[] = [];
  readonly #dirt = new Dirt(() => this.#ring());
  readonly #view = new View();
  readonly #processes: Processes;
  readonly #hearing: Hearing;
  readonly #names: Names;
  readonly #end: { close(): void };
  #reason: EventsEnd | 'gone' | undefined;
  #wake: (() => void) | undefined;
  #rung = false;
  /** Which namespaces there are may have changed. */
  #anew = true;
  #stumbles = 0;

  constructor(lab: string, keeper: number) {
    this.#lab = lab;
    this.#keeper = keeper;
    this.#end = watchEnd(keeper, () => this.end('gone'));
    this.#processes = new Processes(lab, (told) => this.#tell(told), this.#over.signal);
    const onNode = (node: string): void => this.#dirt.add({ network: new Set([node]) });
    this.#hearing = new Hearing({ onNode, onOverrun: () => this.#resync() });
    const renew = (nodes: Iterable<string>): void => {
      this.#anew = true;
      this.#dirt.add({ network: new Set(nodes) });
    };
    this.#names = new Names(lab, {
      onNode: (node) => renew([node]),
      onFolder: () => renew(this.#view.nodes),
    });
  }

  /** No more shall be told; the first reason counts. */
  end(reason: EventsEnd | 'gone'): void {
    this.#reason ??= reason;
    this.#ring();
  }

  async *events(): AsyncGenerator<LabEvent, void, undefined> {
    const { lab, file, keeper, since } = summarize(this.#lab, this.#keeper);
    this.#tell({ event: 'lab', lab, file, keeper, since });
    this.#look(undefined, true);
    yield* this.#told();
    await this.#begin();
    this.#tell({ event: 'synced' });
    for (;;) {
      yield* this.#told();
      if (this.#reason !== undefined) break;
      if (!this.#rung) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#rung = false;
      const part = this.#dirt.take();
      if (part !== undefined) this.#look(part.network, false);
    }
    const reason = this.#reason === 'gone' ? await whyGone(this.#lab) : this.#reason;
    // How its processes ended may have been written down at the last.
    yield* this.#told();
    this.#tell({ event: 'end', reason: reason === 'down' || reason === 'interrupted' ? reason : 'died' });
    yield* this.#told();
  }

  async #begin(): Promise<void> {
    try {
      await this.#processes.begin();
    } catch (error) {
      // The lab has gone while its processes were asked.
      if (this.#reason === undefined) throw error;
    }
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#end.close();
    this.#dirt.close();
    this.#names[Symbol.dispose]();
    this.#hearing[Symbol.dispose]();
    await this.#processes.ended();
  }

  #tell(event: Untimed): void {
    this.#queue.push({ time: new Date().toISOString(), ...event });
    this.#ring();
  }

  *#told(): Generator<LabEvent> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) yield next;
  }

  #ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Events were lost: everything is looked at. */
  #resync(): void {
    this.#tell({ event: 'resync' });
    this.#anew = true;
    this.#dirt.add({ network: new Set(this.#view.nodes) });
  }

  /** Looks at nodes; undefined: at all. Holds their namespaces no longer than that, or a lab that is taken down could not go. */
  #look(nodes: ReadonlySet<string> | undefined, isFirst: boolean): void {
    const before = process.cpuUsage();
    try {
      using session = Session.open(this.#lab, this.#keeper, this.#anew ? undefined : nodes);
      if (session === undefined) return;
      using parts = Parts.open(this.#lab, { keeper: this.#keeper });
      session.foreign.attach(parts);
      const there = new Set(membersOf(session));
      // Heard first, then looked at: nothing happens between the two.
      if (this.#anew) this.#hearing.listenTo(session.namespaces, []);
      const fresh = [...there].filter(
        (node) => nodes === undefined || nodes.has(node) || !this.#view.nodes.includes(node),
      );
      for (const node of this.#view.nodes)
        if (!there.has(node)) for (const told of this.#view.forget(node)) this.#tell(told);
      for (const told of this.#view.look(session, fresh, isFirst)) this.#tell(told);
      this.#anew = false;
      this.#stumbles = 0;
    } catch (error) {
      // It changes under our eyes, or is going: the end of its keeper is told a moment later.
      if (isFirst || ++this.#stumbles > STUMBLES) throw error;
      this.#anew = true;
      this.#dirt.add({ network: nodes ?? new Set(this.#view.nodes) });
    }
    if (!isFirst) this.#dirt.rest(before);
  }
}
