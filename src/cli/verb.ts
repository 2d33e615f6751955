/** What a file in `verbs/` is: a page of help, a grammar, and something to do. */
import { parse, type COMMON, type Grammar, type OptionTable, type Parsed, type Values } from './args.ts';
import type { Output } from './output.ts';

/** A line of help that a person can type. A test parses every one. */
export interface Example {
  readonly type: string;
  readonly does: string;
}

/** Where an ordinary user's verb goes on. */
export type Inside = 'lab' | 'option' | 'topology' | 'up';

/** Everything that is said about a verb. */
export interface Page extends Grammar {
  readonly name: string;
  /** Without `netlab`: `up [FILE]`. */
  readonly usage: string;
  /** One paragraph; help breaks its lines. A newline begins another. */
  readonly about: string;
  readonly examples: readonly Example[];
  /** Where they are more than 0 done, 1 failed, 2 bad usage. */
  readonly exitCodes?: readonly (readonly [code: string, meaning: string])[];
  /**
   * What an ordinary user's verb goes on inside of: the running lab that it names or finds (`lab`; `option`: by -l alone), that of its topology
   * or else a new one (`topology`), and with the lab's lock (`up`); or what its words make of that. See enter.ts.
   */
  readonly inside?: Inside | ((parsed: Parsed) => Promise<Inside | undefined>);
  /** The exit code of all of netlab's own failures, where the other codes belong to a command that it runs. */
  readonly failure?: number;
}

/** What a verb gets. */
export interface Call<O extends OptionTable> {
  readonly options: Values<O & typeof COMMON>;
  readonly operands: readonly string[];
  readonly output: Output;
}

/** A verb as `main` sees it. */
export interface Verb extends Page {
  parse(words: readonly string[]): Parsed;
  /** Does it. The number is the exit code. */
  run(parsed: Parsed, output: Output): Promise<number>;
}

/** Makes a verb of a page and a function whose options have the types that the page's table gives them. */
export function defineVerb<const O extends OptionTable>(
  page: Page & { readonly options: O },
  run: (call: Call<O>) => Promise<number>,
): Verb {
  return {
    ...page,
    parse: (words) => parse(words, page),
    // `parse` has filled in exactly the table's options.
    run: ({ options, operands }, output) => run({ options: options as Values<O & typeof COMMON>, operands, output }),
  };
}
