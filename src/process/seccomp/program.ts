/** Verdicts as a program of classic BPF, which the kernel runs at each system call. See seccomp(2) and bpf(4). */
import type { Abi } from './numbers.ts';
import { unnamed, type Verdict, verdicts } from './profile.ts';

/** One instruction: `struct sock_filter`. */
export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

// <linux/bpf_common.h>: load a word, jump, return.
const LOAD = 0x20;
const JUMP = 0x05;
const JUMP_EQUAL = 0x15;
const JUMP_FROM = 0x35;
const JUMP_BITS = 0x45;
const RETURN = 0x06;

// <linux/seccomp.h>: struct seccomp_data, and what a filter returns.
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;
const ALLOW = 0x7fff0000;
const FAIL = 0x50000;
const KILL_THREAD = 0;
const EPERM = 1;
const ENOSYS = 38;

/** The calls of x32 are those of x86-64 with this bit. */
const X32_BIT = 0x40000000;

// <linux/audit.h>
const AUDIT = { x86_64: 0xc000003e, i386: 0x40000003, aarch64: 0xc00000b7 } as const;

/** The architectures of Node for which there is a filter, and what else their kernels run. */
const MACHINES: Readonly<Record<string, readonly (keyof typeof AUDIT)[]>> = {
  x64: ['x86_64', 'i386'],
  arm64: ['aarch64'],
};

/** Whether there is a filter for machines of this architecture, as Node names it. */
export function hasFilter(machine: string): boolean {
  return Object.hasOwn(MACHINES, machine);
}

/** The filter for a program with just these capabilities. What calls by another ABI than the machine's is killed. */
export function filterOf(has: (capability: string) => boolean, machine: string = process.arch): Instruction[] {
  const bodies = (MACHINES[machine] ?? []).map((abi) => ({
    audit: AUDIT[abi],
    body: [
      [LOAD, 0, 0, NUMBER] as const,
      ...(abi === 'x86_64'
        ? branch(X32_BIT, tree(segments('x86_64', has)), tree(segments('x32', has, X32_BIT)))
        : tree(segments(abi, has))),
    ],
  }));
  let program: Instruction[] = [[RETURN, 0, 0, KILL_THREAD]];
  for (const { audit, body } of bodies.toReversed()) {
    program = [[JUMP_EQUAL, 1, 0, audit], [JUMP, 0, 0, body.length], ...body, ...program];
  }
  return [[LOAD, 0, 0, ARCHITECTURE], ...program];
}

/** Numbers from `from` on, up to the next segment, of which one thing becomes. */
interface Segment {
  readonly from: number;
  readonly verdict: Verdict;
}

/** All numbers of an ABI, as few segments as there are. */
function segments(abi: Abi, has: (capability: string) => boolean, bit = 0): Segment[] {
  const named = verdicts(abi, has);
  const out: Segment[] = [];
  // One beyond the last named is enough: what comes after it is like it.
  const last = Math.max(...named.keys()) + 1;
  for (let number = 0; number <= last; number++) {
    const verdict = named.get(number) ?? unnamed(abi, number);
    if (out.at(-1)?.verdict !== verdict) out.push({ from: number + bit, verdict });
  }
  return out;
}

/** Finds the segment of the number that was loaded. */
function tree(list: readonly Segment[]): Instruction[] {
  if (list.length === 1) return leaf(list[0]!.verdict);
  const middle = list.length >> 1;
  return branch(list[middle]!.from, tree(list.slice(0, middle)), tree(list.slice(middle)));
}

/** One of two ways: what was loaded is below `from`, or not. A jump of its own leads farther than the 255 steps of a condition. */
function branch(from: number, below: readonly Instruction[], above: readonly Instruction[]): Instruction[] {
  if (below.length <= 255) return [[JUMP_FROM, below.length, 0, from], ...below, ...above];
  return [[JUMP_FROM, 0, 1, from], [JUMP, 0, 0, below.length], ...below, ...above];
}

const allow: Instruction = [RETURN, 0, 0, ALLOW];
const eperm: Instruction = [RETURN, 0, 0, FAIL | EPERM];

function leaf(verdict: Verdict): Instruction[] {
  if (verdict === 'allow') return [allow];
  if (verdict === 'eperm') return [eperm];
  if (verdict === 'enosys') return [[RETURN, 0, 0, FAIL | ENOSYS]];
  const load: Instruction = [LOAD, 0, 0, FIRST_ARGUMENT];
  if ('without' in verdict) return [load, [JUMP_BITS, 1, 0, verdict.without], allow, eperm];
  const [values, then, otherwise] = 'oneOf' in verdict ? [verdict.oneOf, allow, eperm] : [verdict.noneOf, eperm, allow];
  return [load, ...values.map((value, i): Instruction => [JUMP_EQUAL, values.length - i, 0, value]), otherwise, then];
}

/** As netlab-init takes it: 16 hexadecimal digits an instruction. */
export function encodeFilter(program: readonly Instruction[]): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return program.map(([code, jt, jf, k]) => `${hex(code, 4)}${hex(jt, 2)}${hex(jf, 2)}${hex(k, 8)}`).join('');
}
