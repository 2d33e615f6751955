/** Filters of packets: read, compiled for the kernel, and run. packet-filter/ has the parts. */
import { type Instruction, runProgram, type Seen } from './packet-filter/bpf.ts';
import { compileTest, type CompileOptions } from './packet-filter/compile.ts';
import { type FilterNames, parseFilter as parse } from './packet-filter/parse.ts';
import { FilterError } from './packet-filter/words.ts';

export { encodeProgram } from './packet-filter/bpf.ts';
export type { Instruction, Seen } from './packet-filter/bpf.ts';
export { FILTER_WORDS } from './packet-filter/parse.ts';
export type { FilterNames } from './packet-filter/parse.ts';
export { FilterError } from './packet-filter/words.ts';

/** A filter that has been understood. */
export interface PacketFilter {
  /** As it was written. */
  readonly text: string;
  /** For sockets whose packets begin with such a header. What tcpdump -d prints. */
  readonly program: (options: CompileOptions) => Instruction[];
  /** Whether a packet is meant; `header` says what its bytes begin with. */
  readonly means: (packet: Seen, header: CompileOptions['header']) => boolean;
}

/**
 * Reads a filter; the empty one means every packet.
 * @throws FilterError, with the word that is wrong and what was expected; also of one that is longer than the kernel takes.
 */
export function parseFilter(text: string, names: FilterNames = {}): PacketFilter {
  const test = parse(text, names);
  const program = (options: CompileOptions): Instruction[] => {
    const compiled = compileTest(test, options);
    if (compiled === undefined)
      throw new FilterError('', text.length, 'a shorter one: the kernel takes 4096 instructions');
    return compiled;
  };
  const plain = { 0: program({ header: 0 }), 14: program({ header: 14 }) };
  return { text, program, means: (packet, header) => runProgram(plain[header], packet) > 0 };
}
