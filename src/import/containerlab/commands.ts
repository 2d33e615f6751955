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

/** Whether a container with this command only waits for somebody to come. */
export function onlyWaits(command: readonly string[]): boolean {
  const program = command[0]?.replace(/^.*\//, '') ?? '';
  if (['sh', 'bash', 'ash', 'zsh', 'cat'].includes(program) && command.length === 1) return true;
  if (program === 'sleep') return true;
  return program === 'tail' && command.includes('/dev/null');
}
