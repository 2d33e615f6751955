/** Time that is over. */

/** What a timer can wait for, in ms. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `action` after so many ms, and after what has come until then was heard: where this process had no turn for a while both are due,
 * and Node looks at timers before it looks at descriptors. Returns what calls it off.
 */
export function after(ms: number, action: () => void): () => void {
  let last: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (last = setImmediate(action)), Math.min(Math.max(0, ms), LONGEST));
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}
