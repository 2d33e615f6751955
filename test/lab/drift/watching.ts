/** `netlab up --watch --json FILE` as a test sees it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import type { WatchEvent } from '../../../src/model/watch.ts';
import { asUser, CLI, until } from '../../support/index.ts';

/** An event, with what its line has besides. */
export type Told = WatchEvent & { readonly time: string };

export class Watching implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly events: Told[] = [];
  stderr = '';
  #rest = '';

  private constructor(args: readonly string[]) {
    const { argv, env } = asUser([process.execPath, CLI, 'up', '--watch', '--json', ...args]);
    this.child = spawn(argv[0]!, argv.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.child.stdout!.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString()).split('\n');
      this.#rest = lines.pop() ?? '';
      try {
        this.events.push(...lines.map((line) => JSON.parse(line) as Told));
      } catch {
        this.stderr += `no lines of JSON: ${lines.join('\n')}\n`;
      }
    });
  }

  /** Starts it, and returns when the lab is up and the watch stands. */
  static async start(...args: readonly string[]): Promise<Watching> {
    const watching = new Watching(args);
    await watching.told(({ event }) => event === 'watching');
    return watching;
  }

  /** Waits for an event, from the `from`th on. */
  async told(is: (event: Told) => boolean, from = 0): Promise<Told> {
    await until(() => {
      assert.equal(this.child.exitCode, null, `the watch has ended\n${this.stderr}`);
      return this.events.slice(from).some(is);
    });
    return this.events.slice(from).find(is)!;
  }

  /** Its repairs from the `from`th event on. */
  repairs(from = 0) {
    return this.events.slice(from).flatMap((event) => (event.event === 'repaired' ? [event] : []));
  }

  /** Waits until it has ended by itself: its exit code. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }

  /** Ends it as Ctrl-C does: its exit code. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test may have stopped it.
    this.child.kill('SIGCONT');
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end('SIGTERM');
  }
}
