/** Where a capture is written: a file, or standard output, which may be a pipe whose reader is slow or goes away. */
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { release, type } from 'node:os';

import { SystemError } from '../errors.ts';
import { watchWritable } from '../sys/libc.ts';
import { type Capture, now } from './capture.ts';
import { interfaceDescription, interfaceStatistics, packetBlocks, sectionHeader } from './pcapng.ts';
import type { CapturedInterface, CapturedPacket } from './packet.ts';

export interface CaptureFileFacts {
  readonly application: string;
  readonly snaplen: number;
  readonly filter: string;
}

/** A pipe that can be written to has room for so many bytes, and then write(2) does not wait: PIPE_BUF. */
const PIPE_PIECE = 4096;
const STDOUT = 1;

/** Dispose of it. */
export class CaptureFile implements Disposable {
  /** Nobody reads it any more. */
  closed = false;
  readonly #fd: number;
  readonly #waits: boolean;
  /** Bytes of whole blocks that a file has; what is no file cannot be cut. */
  #whole: number | undefined;
  readonly #capture: Capture;
  readonly #numbers: ReadonlyMap<CapturedInterface, number>;
  readonly #began = now();

  /** `path`: `-` is standard output. What it held before is gone. Throws SystemError when it cannot be written. */
  constructor(path: string, capture: Capture) {
    this.#capture = capture;
    this.#numbers = new Map(capture.interfaces.map((each, number) => [each, number]));
    try {
      this.#fd = path === '-' ? STDOUT : openSync(path, 'w');
    } catch (error) {
      throw new SystemError('open', (error as NodeJS.ErrnoException).code ?? 'EIO', path);
    }
    const facts = fstatSync(this.#fd);
    this.#waits = facts.isFIFO() || facts.isSocket();
    if (facts.isFile() && path !== '-') this.#whole = 0;
  }

  /** Who wrote it, and the interfaces. */
  async begin({ application, snaplen, filter }: CaptureFileFacts): Promise<void> {
    await this.#write(sectionHeader({ application, os: `${type()} ${release()}` }));
    for (const each of this.#capture.interfaces)
      await this.#write(interfaceDescription({ interface: each, snaplen, filter }));
  }

  async write(packets: readonly CapturedPacket[]): Promise<void> {
    await this.#write(packetBlocks(packets, (each) => this.#numbers.get(each)!));
  }

  /** How many there were, and how many of them the kernel had to drop. */
  async end(): Promise<void> {
    const ended = now();
    for (const [number, { interface: name, packets, dropped }] of this.#capture.summary().interfaces.entries()) {
      const accepted = this.#capture.accepted(name);
      await this.#write(
        interfaceStatistics(number, { began: this.#began, ended, accepted, dropped, written: packets }),
      );
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd !== STDOUT) closeSync(this.#fd);
  }

  /** All of it, unless the reader goes. Waits for a slow one without standing in the way of signals. A full disk leaves the blocks before it. */
  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0 && !this.closed;) {
      if (this.#waits) await writable(this.#fd);
      try {
        rest = rest.subarray(writeSync(this.#fd, this.#waits ? rest.subarray(0, PIPE_PIECE) : rest));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
        if (code === 'EPIPE') this.closed = true;
        else if (code !== 'EAGAIN') {
          if (this.#whole !== undefined) ftruncateSync(this.#fd, this.#whole);
          throw new SystemError('write', code, 'the capture');
        }
      }
    }
    if (this.#whole !== undefined) this.#whole += bytes.length;
  }
}

function writable(fd: number): Promise<void> {
  return new Promise((resolve) => {
    const watch = watchWritable(fd, () => {
      watch.close();
      resolve();
    });
  });
}
