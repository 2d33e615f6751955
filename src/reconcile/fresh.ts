import { closeSync, openSync } from 'node:fs';

import { c, check } from '../sys/libc.ts';
import { CLONE, inNetns } from '../sys/netns.ts';
import { readSysctl } from '../sys/procfs.ts';

/**
 * What a setting is in a namespace in which nobody has set anything: to put back one that the file no longer has. A device's own
 * setting goes back to the namespace's default for new devices. Undefined when a fresh namespace has no such setting.
 */
export function freshValue(path: string): string | undefined {
  const parts = path.split('/');
  const general =
    parts[2] === 'conf' || parts[2] === 'neigh' ? [...parts.slice(0, 3), 'default', ...parts.slice(4)] : parts;
  return inFreshNetns(() => readSysctl(path) ?? readSysctl(general.join('/')));
}

/** Calls `fn` in a network namespace of its own, which vanishes afterwards. */
export function inFreshNetns<T>(fn: () => T): T {
  const fresh = openFreshNetns();
  try {
    return inNetns(fresh, fn);
  } finally {
    closeSync(fresh);
  }
}

/** A descriptor of a new network namespace, which lives as long as somebody holds it. */
export function openFreshNetns(): number {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    check(c.unshare(CLONE.NEWNET), 'unshare', 'network namespace');
    try {
      return openSync('/proc/thread-self/ns/net', 'r');
    } finally {
      // To go on in there would be worse than to end.
      if (c.setns(home, CLONE.NEWNET) < 0) process.abort();
    }
  } finally {
    closeSync(home);
  }
}
