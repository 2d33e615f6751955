/** Clients of a control socket, well-behaved and otherwise. */
import assert from 'node:assert/strict';
import { createConnection, type Socket } from 'node:net';

import { until } from '../../support/index.ts';

/** What the first word of an answer's line can be. */
const LINE = /^(?:netns|node|hostname|dropped|dropping|started|finishing|stopped|process|exited|failed|error)\t|^ok$/;

/** A raw connection. */
export class Peer {
  readonly socket: Socket;
  text = '';
  over = false;

  constructor(path: string) {
    this.socket = createConnection(path);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.socket.on('close', () => (this.over = true));
  }

  send(bytes: Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Waits until this connection has been told the end of an answer, or has been hung up on. */
  async answered(count = 1): Promise<string> {
    await until(() => this.over || [...this.text.matchAll(/^(?:ok|error\t.*)\n/gm)].length >= count, {
      timeout: 30_000,
    });
    return this.text;
  }

  /** Asserts that what has come is lines of the protocol, and goes without a word. */
  leave(): void {
    for (const line of this.text.split('\n').slice(0, -1)) assert.match(line, LINE);
    this.socket.destroy();
  }
}
