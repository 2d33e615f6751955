import { closeSync, openSync } from 'node:fs';

import { generalKey, INITIAL, sysctlPath } from '../resource/sysctl.ts';
import { c, check } from '../sys/libc.ts';
import { CLONE, inNetns } from '../sys/netns.ts';
import { readSysctl } from '../sys/procfs.ts';

/**
 * What a setting is in a new namespace of ours, of which the file says nothing: to put back one that the file no longer has. A device's
 * own setting goes back to what new devices have. Undefined when a fresh namespace has no such setting.
 */
export function freshValue(key: string): string | undefined {
  const general = generalKey(key);
  return INITIAL[general] ?? inFreshNetns(() => readSysctl(sysctlPath(key)) ?? readSysctl(sysctlPath(general)));
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
