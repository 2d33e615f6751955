/** Waiting for a descriptor, a time, or a signal, whichever is first. */
import { type Watch, watchReadable, watchWritable } from '../sys/libc.ts';
import { after } from '../sys/timer.ts';
import { INTERRUPTED, NO_ANSWER } from './outcome.ts';

/**
 * Resolves with an empty string when a socket can be written to, or read from; with {@link NO_ANSWER} after so many ms, and with
 * {@link INTERRUPTED} when the signal is aborted.
 */
export function ready(fd: number, how: 'readable' | 'writable', ms: number, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const finish = (why: string): void => {
      callOff();
      signal?.removeEventListener('abort', onAbort);
      watch.close();
      resolve(why);
    };
    const onAbort = (): void => finish(INTERRUPTED);
    const callOff = after(ms, () => finish(NO_ANSWER));
    const heard = (): void => finish('');
    const watch: Watch = how === 'readable' ? watchReadable(fd, heard) : watchWritable(fd, heard);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
}
