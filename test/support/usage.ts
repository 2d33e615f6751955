/** What processes and the kernel hold, measured round by round: a leak is what grows with the rounds. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How many descriptors a process has open. */
export function descriptors(pid: number | 'self' = 'self'): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The memory that a process has in use, in KiB. */
export function resident(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);
}

let collect: (() => void) | undefined;

/** What this process's heap holds when nothing is on it that nobody can reach, in KiB; without the machine code, which comes by and by. */
export function heap(): number {
  setFlagsFromString('--expose-gc');
  collect ??= runInNewContext('gc') as () => void;
  collect();
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.includes('code'));
  return Math.round(spaces.reduce((sum, { space_used_size: used }) => sum + used, 0) / 1024);
}

/** The kernel's memory that it cannot give back by itself (SUnreclaim), in KiB. */
export function unreclaimable(): number {
  return Number(/^SUnreclaim:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? NaN);
}

/** How many objects of a kind the kernel has, `net_namespace`; undefined where it does not say. */
export function slabObjects(kind: string): number | undefined {
  try {
    const [, active] = RegExp(`^${kind} +(\\d+)`, 'm').exec(readFileSync('/proc/slabinfo', 'utf8')) ?? [];
    return active === undefined ? undefined : Number(active);
  } catch {
    return undefined;
  }
}

/** How many mounts this process sees. */
export function mounts(): number {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length - 1;
}

/** Measurements by name, one each a round. */
export class Rounds {
  readonly #series = new Map<string, number[]>();

  /** Adds what has been measured in this round. What is undefined cannot be measured here. */
  note(measured: Readonly<Record<string, number | undefined>>): void {
    for (const [name, value] of Object.entries(measured)) {
      if (value === undefined) continue;
      const series = this.#series.get(name) ?? [];
      this.#series.set(name, series);
      series.push(value);
    }
  }

  /**
   * The least of the second quarter and that of the last one: what others do on this machine meanwhile comes and goes, and a leak does
   * not go. The first quarter is for what is made once.
   */
  levels(name: string): { readonly early: number; readonly late: number } {
    const series = this.#series.get(name) ?? [];
    const quarter = Math.floor(series.length / 4);
    assert.ok(quarter > 0, `${name} was measured ${series.length} times, which is too little to compare`);
    return { early: Math.min(...series.slice(quarter, 2 * quarter)), late: Math.min(...series.slice(-quarter)) };
  }

  /** Asserts that this has not grown by more than `margin` from the second quarter of the rounds to the last. */
  assertLevel(name: string, margin: number): void {
    const { early, late } = this.levels(name);
    assert.ok(late <= early + margin, `${name}: ${early} has become ${late}, and may become ${early + margin}`);
  }

  /** All of it in a line: `descriptors 21 → 21, heap 9000 → 9100`. */
  toString(): string {
    return [...this.#series.keys()]
      .map((name) => `${name} ${this.levels(name).early} → ${this.levels(name).late}`)
      .join(', ');
  }
}
