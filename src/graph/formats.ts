/** What a graph can be written as. Loads nothing: the command line completes these words. */

export const FORMATS = ['svg', 'mermaid', 'dot', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** `auto`: as the surroundings are, by `prefers-color-scheme`; light where nobody says. */
export const THEMES = ['light', 'dark', 'auto'] as const;
export type Theme = (typeof THEMES)[number];

/** The endings of files that are meant to be of a format. */
const ENDINGS: Readonly<Record<Format, readonly string[]>> = {
  svg: ['svg'],
  mermaid: ['mmd', 'mermaid'],
  dot: ['dot', 'gv'],
  json: ['json'],
};

/** The format that a file's name asks for, if it does. */
export function formatOf(file: string): Format | undefined {
  const ending = /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  return FORMATS.find((format) => ENDINGS[format].includes(ending));
}
