/** Classic BPF, the kernel's little machine for filters of sockets: its instructions as bytes, and what they do to a packet. linux/filter.h */

/** One instruction, as `tcpdump -dd` prints it. */
export interface Instruction {
  readonly code: number;
  /** How many instructions are skipped when a comparison holds, and when it does not. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** The codes that are used here: linux/bpf_common.h. */
export const BPF = {
  LD_W_ABS: 0x20,
  LD_H_ABS: 0x28,
  LD_B_ABS: 0x30,
  LD_W_IND: 0x40,
  LD_H_IND: 0x48,
  LD_B_IND: 0x50,
  LD_W_LEN: 0x80,
  LD_IMM: 0x00,
  LD_MEM: 0x60,
  LDX_MEM: 0x61,
  ST: 0x02,
  ALU_AND_K: 0x54,
  ALU_LSH_K: 0x64,
  ALU_ADD_X: 0x0c,
  JMP_JA: 0x05,
  JMP_JEQ_K: 0x15,
  JMP_JGT_K: 0x25,
  JMP_JGE_K: 0x35,
  RET_K: 0x06,
  MISC_TAX: 0x07,
} as const;

/** What can be loaded that is not in the packet: linux/filter.h, as addresses beyond all packets. */
export const SKF_AD = {
  PROTOCOL: 0xfffff000,
  PKTTYPE: 0xfffff004,
  VLAN_TAG: 0xfffff02c,
  VLAN_TAG_PRESENT: 0xfffff030,
} as const;

/** The kernel takes no more: linux/bpf_common.h. */
export const BPF_MAXINSNS = 4096;

/** struct sock_filter, one after another, in the machine's order. */
export function encodeProgram(program: readonly Instruction[], little: boolean): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jt, jf, k }, at) => {
    view.setUint16(at * 8, code, little);
    view.setUint8(at * 8 + 2, jt);
    view.setUint8(at * 8 + 3, jf);
    view.setUint32(at * 8 + 4, k >>> 0, little);
  });
  return bytes;
}

/** A packet as a socket has it. */
export interface Seen {
  /** From the link-layer header on, or from the network header on, as the program was made for. */
  readonly bytes: Uint8Array;
  /** Bytes that it had. */
  readonly length: number;
  readonly protocol: number;
  /** PACKET_OUTGOING is 4. */
  readonly type: number;
}

/** Runs a program as the kernel would; how many bytes of the packet shall be kept, 0 for none of it. The tag of a VLAN stands in the packet. */
export function runProgram(program: readonly Instruction[], { bytes, length, protocol, type }: Seen): number {
  const memory = new Uint32Array(16);
  const beside: Readonly<Record<number, number>> = {
    [SKF_AD.PROTOCOL]: protocol,
    [SKF_AD.PKTTYPE]: type,
    [SKF_AD.VLAN_TAG]: 0,
    [SKF_AD.VLAN_TAG_PRESENT]: 0,
  };
  let [a, x] = [0, 0];
  const load = (at: number, size: number): boolean => {
    if (at + size > bytes.length) return false;
    a = 0;
    for (let i = 0; i < size; i++) a = a * 256 + bytes[at + i]!;
    return true;
  };
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc]!;
    if (code === BPF.RET_K) return k;
    if (code === BPF.JMP_JA) pc += k;
    else if (code === BPF.JMP_JEQ_K) pc += a === k ? jt : jf;
    else if (code === BPF.JMP_JGT_K) pc += a > k ? jt : jf;
    else if (code === BPF.JMP_JGE_K) pc += a >= k ? jt : jf;
    else if (code === BPF.LD_IMM) a = k;
    else if (code === BPF.LD_MEM) a = memory[k]!;
    else if (code === BPF.LDX_MEM) x = memory[k]!;
    else if (code === BPF.ST) memory[k] = a;
    else if (code === BPF.ALU_AND_K) a = (a & k) >>> 0;
    else if (code === BPF.ALU_LSH_K) a = (a << k) >>> 0;
    else if (code === BPF.ALU_ADD_X) a = (a + x) >>> 0;
    else if (code === BPF.MISC_TAX) x = a;
    else if (code === BPF.LD_W_LEN) a = length;
    else {
      const isIndirect = (code & 0xe0) === 0x40;
      const known = isIndirect ? undefined : beside[k];
      if (known !== undefined) a = known;
      // What would be read beyond the end of a packet ends the program: it is not meant.
      else if (!load(isIndirect ? x + k : k, SIZES[code & 0x18]!)) return 0;
    }
  }
  return 0;
}

const SIZES: Readonly<Record<number, number>> = { 0x00: 4, 0x08: 2, 0x10: 1 };
