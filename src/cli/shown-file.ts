/** A file's path as a person wants to see it: below the current folder, by its path from there. */
export function shownFile(file: string, cwd = process.cwd()): string {
  if (file === '-') return '(standard input)';
  return file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
}
