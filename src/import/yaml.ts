/** A topology → YAML as a person writes it: what is short stands on one line, what is long on several. */
import { dump } from 'js-yaml';

const WIDTH = 120;
const INDENT = '  ';

/** The text of a topology file, without a comment. Values with a `$` that would be a variable are escaped. */
export function topologyYaml(topology: object): string {
  return block(topology, 0, '')
    .map((line, i, all) => {
      // A text that ends in empty lines would take this one for its own; and it is apart as it is.
      const isApart = i === 0 || all[i - 1] === '';
      return !isApart && /^[a-z]+:$/.test(line) ? `\n${line}` : line;
    })
    .join('\n')
    .concat('\n');
}

/** `section`: the key of the file below which it stands. */
function block(value: object, depth: number, section: string): string[] {
  const indent = INDENT.repeat(depth);
  const entries: (readonly [start: string, item: unknown])[] = Array.isArray(value)
    ? (value as unknown[]).map((item) => ['-', item] as const)
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [`${flow(key)}:`, item] as const);
  return entries.flatMap(([start, item]) => {
    if (typeof item === 'string' && isParagraph(item)) return paragraph(`${indent}${start} `, indent, item);
    const line = `${indent}${start} ${flow(item)}`;
    if (!isCollection(item)) return [line];
    const below = depth === 0 ? start : section;
    // Sections and nodes have lines of their own, however short they are; texts of several lines make their own anyhow.
    const apart = depth === 0 || (depth === 1 && /^(?:nodes|defaults):$/.test(section));
    const several = (apart && start !== '-') || line.length > WIDTH || hasParagraph(item);
    if (!several) return [line];
    // A mapping in a list begins in the line of its hyphen.
    if (start === '-' && !Array.isArray(item)) {
      const [first = '', ...rest] = block(item, depth + 1, below);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    }
    return [`${indent}${start}`, ...block(item, depth + 1, below)];
  });
}

/** An empty mapping or list is a word like any other. */
function isCollection(item: unknown): item is object {
  return typeof item === 'object' && item !== null && Object.keys(item).length > 0;
}

function hasParagraph(item: unknown): boolean {
  return typeof item === 'string'
    ? isParagraph(item)
    : typeof item === 'object' && item !== null && Object.values(item).some(hasParagraph);
}

/** A text of several lines, below its key. js-yaml would quote those with tabs, which configurations are full of. */
function paragraph(start: string, indent: string, text: string): string[] {
  const ending = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  // Where the text begins with blanks, they would count as its indentation.
  const first = /^(?:\s| *\n)/.test(text) ? '2' : '';
  const lines = escaped(ending === '-' ? text : text.slice(0, -1)).split('\n');
  return [`${start}|${first}${ending}`, ...lines.map((line) => (line === '' ? '' : `${indent}${INDENT}${line}`))];
}

/** Several lines of what YAML shows as it is. */
function isParagraph(text: string): boolean {
  return (
    text.trim() !== '' &&
    text.includes('\n') &&
    !/[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[\u2028\u2029]/.test(text)
  );
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as unknown[]).map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return entries.length === 0
      ? '{}'
      : `{ ${entries.map(([key, item]) => `${flow(key)}: ${flow(item)}`).join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  if (/^[A-Za-z][\w-]*$/.test(value) || /^\d+(\.\d+){3}(\/\d+)?$/.test(value)) return scalar(value);
  // A list of one makes js-yaml quote what a flow collection needs quoted.
  return dump([escaped(value)], { flowLevel: 0, lineWidth: -1 })
    .trim()
    .slice(1, -1);
}

/** A plain word, quoted where YAML 1.1 or 1.2 reads something else in it. */
function scalar(text: string): string {
  return /^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) ? `'${text}'` : text;
}

/** The language replaces `${VAR}` and takes `$$` for a dollar sign, wherever it stands. */
function escaped(text: string): string {
  return text.replaceAll(/\$(?=[${])/g, '$$$$');
}
