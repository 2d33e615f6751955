/** What a scalar of YAML 1.2's core schema means. */
import { boolCoreTag, floatCoreTag, intCoreTag, nullCoreTag, NOT_RESOLVED } from 'js-yaml';

const TAGS = { '!!int': intCoreTag, '!!float': floatCoreTag, '!!bool': boolCoreTag, '!!null': nullCoreTag };

/** What a scalar with a tag means; NOT_RESOLVED when it is no such thing, undefined when there is no such tag. */
export function tagged(tag: string, text: string): unknown {
  if (tag === '!' || tag === '!!str') return text;
  const known = Object.hasOwn(TAGS, tag) ? TAGS[tag as keyof typeof TAGS] : undefined;
  return known?.resolve(text, true, known.tagName);
}

/** What a plain scalar means: a null, boolean, number or else the text itself. */
export function plain(text: string): unknown {
  if (text === '') return null;
  const first = text.charCodeAt(0);
  // Letters from other words than null, true, false, and most punctuation, cannot begin anything but text.
  if (first >= 48 && first <= 57 ? text.includes(':') || text.includes('/') : !'+-.~nNtTfF'.includes(text[0]!)) {
    return text;
  }
  for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const value: unknown = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}
