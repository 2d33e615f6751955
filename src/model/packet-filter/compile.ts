/** A filter → classic BPF, which the kernel runs on each packet before it costs anything, and runProgram() where the kernel is not asked. */
import { BPF, BPF_MAXINSNS, type Instruction, SKF_AD } from './bpf.ts';
import type { Comparison, Field, Test } from './test.ts';

export interface CompileOptions {
  /** What the packets begin with: the bytes of their link-layer header (14 of Ethernet), or 0 for none. */
  readonly header: 0 | 14;
  /** How many bytes are kept of a packet that is meant. */
  readonly keep?: number;
}

/** A place in the program that is not yet known. */
interface Label {
  at?: number;
}

type Step = Omit<Instruction, 'jt' | 'jf'> & { readonly yes?: Label; readonly no?: Label };

const LOADS = {
  abs: { 1: BPF.LD_B_ABS, 2: BPF.LD_H_ABS, 4: BPF.LD_W_ABS },
  ind: { 1: BPF.LD_B_IND, 2: BPF.LD_H_IND, 4: BPF.LD_W_IND },
} as const;
const JUMPS = { '=': BPF.JMP_JEQ_K, '>': BPF.JMP_JGT_K, '>=': BPF.JMP_JGE_K } as const;

/** What is worked out once, in the machine's memory. */
const M = { NETWORK: 0, PROTOCOL: 1, VLAN: 2 } as const;
const TPIDS = [0x8100, 0x88a8] as const;
const NO_VLAN = 0xffffffff;
const EVERYTHING = 0x40000;

/** Undefined when it would be longer than the kernel takes. */
export function compileTest(test: Test, { header, keep = EVERYTHING }: CompileOptions): Instruction[] | undefined {
  const program = new Program(header);
  const [yes, no]: [Label, Label] = [{}, {}];
  program.prepare();
  program.test(test, yes, no);
  program.place(yes);
  program.step({ code: BPF.RET_K, k: keep });
  program.place(no);
  program.step({ code: BPF.RET_K, k: 0 });
  return program.finish();
}

class Program {
  readonly #header: number;
  readonly #steps: Step[] = [];

  constructor(header: number) {
    this.#header = header;
  }

  step(step: Step): void {
    this.#steps.push(step);
  }

  place(label: Label): void {
    label.at = this.#steps.length;
  }

