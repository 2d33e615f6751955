/**
 * The words of the language that this version does not build yet. The schema knows them, so that editors do; here they are
 * refused by name, because a key that does nothing is worse than one that is missing. To build one, take its line away.
 */
import type { Path } from '../model/place.ts';
import type { Problems } from './problems.ts';

/** One word: where it stands (`*` is any step), and for a word that is a value, which values. */
interface Word {
  readonly path: string;
  readonly when?: (value: unknown) => boolean;
  /** What the message calls it; the last step of the path unless said. */
  readonly name?: (value: unknown) => string;
  /** Whether the place is the key (a key that is not built) or the value (a value that is not built). */
  readonly side: 'key' | 'value';
}

const key = (path: string): Word => ({ path, side: 'key' });
const values = (path: string, ...words: string[]): Word => ({
  path,
  side: 'value',
  when: (value) => typeof value === 'string' && words.includes(value),
  name: String,
});

const TYPES = ['wireguard', 'tun', 'tap'];

/** What a node may not say yet; `defaults.node` may not either. */
const inNode = (node: string): Word[] => [
  key(`${node}.interfaces.*.impair`),
  key(`${node}.interfaces.*.vlans`),
  values(`${node}.interfaces.*.type`, ...TYPES),
];
/** The table. */
const WORDS: readonly Word[] = [
  ...inNode('nodes.*'),
  ...inNode('defaults.node'),
  key('defaults.link.impair'),
  key('links.*.impair'),
];

/** The table as a tree, so that a document is walked once. */
interface Branch {
  readonly words: Word[];
  readonly next: Map<string, Branch>;
}

const branch = (): Branch => ({ words: [], next: new Map() });
const TREE = WORDS.reduce<Branch>((tree, word) => {
  let at = tree;
  for (const step of word.path.split('.')) {
    const next: Branch = at.next.get(step) ?? branch();
    at.next.set(step, next);
    at = next;
  }
  at.words.push(word);
  return tree;
}, branch());

/** Whether a key of the schema (as a path with `*`) is refused by this version. For the reference. */
export function isUnsupported(path: string): boolean {
  return WORDS.some((word) => word.side === 'key' && word.path === path);
}

/** The values of a key of the schema that are refused by this version. For the reference. */
export function unsupportedValues(path: string, candidates: readonly unknown[]): unknown[] {
  return candidates.filter((value) => WORDS.some((word) => word.path === path && word.when?.(value) === true));
}

/** Refuses every word of the document that is not built yet, and calls `remove` for each. */
export function refuseUnsupported(document: unknown, problems: Problems, remove: (path: Path) => void): void {
  const path: (string | number)[] = [];
  const refused: Path[] = [];
  const refuse = (word: Word, value: unknown): void => {
    if (value === undefined || word.when?.(value) === false) return;
    const at = [...path];
    const name = word.name === undefined ? String(at.at(-1)) : word.name(value);
    const message = `'${name}' is not supported yet by this version`;
    if (word.side === 'key') problems.keyError(at, message);
    else problems.error(at, message);
    refused.push(at);
  };
  const visit = (value: unknown, at: Branch): void => {
    for (const word of at.words) refuse(word, value);
    if (typeof value !== 'object' || value === null) return;
    const any = at.next.get('*');
    const enter = (step: string | number, item: unknown, next: Branch): void => {
      path.push(step);
      visit(item, next);
      path.pop();
    };
    if (Array.isArray(value)) {
      if (any !== undefined) value.forEach((item, i) => enter(i, item, any));
      return;
    }
    const map = value as Record<string, unknown>;
    for (const [step, next] of at.next) {
      if (step !== '*' && Object.hasOwn(map, step)) enter(step, map[step], next);
    }
    if (any === undefined) return;
    for (const step of Object.keys(map)) enter(step, map[step], any);
  };
  visit(document, TREE);
  for (const at of refused) remove(at);
}
