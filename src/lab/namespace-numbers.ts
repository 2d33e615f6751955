/** Which namespaces a process is in, by their numbers: as lsns(8) shows them. */
import { readlinkSync, statSync } from 'node:fs';

import { NAMESPACE_KINDS } from '../model/namespace.ts';
import type { NamespaceNumbers } from '../model/report.ts';

/** Of a process; nothing of what the kernel does not show us, or does not have. Like `lsns -p PID`. */
export function numbersOf(pid: number): NamespaceNumbers {
  const numbers = NAMESPACE_KINDS.flatMap((kind) => {
    const number = numberOf(`/proc/${pid}/ns/${kind}`);
    return number === undefined ? [] : [[kind, number] as const];
  });
  return Object.fromEntries(numbers);
}

function numberOf(path: string): number | undefined {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(path))?.[1]);
  } catch {
    return undefined;
  }
}

/** Of a network namespace alone, by its name. */
export function numberOfNetns(path: string): NamespaceNumbers {
  return { net: statSync(path).ino };
}
