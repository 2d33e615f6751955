/** What becomes of a lab's processes: what their PID 1s write down, and when they are ready. */
import type { InitEvent, LimitEvent, ProcessEvent } from '../../model/event.ts';
import { keeperOf } from '../../state/keepers.ts';
import { readRecord } from '../../state/record.ts';
import { whenReady } from '../programs.ts';
import { Session } from '../session.ts';
import { status } from '../status.ts';
import { followProcesses, type ProcessNote } from '../watch/processes.ts';

/** What is told of processes, without the time. */
export type Told = ProcessEvent | InitEvent | LimitEvent;

/** Listens to the processes of a lab, from its making on. */
export class Processes {
  readonly #lab: string;
  readonly #tell: (told: Told) => void;
  readonly #signal: AbortSignal;
  readonly #over: Promise<void>;
  /** Told of before all that was there has been told. */
  #early: ProcessNote[] | undefined = [];
  /** The waits for readiness, by process: a process that starts anew is waited for anew. */
  readonly #waits = new Map<string, AbortController>();

  constructor(lab: string, tell: (told: Told) => void, signal: AbortSignal) {
    this.#lab = lab;
    this.#tell = tell;
    this.#signal = signal;
    // Where the folder of the record has been removed, nothing more is written down.
    this.#over = followProcesses(lab, (note) => this.#note(note), signal).catch(() => {});
  }

  /** Tells of those that are there, and then of what has happened to them meanwhile. */
  async begin(): Promise<void> {
    const { members } = await status(this.#lab);
    const seen = Date.now() / 1000;
    for (const { name: node, processes } of members) {
      for (const { name: process, state, ready } of processes) {
        this.#tell({ event: 'process', action: 'present', node, process, state, ready });
        if (state === 'running' && ready === false) this.#awaitReady(node, process);
      }
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    // What was written down before the look is part of what was seen.
    for (const note of early) if ((note.time ?? seen) >= seen) this.#note(note);
  }

  /** Resolves when nothing is listened to any more. */
  async ended(): Promise<void> {
    for (const wait of this.#waits.values()) wait.abort();
    await this.#over;
  }

  #note(note: ProcessNote): void {
    if (this.#early !== undefined) {
      this.#early.push(note);
      return;
    }
    const { event, node, process, code = 0, signal = 0, count } = note;
    switch (event) {
      case 'node-start':
        return this.#tell({ event: 'init', action: 'started', node });
      case 'node-exit':
        return this.#tell({ event: 'init', action: 'exited', node });
      case 'start':
        this.#tell({ event: 'process', action: 'started', node, process });
        return this.#awaitReady(node, process);
      case 'exit':
        this.#waits.get(`${node}/${process}`)?.abort();
        return this.#tell({ event: 'process', action: 'exited', node, process, code, signal });
      case 'exec-failed':
        return this.#tell({ event: 'process', action: 'failed', node, process });
      default:
        if (count !== undefined) this.#tell({ event: 'limit', node, process, limit: event, count });
    }
  }

  #awaitReady(node: string, process: string): void {
    const name = `${node}/${process}`;
    this.#waits.get(name)?.abort();
    const wait = new AbortController();
    this.#waits.set(name, wait);
    void this.#whenReady(node, process, AbortSignal.any([wait.signal, this.#signal]));
  }

  /** One that is not ready in its time is nothing to tell: its end will be. */
  async #whenReady(node: string, process: string, signal: AbortSignal): Promise<void> {
    try {
      const keeper = keeperOf(this.#lab);
      const said = readRecord(this.#lab, keeper)?.processes[`${node}/${process}`];
      if (said?.ready === undefined) return;
      // Holds no namespace: that would keep a lab from going.
      using session = Session.open(this.#lab, keeper, new Set());
      if (session === undefined) return;
      await whenReady(session, { ...said, kind: 'process', node, name: process }, signal);
      if (!signal.aborted) this.#tell({ event: 'process', action: 'ready', node, process });
    } catch {
      // It ended, took too long, or went with its lab.
    }
  }
}
