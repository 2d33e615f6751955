import type { Progress } from '../model/report.ts';
import type { Output } from './output.ts';
import { write } from './output.ts';
import { pad, width } from './table.ts';
import { cut } from './words.ts';

const PATIENCE_MS = 500;
const FRAME_MS = 50;
const BAR = 24;

/**
 * One line on standard error that is written over and over while something takes longer than half a second. Nothing on
 * what is not a terminal, nor with `--quiet`. Dispose of it before anything else is printed.
 */
export class ProgressLine implements Disposable {
  readonly #enabled: boolean;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #latest: Progress | undefined;
  #drawnAt = 0;
  #drawn = false;

  constructor(output: Output) {
    this.#enabled = output.watched && !output.quiet && process.env['TERM'] !== 'dumb';
    // A step that waits for something reports nothing meanwhile; the timer shows it all the same.
    if (this.#enabled) this.#timer = setTimeout(() => this.#draw(), PATIENCE_MS).unref();
  }

  /** To be called as often as one likes; draws at most twenty times a second. */
  readonly update = (progress: Progress): void => {
    const moved = progress.step !== this.#latest?.step;
    this.#latest = progress;
    const now = performance.now();
    if (!this.#enabled || now - this.#started < PATIENCE_MS) return;
    if (moved || now - this.#drawnAt >= FRAME_MS) this.#draw();
  };

  #draw(): void {
    if (this.#latest === undefined) return;
    this.#drawn = true;
    this.#drawnAt = performance.now();
    // Loaded late on purpose: the terminal's stream is only needed by what is slow anyway.
    write(2, `\r${progressText(this.#latest, process.stderr.columns || 80)}\x1b[K`);
  }

  /** Wipes the line. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    if (this.#drawn) write(2, '\r\x1b[K');
    this.#drawn = false;
    this.#latest = undefined;
  }
}

/** `creating links  [██████░░░░]  420/700`, never wider than the terminal. A total of 0 has no bar. */
export function progressText({ step, done, total }: Progress, columns: number): string {
  if (total <= 0) return cut(`${step} …`, columns - 1);
  const filled = Math.round((BAR * Math.min(done, total)) / total);
  const text = `${pad(step, 24)}  ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}  ${done}/${total}`;
  return width(text) < columns ? text : cut(`${step}  ${done}/${total}`, columns - 1);
}
