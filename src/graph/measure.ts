/** How wide a text will be. Which font it is shown in is not known here, so it is taken to be a wide one. */

/** The fonts of a picture: of names (bold, sans-serif), of interfaces and addresses (monospace), of all other words. */
export type Face = 'name' | 'mono' | 'text' | 'title';

/** CSS pixels. */
export const SIZE: Readonly<Record<Face, number>> = { name: 14, mono: 11, text: 12, title: 18 };

/** From one line of text to the next. */
export const LEADING: Readonly<Record<Face, number>> = { name: 18, mono: 14, text: 16, title: 24 };

// In ems; those of Verdana and DejaVu Sans Bold, than which nothing usual is wider.
const BOLD: readonly (readonly [signs: RegExp, width: number])[] = [
  [/[iljtfI|.,:;'!()[\] ]/, 0.47],
  [/[mwMW@%&]/, 1.12],
  [/[A-Z]/, 0.86],
  [/[\u0020-\u02ff]/, 0.74],
];
const REGULAR = 0.9;
/** DejaVu Sans Mono, Menlo and Courier have 0.60. */
const MONO = 0.61;
/** Ideographs, and whatever else nobody has measured. */
const FULL = 1.1;

/** CSS pixels, rounded up. */
export function widthOf(text: string, face: Face): number {
  let ems = 0;
  for (const sign of text) {
    if (face === 'mono') ems += sign <= '\u02ff' ? MONO : FULL;
    else {
      const bold = BOLD.find(([signs]) => signs.test(sign))?.[1] ?? FULL;
      ems += face === 'text' ? bold * REGULAR : bold;
    }
  }
  return Math.ceil(ems * SIZE[face]);
}
