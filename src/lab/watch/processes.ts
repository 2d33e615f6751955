/** What PID 1s write down of their processes, as they write it: `logs/events.jsonl`. */
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { followLog } from '../../process/logs.ts';
import { labPaths } from '../../state/paths.ts';

/** A line of the record: `start`, `exit`, `exec-failed`, `node-start`, `node-exit`, or the word of a limit that was met. */
export interface ProcessNote {
  readonly event: string;
  readonly node: string;
  /** Empty where the node itself is meant. */
  readonly process: string;
  readonly code?: number;
  readonly signal?: number;
  /** Seconds since 1970. */
  readonly time?: number;
  /** For a limit that was met. */
  readonly count?: number;
}

/** Calls `onNote` for each line that is written from now on, until `signal` is aborted. */
export async function followProcesses(
  lab: string,
  onNote: (note: ProcessNote) => void,
  signal: AbortSignal,
): Promise<void> {
  const path = join(labPaths(lab).logs, 'events.jsonl');
  let rest = '';
  for await (const bytes of followLog(path, statSync(path, { throwIfNoEntry: false })?.size ?? 0, signal)) {
    const lines = (rest + bytes.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const note = parse(line);
      if (note !== undefined) onNote(note);
    }
  }
}

/** Undefined for a line that is none of ours. */
function parse(line: string): ProcessNote | undefined {
  try {
    const note = JSON.parse(line) as ProcessNote;
    return typeof note.node === 'string' && typeof note.event === 'string' ? note : undefined;
  } catch {
    return undefined;
  }
}

/** How a process ended, in words. */
export function endWords({ code = 0, signal = 0 }: Pick<ProcessNote, 'code' | 'signal'>): string {
  return signal === 0 ? `ended with ${code}` : `was killed by signal ${signal}`;
}
