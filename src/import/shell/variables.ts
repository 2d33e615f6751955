/** Variables of a script whose values are known before it runs, and loops over lists that are. */
import { type Unit, unitsOf } from './units.ts';

/** A value that is the same word with quotes around it and without. */
const PLAIN = /^[\w./:@%+,=-]+$/;
/** Nobody reads more rounds than that. */
const MOST_ROUNDS = 64;

/** The variables of a shell, as far as they are certain. */
export class Variables {
  /** Undefined for one of which nobody knows. */
  readonly #values: Map<string, string | undefined>;
  #isOpen = false;
  readonly #hostname: string;

  /** `env`: what the shell begins with; `hostname`: what `hostname` prints. */
  constructor(env: Readonly<Record<string, string>>, hostname: string) {
    this.#values = new Map([['HOSTNAME', hostname], ...Object.entries(env)]);
    this.#hostname = hostname;
  }

  /** Notes what a line sets: `A=1`, `export A="${B:-c}"`. Of what is not certain it knows nothing any more. */
  note(line: string): void {
    for (const [, name, text] of line.matchAll(/(?:^|[\s;])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;]*)/g)) {
      const bare = /^(["']?)(.*)\1$/s.exec(text!)![2]!;
      const value = text!.startsWith("'") ? bare : this.fill(bare);
      if (value === undefined || !PLAIN.test(value)) this.#values.set(name!, undefined);
      else this.#values.set(name!, value);
    }
  }

  /** Forgets what a piece of a script that is not followed may set. */
  forget(text: string): void {
    if (/(?:^|[\s;&|])(?:eval|source|\.|unset)\s/.test(text)) {
      this.#values.clear();
      this.#isOpen = true;
    }
    const set = text.matchAll(/\b([A-Za-z_]\w*)\+?=|\b(?:for|read(?:\s+-\w+)*)\s+([A-Za-z_]\w*)/g);
    for (const [, name, other] of set) this.#values.set(name ?? other!, undefined);
  }

  /** The text with its variables replaced; undefined where one is not known, or something else is only known when it runs. */
  fill(text: string): string | undefined {
    let isKnown = true;
    const known = (value: string | undefined): string => {
      isKnown &&= value !== undefined && PLAIN.test(value);
      return value ?? '';
    };
    const filled = text.replaceAll(
      /\\.|'[^']*'|\$\(hostname\)|`hostname`|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)(?::?-([^${}"'`]*))?\}|[$`]/gs,
      (whole: string, bare?: string, braced?: string, otherwise?: string) => {
        if (/^[\\']/.test(whole)) return whole;
        if (whole.endsWith('hostname)') || whole === '`hostname`') return known(this.#hostname);
        const name = bare ?? braced ?? '';
        return known(this.#values.has(name) || this.#isOpen ? this.#values.get(name) : otherwise);
      },
    );
    return isKnown ? filled : undefined;
  }

  /** The rounds of `for NAME in WORD …; do …; done`, each as the statements that it runs; undefined where that is not certain. */
  rounds({ text, line, column }: Unit): Unit[] | undefined {
    const [, name, list, body] =
      /^for\s+([A-Za-z_]\w*)\s+in\s+([^;\n]*?)\s*[;\n]\s*do\b(.*)[;\n]\s*done\s*;?$/s.exec(text) ?? [];
    if (name === undefined || /(?:^|[\s;&|])(?:for|while|until|if|case|select|do|break|continue)\s/.test(body!))
      return undefined;
    const words = this.fill(list!.replaceAll(/\$\(seq\s+(\d+)\s+(\d+)\)|\{(\d+)\.\.(\d+)\}/g, sequence))?.split(/\s+/);
    if (words === undefined || words.length > MOST_ROUNDS || !words.every((word) => PLAIN.test(word))) return undefined;
    const rounds = words.map((word) => {
      this.#values.set(name, word);
      return this.fill(body!);
    });
    if (rounds.includes(undefined)) return undefined;
    return rounds.flatMap((round) => unitsOf(round!).map((unit) => ({ ...unit, line, column })));
  }
}

/** `$(seq 1 3)`, `{1..3}` */
function sequence(whole: string, ...ends: (string | undefined)[]): string {
  const [from, to] = [Number(ends[0] ?? ends[2]), Number(ends[1] ?? ends[3])];
  if (to < from || to - from >= MOST_ROUNDS) return whole;
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).join(' ');
}
