/** Text as XML 1.0 has it. */

/** Attributes as they stand in a tag, each after a space. What is undefined is left out. */
export function attributes(facts: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(facts)
    .flatMap(([name, value]) =>
      value === undefined
        ? []
        : [` ${name}="${escaped(String(value)).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`],
    )
    .join('');
}

/** What XML 1.0 has no place for, not even escaped, becomes U+FFFD. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}
