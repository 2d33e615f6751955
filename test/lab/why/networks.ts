/**
 * Small networks to make mistakes in: `@` behind a name, and in an address, is the number of the mistake.
 */
import type { CauseWord, Direction } from '../../../src/model/why.ts';
import type { WhyOptions } from '../../../src/why/why.ts';
import { edited, type Feature } from '../../support/index.ts';

/** One, and what is to be said of it. */
export interface Mistake {
  readonly name: string;
  readonly text: string;
  /** Commands in nodes, in order: `[node, …argv]`. */
  readonly breaks?: readonly (readonly string[])[];
  /** `a@ b@` unless said. */
  readonly ask?: readonly [from: string, to: string];
  readonly options?: WhyOptions;
  readonly cause: CauseWord;
  readonly node: string;
  /** There, unless said. */
  readonly direction?: Direction;
  /** What the line that is named must contain. */
  readonly look: string;
  /** What the sentence must say besides. */
  readonly says?: RegExp;
  /** The tools that the breakage needs. */
  readonly needs?: readonly Feature[];
  /** How ping(8) is asked, and that it succeeds although the wrong node answers. */
  readonly oracle?: { readonly options?: readonly string[]; readonly answers?: true };
}

/** One passage for another. */
export type Edit = readonly [passage: string, replacement: string];

/** a — r — b. */
export function routed(...edits: readonly Edit[]): string {
  return change(
    `
nodes:
  a@:
    interfaces:
      eth0: { addresses: [10.@.0.2/24] }
    routes: [{ to: default, via: 10.@.0.1 }]
  r@:
    forwarding: true
    interfaces:
      eth0: { addresses: [10.@.0.1/24] }
      eth1: { addresses: [10.@.1.1/24] }
  b@:
    interfaces:
      eth0: { addresses: [10.@.1.2/24] }
    routes: [{ to: default, via: 10.@.1.1 }]
links:
  - ["a@:eth0", "r@:eth0"]
  - ["r@:eth1", "b@:eth0"]
`,
    edits,
  );
}

/** The same over IPv6. */
export function routed6(...edits: readonly Edit[]): string {
  return change(
    `
nodes:
  a@:
    interfaces:
      eth0: { addresses: ["fd@:0::2/64"] }
    routes: [{ to: default6, via: "fd@:0::1" }]
  r@:
    forwarding: { ipv6: true }
    interfaces:
      eth0: { addresses: ["fd@:0::1/64"] }
      eth1: { addresses: ["fd@:1::1/64"] }
  b@:
    interfaces:
      eth0: { addresses: ["fd@:1::2/64"] }
    routes: [{ to: default6, via: "fd@:1::1" }]
links:
  - ["a@:eth0", "r@:eth0"]
  - ["r@:eth1", "b@:eth0"]
`.replaceAll(/fd@:(\d)::/g, 'fd00:@:$1::'),
    edits,
  );
}

/** a, b and c on one LAN. */
export function lan(...edits: readonly Edit[]): string {
  return change(
    `
nodes:
  a@:
    interfaces:
      eth0: { addresses: [10.@.0.2/24, "fd00:@::2/64"] }
  b@:
    interfaces:
      eth0: { addresses: [10.@.0.3/24, "fd00:@::3/64"], mac: "02:00:00:00:00:@" }
  c@:
    interfaces:
      eth0: { addresses: [10.@.0.4/24, "fd00:@::4/64"] }
bridges:
  lan@: { ports: ["a@:eth0", "b@:eth0", "c@:eth0"] }
`,
    edits,
  );
}

export function change(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, [passage, replacement]) => edited(before, passage, replacement), text);
}

/** Passages to be edited. */
export const ROUTER = '  r@:\n    forwarding: true\n';
export const B = '  b@:\n';
export const A = '  a@:\n';
export const withSysctl = (node: string, setting: string): Edit => [node, `${node}    sysctls: { ${setting} }\n`];
export const inRouter = (text: string): Edit => [ROUTER, `${ROUTER}${text}`];
