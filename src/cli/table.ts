/** Columns that line up, for terminals. */

/** One row; a cell may hold several lines, and then the row takes as many. */
export type Row = readonly string[];

/** Lays rows out in columns, two spaces apart, without trailing blanks. A column that is empty everywhere is left out. */
export function table(head: Row, rows: readonly Row[], style: (head: string) => string = (text) => text): string {
  const lines = rows.flatMap(unfold);
  const used = head.map((_, column) => lines.some((line) => (line[column] ?? '') !== ''));
  const pick = (row: Row): string[] => head.map((_, column) => row[column] ?? '').filter((_, column) => used[column]);

  const title = pick(head);
  const body = lines.map(pick);
  const widths = title.map((text, column) => Math.max(...[text, ...body.map((row) => row[column] ?? '')].map(width)));
  const lay = (row: Row): string =>
    row
      .map((text, column) => pad(text, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [style(lay(title)), ...body.map(lay)].join('\n');
}

/** A row whose cells have several lines becomes several rows. */
function unfold(row: Row): Row[] {
  const cells = row.map((cell) => cell.split('\n'));
  const height = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
}

/** Fills up with blanks on the right, counting columns of the terminal. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

// oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
const COLORS = /\x1b\[[0-9;]*m/g;
const COMBINING = /\p{Mark}|\p{Cf}/u;
// East Asian Wide and Fullwidth, and pictographs: the blocks that wcwidth(3) gives two columns.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a text takes; colours take none. */
export function width(text: string): number {
  const bare = text.replace(COLORS, '');
  // Nearly all names and addresses are ASCII.
  if (/^[\x20-\x7e]*$/.test(bare)) return bare.length;
  let columns = 0;
  for (const character of bare) columns += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}
