/** What people call places → names that a node, and with it a host, may have. */

/** Letters that no decomposition takes apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
};
/** Longer ones still fit where numbers and interfaces are appended to them. */
const LENGTH = 40;
/** Names that mean something else in a topology. */
const RESERVED = ['host', 'all', 'localhost'];

/**
 * A name for each label, in their order: lower-case letters, digits and hyphens, beginning with a letter, unlike each other.
 * `São Paulo` is `sao-paulo`, a second `Paris` is `paris-2`, and what has no letter of ours at all is `node-7` by its number, from 1.
 */
export function nodeNames(labels: readonly string[]): string[] {
  const taken = new Set(RESERVED);
  const bare = labels.map(nameOf);
  // What is called `paris-2` in the file keeps that name, whatever a second `Paris` before it would like.
  const wanted = new Set(bare);
  return bare.map((base, index) => {
    const stem = base === '' ? `node-${index + 1}` : base;
    let name = stem;
    for (let count = 2; taken.has(name) || (name !== stem && wanted.has(name)); count++) name = `${stem}-${count}`;
    taken.add(name);
    return name;
  });
}

/** A label as a name, perhaps an empty one; not yet unlike others. */
export function nameOf(label: string): string {
  const name = label
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\P{ASCII}/gu, (letter) => LETTERS[letter] ?? (/\p{M}/u.test(letter) ? '' : '-'))
    .replaceAll(/['’.]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LENGTH)
    .replaceAll(/^-+|-+$/g, '');
  return /^\d/.test(name) ? `n${name}` : name;
}