  /** Where the network header is, which protocol it is of and what VLAN: a tag is beside the packet, or in it. */
  prepare(): void {
    const [tagged, end]: [Label, Label] = [{}, {}];
    this.step({ code: BPF.LD_IMM, k: this.#header });
    this.step({ code: BPF.ST, k: M.NETWORK });
    this.step({ code: BPF.LD_H_ABS, k: SKF_AD.PROTOCOL });
    this.step({ code: BPF.ST, k: M.PROTOCOL });
    for (const tpid of TPIDS) this.#jump(BPF.JMP_JEQ_K, tpid, tagged);
    const beside: Label = {};
    this.step({ code: BPF.LD_B_ABS, k: SKF_AD.VLAN_TAG_PRESENT });
    this.#jump(BPF.JMP_JGT_K, 0, beside);
    this.step({ code: BPF.LD_IMM, k: NO_VLAN });
    this.step({ code: BPF.ST, k: M.VLAN });
    this.step({ code: BPF.JMP_JA, k: 0, yes: end });
    this.place(beside);
    this.step({ code: BPF.LD_H_ABS, k: SKF_AD.VLAN_TAG });
    this.step({ code: BPF.ALU_AND_K, k: 0xfff });
    this.step({ code: BPF.ST, k: M.VLAN });
    this.step({ code: BPF.JMP_JA, k: 0, yes: end });
    this.place(tagged);
    this.step({ code: BPF.LD_H_ABS, k: this.#header + 2 });
    this.step({ code: BPF.ST, k: M.PROTOCOL });
    this.step({ code: BPF.LD_H_ABS, k: this.#header });
    this.step({ code: BPF.ALU_AND_K, k: 0xfff });
    this.step({ code: BPF.ST, k: M.VLAN });
    this.step({ code: BPF.LD_IMM, k: this.#header + 4 });
    this.step({ code: BPF.ST, k: M.NETWORK });
    this.place(end);
  }

  test(test: Test, yes: Label, no: Label): void {
    if ('not' in test) this.test(test.not, no, yes);
    else if ('all' in test) this.#each(test.all, yes, (part, next) => this.test(part, next, no));
    else if ('any' in test) this.#each(test.any, no, (part, next) => this.test(part, yes, next));
    else this.#compare(test, yes, no);
  }

  /** Parts, of which each but the last goes on to the next unless it decides. `none`: where it ends when no part has decided. */
  #each(parts: readonly Test[], none: Label, one: (part: Test, next: Label) => void): void {
    if (parts.length === 0) this.step({ code: BPF.JMP_JA, k: 0, yes: none });
    parts.forEach((part, i) => {
      const next: Label = i === parts.length - 1 ? none : {};
      one(part, next);
      if (next !== none) this.place(next);
    });
  }

  #compare({ field, mask, op, value }: Comparison, yes: Label, no: Label): void {
    if (typeof field === 'object' && field.of === 'link' && this.#header === 0) {
      this.step({ code: BPF.JMP_JA, k: 0, yes: no });
      return;
    }
    this.#load(field);
    if (mask !== undefined) this.step({ code: BPF.ALU_AND_K, k: mask });
    this.step({ code: JUMPS[op], k: value, yes, no });
  }

  #load(field: Field): void {
    if (field === 'length') this.step({ code: BPF.LD_W_LEN, k: 0 });
    else if (field === 'protocol') this.step({ code: BPF.LD_MEM, k: M.PROTOCOL });
    else if (field === 'vlan') this.step({ code: BPF.LD_MEM, k: M.VLAN });
    else if (field === 'type') this.step({ code: BPF.LD_B_ABS, k: SKF_AD.PKTTYPE });
    else if (field.of === 'link') this.step({ code: LOADS.abs[field.size], k: field.at });
    else {
      this.step({ code: BPF.LDX_MEM, k: M.NETWORK });
      if (field.of === 'transport') {
        // The length of an IPv4 header is in words.
        this.step({ code: BPF.LD_B_IND, k: 0 });
        this.step({ code: BPF.ALU_AND_K, k: 0x0f });
        this.step({ code: BPF.ALU_LSH_K, k: 2 });
        this.step({ code: BPF.ALU_ADD_X, k: 0 });
        this.step({ code: BPF.MISC_TAX, k: 0 });
      }
      this.step({ code: LOADS.ind[field.size], k: field.at });
    }
  }

  #jump(code: number, k: number, yes: Label): void {
    const next: Label = {};
    this.step({ code, k, yes, no: next });
    this.place(next);
  }

  /** A conditional jump goes 255 instructions far at most: where one is longer, all go by way of two that go any distance. */
  finish(): Instruction[] | undefined {
    const steps = this.#steps;
    const isFar = steps.some(
      ({ code, yes, no }, i) => code !== BPF.JMP_JA && [yes, no].some((to) => to !== undefined && to.at! - i - 1 > 255),
    );
    const size = (step: Step): number => (isFar && step.no !== undefined ? 3 : 1);
    const at = [0];
    for (const step of steps) at.push(at.at(-1)! + size(step));
    if (at.at(-1)! > BPF_MAXINSNS) return undefined;
    return steps.flatMap(({ code, k, yes, no }, i): Instruction[] => {
      const far = (to: Label | undefined, from: number): number => (to === undefined ? 0 : at[to.at!]! - from - 1);
      const here = at[i]!;
      if (no === undefined) return [{ code, jt: 0, jf: 0, k: yes === undefined ? k : far(yes, here) }];
      if (!isFar) return [{ code, k, jt: far(yes, here), jf: far(no, here) }];
      const jump = (to: Label | undefined, from: number): Instruction => ({
        code: BPF.JMP_JA,
        jt: 0,
        jf: 0,
        k: far(to, from),
      });
      return [{ code, k, jt: 0, jf: 1 }, jump(yes, here + 1), jump(no, here + 2)];
    });
  }
}
