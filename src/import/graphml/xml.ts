/**
 * XML text → elements with their attributes, their text and their offsets. No namespaces, no document types: one that declares entities is
 * refused, so that nothing ever expands to more than what is written.
 */

/** An element; what stands in it, in order. */
export interface Element {
  /** Without the prefix of a namespace. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** All text in it, that of elements in it too. */
  readonly text: string;
  /** Where its `<` stands. */
  readonly offset: number;
}

/** Something that no XML is, at an offset in the text. */
export class XmlError extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** How deep elements may stand in each other. */
const MAX_DEPTH = 100;
const NAME = '[\\p{L}_:][\\p{L}\\p{N}\\p{M}_:.·-]*';
/** What stands between two pieces of text: comment, CDATA, instruction, declaration, end, start. */
const MARKUP = new RegExp(
  `<!--[^]*?-->|<!\\[CDATA\\[([^]*?)\\]\\]>|<\\?[^]*?\\?>|<!DOCTYPE[^>\\[]*>|</(${NAME})\\s*>|<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`,
  'uy',
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'gu');
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface Open extends Element {
  readonly children: Element[];
  text: string;
  readonly written: string;
}

/**
 * Reads one XML document and gives its outermost element.
 * @throws XmlError at the first thing that is wrong.
 */
export function parseXml(text: string): Element {
  const open: Open[] = [];
  let root: Element | undefined;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  const say = (words: string): void => {
    const inner = open.at(-1);
    if (inner !== undefined) inner.text += words;
    else if (words.trim() !== '') throw new XmlError(at, 'found text outside of the outermost element');
  };
  const end = (element: Open): void => {
    const outer = open.at(-1);
    if (outer !== undefined) outer.text += element.text;
    if (outer === undefined) root = element;
    else outer.children.push(element);
  };
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const until = next < 0 ? text.length : next;
    say(decoded(text.slice(at, until), at));
    at = until;
    if (next < 0) break;
    MARKUP.lastIndex = at;
    const match = MARKUP.exec(text);
    if (match === null) throw new XmlError(at, whatIsWrong(text, at));
    const [whole, cdata, ending, starting, attributes = '', empty] = match;
    if (cdata !== undefined) say(cdata);
    else if (ending !== undefined) {
      const element = open.pop();
      if (element === undefined) throw new XmlError(at, `found </${ending}>, and no element is open`);
      if (element.written !== ending) throw new XmlError(at, `found </${ending}>, expected </${element.written}>`);
      end(element);
    } else if (starting !== undefined) {
      if (open.length === 0 && root !== undefined)
        throw new XmlError(at, `found a second outermost element, <${starting}>`);
      if (open.length === MAX_DEPTH) throw new XmlError(at, `elements stand more than ${MAX_DEPTH} deep in each other`);
      const inTag = at + 1 + starting.length;
      const element = { ...start(starting, at), attributes: attributesOf(attributes, inTag) };
      if (empty === '/') end(element);
      else open.push(element);
    }
    at += whole.length;
  }
  const inner = open.at(-1);
  if (inner !== undefined)
    throw new XmlError(inner.offset, `<${inner.written}> is not closed: the text ends before </${inner.written}>`);
  if (root === undefined) throw new XmlError(0, 'found no element');
  return root;
}

function start(written: string, offset: number): Omit<Open, 'attributes'> {
  return { name: written.slice(written.indexOf(':') + 1), written, children: [], text: '', offset };
}

function attributesOf(text: string, offset: number): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of text.matchAll(ATTRIBUTE)) {
    const [whole, name = '', double, single] = match;
    const at = offset + match.index;
    if (attributes.has(name)) throw new XmlError(at, `the attribute ${name} stands twice in this element`);
    const value = double ?? single ?? '';
    attributes.set(name, decoded(value, at + whole.length - 1 - value.length));
  }
  return attributes;
}

/** `&amp;`, `&#233;` and `&#xe9;` as what they mean. */
function decoded(text: string, offset: number): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6});|#(\d{1,7});|(\w+);)?/g, (whole, hex, decimal, name, at) => {
    const code = hex !== undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    const known = name !== undefined && Object.hasOwn(ENTITIES, String(name)) ? ENTITIES[String(name)] : undefined;
    if (known !== undefined) return known;
    if (code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    const found = whole === '&' ? 'a lone &' : whole;
    throw new XmlError(offset + Number(at), `found ${found}, expected &amp;, &lt;, &gt;, &quot;, &apos; or &#NUMBER;`);
  });
}

function whatIsWrong(text: string, at: number): string {
  const rest = text.slice(at, at + 9);
  if (rest.startsWith('<!--')) return 'this comment is not closed, expected -->';
  if (rest.startsWith('<![CDATA[')) return 'this CDATA section is not closed, expected ]]>';
  if (rest.startsWith('<!DOCTYPE')) return 'found a document type that declares something, expected none';
  if (rest.startsWith('<?')) return 'this instruction is not closed, expected ?>';
  return 'found no element, expected <NAME ATTRIBUTE="VALUE"> (write &lt; for the character)';
}
