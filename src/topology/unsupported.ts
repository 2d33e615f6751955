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
const host = (path: string): Word => ({
  path,
  side: 'value',
  when: (value) => typeof value === 'string' && /^host(:|$)/.test(value),
  name: () => 'host',
});

const NODE_KEYS = 'firewall nftables limits capabilities no_new_privileges rootfs mounts files setup internet'.split(
  ' ',
);
const PROCESS_KEYS = 'user stop ready.http ready.log ready.file'.split(' ');
const TYPES = 'vlan dummy macvlan ipvlan bond vrf gre gretap ip6gre ipip ip6tnl sit geneve wireguard tun tap ifb'.split(
  ' ',
);

/** What a node may not say yet; `defaults.node` may not either. */
const inNode = (node: string): Word[] => [
  ...NODE_KEYS.map((name) => key(`${node}.${name}`)),
  key(`${node}.interfaces.*.impair`),
  key(`${node}.interfaces.*.vlans`),
  values(`${node}.interfaces.*.type`, ...TYPES),
  values(`${node}.isolation.*`, 'cgroup', 'user'),
  key(`${node}.nat.*.redirect`),
  { path: `${node}.nat.*.dnat.to`, side: 'value', when: Array.isArray, name: () => 'a list of targets' },
  ...inProcess(`${node}.processes.*`),
];
const inProcess = (process: string): Word[] => [
  ...PROCESS_KEYS.map((name) => key(`${process}.${name}`)),
  values(`${process}.restart`, 'on-failure', 'always'),
];

/** The table. */
const WORDS: readonly Word[] = [
  key('nodes.host'),
  ...inNode('nodes.*'),
  ...inNode('defaults.node'),
  ...inProcess('defaults.process'),
  key('defaults.link.impair'),
  key('links.*.impair'),
  host('links.*.*'),
  host('links.*.endpoints.*'),
  host('bridges.*.ports.*'),
];

const STEPS = WORDS.map((word) => ({ word, steps: word.path.split('.') }));

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
  for (const { word, steps } of STEPS) {
    visit(document, steps, 0, [], (path, value) => {
      if (word.when !== undefined && !word.when(value)) return;
      const name = word.name === undefined ? String(path.at(-1)) : word.name(value);
      const message = `'${name}' is not supported yet by this version`;
      if (word.side === 'key') problems.keyError(path, message);
      else problems.error(path, message);
      remove(path);
    });
  }
}

function visit(
  value: unknown,
  steps: readonly string[],
  depth: number,
  path: Path,
  found: (path: Path, value: unknown) => void,
): void {
  const step = steps[depth];
  if (step === undefined) {
    if (value !== undefined) found(path, value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (step !== '*') {
    const map = value as Record<string, unknown>;
    if (!Array.isArray(value) && Object.hasOwn(map, step)) visit(map[step], steps, depth + 1, [...path, step], found);
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => visit(item, steps, depth + 1, [...path, i], found));
  } else {
    for (const [name, item] of Object.entries(value)) visit(item, steps, depth + 1, [...path, name], found);
  }
}
