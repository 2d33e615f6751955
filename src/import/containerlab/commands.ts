/** `exec`, `cmd` and `entrypoint`: lines that containerlab takes apart itself, without a shell. */

/** The words of a line, as Go's shlex has them: quotes and backslashes, `#` begins a comment. Undefined where a quote is not closed. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!;
    if (letter === '#' && word === undefined) break;
    if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === "'") {
      const end = line.indexOf("'", i + 1);
      if (end < 0) return undefined;
      word = (word ?? '') + line.slice(i + 1, end);
      i = end;
    } else if (letter === '"') {
      word ??= '';
      for (i++; line[i] !== '"'; i++) {
        if (i >= line.length) return undefined;
        if (line[i] === '\\') i++;
        word += line[i] ?? '';
      }
    } else if (letter === '\\') word = (word ?? '') + (line[++i] ?? '');
    else word = (word ?? '') + letter;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * The script that a line gives to a shell: `sh -c 'ip link add …; …'`. Undefined for another line, and for a script that says something to its own shell
 * alone, and is not to be said to that of all lines.
 */
export function scriptOf([program = '', option = '', script, ...more]: readonly string[]): string | undefined {
  if (!SHELL.test(program) || !/^-[a-z]*c$/.test(option) || script === undefined || more.length > 0) return undefined;
  const isOwn =
    /(?:^|[;&|{(\n]|\b(?:do|then|else)\b)\s*(?:exit|exec|cd|set|trap|export|umask|return|shopt|alias)\b/.test(script);
  return isOwn || option.includes('e') ? undefined : script;
}

/** The words with a shell that this machine has: that of small images is none of Debian's. */
export function withShell(words: readonly string[]): readonly string[] {
  return /^(?:\/bin\/)?ash$/.test(words[0] ?? '') ? ['sh', ...words.slice(1)] : words;
}

const SHELL = /^(?:\/bin\/|\/usr\/bin\/)?(?:ba|da|a)?sh$/;

/** Whether a container with this command only waits for somebody to come. */
export function onlyWaits(command: readonly string[]): boolean {
  const program = command[0]?.replace(/^.*\//, '') ?? '';
  if (['sh', 'bash', 'ash', 'zsh', 'cat'].includes(program) && command.length === 1) return true;
  if (program === 'sleep') return true;
  return program === 'tail' && command.includes('/dev/null');
}
