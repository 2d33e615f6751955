/** Filters of system calls, read from a process and carried out here: what the kernel would answer, without calling it. */
import { fileURLToPath } from 'node:url';

import type { Instruction } from '../../src/process/seccomp/program.ts';
import { run } from './run.ts';

const READER = fileURLToPath(new URL('../../../test/support/filter.py', import.meta.url));

/** A system call as a filter sees it: `struct seccomp_data`. */
export interface Call {
  readonly number: number;
  readonly arch: number;
  readonly args: readonly number[];
}

/** The filters of a process, in the order in which they are asked; by PTRACE_SECCOMP_GET_FILTER. */
export function filtersOf(pid: number): Instruction[][] {
  return run('python3', [READER, String(pid)])
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const bytes = Buffer.from(line, 'hex');
      return Array.from({ length: bytes.length / 8 }, (_, i): Instruction => [
        bytes.readUInt16LE(i * 8),
        bytes[i * 8 + 2]!,
        bytes[i * 8 + 3]!,
        bytes.readUInt32LE(i * 8 + 4),
      ]);
    });
}

const ALLOW = 0x7fff0000;
const FAIL = 0x50000;

/** `allow`, `kill`, or the errno. */
export function answer(filter: readonly Instruction[], call: Call): string {
  const value = evaluate(filter, call);
  if (value === ALLOW) return 'allow';
  return (value & 0xffff0000) === FAIL ? `errno ${value & 0xffff}` : value === 0 ? 'kill' : `0x${value.toString(16)}`;
}

/** A machine for classic BPF, with as much of it as filters use. */
function evaluate(filter: readonly Instruction[], { number, arch, args }: Call): number {
  const words = [number >>> 0, arch >>> 0, 0, 0, ...args.flatMap((arg) => [arg >>> 0, 0])];
  const memory: number[] = [];
  let [a, x] = [0, 0];
  for (let at = 0; at < filter.length; at++) {
    const [code, jt, jf, k] = filter[at]!;
    const jump = (holds: boolean): void => {
      at += holds ? jt : jf;
    };
    if (code === 0x20) a = words[k / 4] ?? 0;
    else if (code === 0x05) at += k;
    else if (code === 0x15) jump(a === k);
    else if (code === 0x25) jump(a > k);
    else if (code === 0x35) jump(a >= k);
    else if (code === 0x45) jump((a & k) !== 0);
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x02) memory[k] = a;
    else if (code === 0x60) a = memory[k] ?? 0;
    else if (code === 0x07) x = a;
    else if (code === 0x87) a = x;
    else if (code === 0x06) return k;
    else throw new Error(`no such instruction: 0x${code.toString(16)}`);
  }
  throw new Error('the filter has no end');
}
