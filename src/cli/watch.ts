/** `up --watch`: what is told while it goes on, a line each. */
import { InterruptedError } from '../errors.ts';
import type { Difference, UpReport } from '../model/report.ts';
import { count } from '../model/text.ts';
import type { WatchEnd, WatchEvent } from '../model/watch.ts';
import { upText } from './changes.ts';
import { clock } from './clock.ts';
import { type Palette, palette } from './color.ts';
import { took } from './duration.ts';
import { type Failure, failure } from './failure.ts';
import { interruptedText, interruptible } from './interrupt.ts';
import { library } from './library.ts';
import type { Output } from './output.ts';
import { noteWarnings } from './problems.ts';
import { ProgressLine } from './progress.ts';
import { waiting } from './words.ts';

export interface WatchCommand {
  readonly file: string;
  readonly keep: boolean;
  readonly prune: boolean;
  readonly strict: boolean;
  /** Prints what `up` prints when the lab is up. */
  readonly onUp: (report: UpReport) => Promise<void>;
}

/** Brings the lab up and watches it. The number is the exit code. */
export async function watchLab(command: WatchCommand, output: Output): Promise<number> {
  const { file, keep, prune, strict, onUp } = command;
  const { Lab } = await library();
  let isUp = false;
  using interrupt = interruptible(output, {
    get first() {
      if (isUp) return 'the watch ends; the lab stays up';
      return keep ? 'interrupted, stopping …' : 'interrupted, undoing what was done …';
    },
    get again() {
      return 'still ending; this ends by itself';
    },
  });
  using progress = new ProgressLine(output);
  // What `up` prints takes a moment, and stands first.
  let queue = Promise.resolve();
  try {
    const reason = await Lab.watch(file, {
      signal: AbortSignal.any([interrupt.signal, output.closed]),
      keep,
      prune,
      strict,
      onProgress: progress.update,
      onWait: (holder) => output.note(waiting(holder)),
      onEvent(event) {
        progress[Symbol.dispose]();
        isUp = true;
        if (output.json) output.print(JSON.stringify({ time: new Date().toISOString(), ...event, ...errorOf(event) }));
        else if (event.event === 'up') queue = onUp(event.report);
        else queue = queue.then(() => tell(event, output));
      },
    });
    await queue;
    const trouble = TROUBLE[reason];
    if (trouble === undefined) return 0;
    output.error(`${output.notePaint.red('netlab:')} ${trouble}`);
    return 1;
  } catch (error) {
    if (!(error instanceof InterruptedError) || isUp) throw error;
    throw new InterruptedError(interruptedText(error, keep));
  }
}

/** Ends that nobody wished for. */
const TROUBLE: Readonly<Partial<Record<WatchEnd, string>>> = {
  died: 'the keeper of the lab has died, and the lab with it: netlab up makes it anew',
  'taken-over': 'the lab has been brought up from another file; the watch ends',
};

function tell(event: WatchEvent, output: Output): void {
  const { paint } = output;
  const line = (text: string): void => {
    if (!output.quiet) output.print(`${paint.dim(clock())}  ${text}`);
  };
  switch (event.event) {
    case 'repaired': {
      const { change, milliseconds } = event;
      const what = change.differences.length === 0 ? change.reason : change.differences.map(words).join(', ');
      line(`${paint.green(PAST[change.action])} ${change.what}  ${what}  ${paint.dim(`(${took(milliseconds)})`)}`);
      break;
    }
    case 'restarted':
      line(`${paint.green('restarted')} process ${event.node}/${event.process}, which ${event.how}`);
      break;
    case 'ended':
      line(
        `${paint.yellow('ended')} process ${event.node}/${event.process} ${event.how}; its policy is to leave it so`,
      );
      break;
    case 'edited':
      noteWarnings(event.report.warnings, output);
      if (!output.quiet) output.print(upText(event.report, output));
      break;
    case 'failed':
      output.error(errorText(event.error, output));
      break;
    case 'held':
      line(
        `${paint.yellow('held')} ${event.what} has been repaired ${count(event.times, 'time')} and does not stay; next try in ${event.seconds} s`,
      );
      break;
    case 'given-up':
      line(
        `${paint.red('given up')} ${event.what} did not stay ${count(event.times, 'time')}: left alone until the file is edited`,
      );
      break;
    case 'left':
      line(
        `${paint.yellow('left')} ${event.joined}, which node ${event.node} has joined, is no more; its network stays until the lab lets it go`,
      );
      break;
    case 'overrun':
      output.note('netlab: more happened than could be heard; the whole lab is looked at');
      break;
    case 'end':
      if (event.reason === 'down') output.note('netlab: the lab has been taken down; the watch ends');
      break;
    case 'watching':
      output.note('\nwatching it; Ctrl-C ends the watch, and the lab stays up');
      break;
    case 'up':
      break;
  }
}

const PAST = { create: 'created', update: 'updated', replace: 'replaced', remove: 'removed' } as const;

function words({ field, from, to }: Difference): string {
  return `${field}: ${from ?? 'unset'} → ${to ?? 'unset'}`;
}

function errorText(error: unknown, { notePaint: paint }: Output): string {
  return failureOf(error, paint).text;
}

function errorOf(event: WatchEvent): object {
  return event.event === 'failed' ? failureOf(event.error, palette(false)).json : {};
}

function failureOf(error: unknown, paint: Palette): Failure {
  return failure(error, { failure: 1, usage: 'up [FILE]', root: true, debug: false, verbose: false, paint });
}
