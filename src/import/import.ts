/** Another tool's lab → a topology, with all that was left out. Knows files and the language; no lab, and nothing that runs. */
import { resolve } from 'node:path';

import { type Problem, UsageError } from '../errors.ts';
import type { TopologyDocument } from '../topology/language.ts';
import { loadTopologyText } from '../topology/load.ts';
import { quoted } from '../topology/words.ts';
import type { Carried, NodeDraft, TopologyDraft } from './draft.ts';
import { comment } from './comment.ts';
import type { FormatName, ImportOptions } from './format.ts';
import { findFormat } from './formats.ts';
import { needsOf } from './needs.ts';
import { makeSound } from './sound.ts';
import { topologyYaml } from './yaml.ts';

/** What became of a lab of another tool. */
export interface Imported {
  readonly format: FormatName;
  /** The file that was read first, as it was found: `lab/lab.conf`. */
  readonly source: string;
  readonly topology: TopologyDocument;
  /** The same as the text of a topology file, with a comment that says where it comes from and what was left out. */
  readonly yaml: string;
  /** What the topology does not have, or has otherwise, each by its line; all of them warnings. */
  readonly left: readonly Problem[];
  /** Files that the topology names and does not hold: they have to be where it looks for them. */
  readonly carried: readonly Carried[];
  /** Packages of Debian whose programs it runs; they have to be on the machine that it is brought up on. */
  readonly needs: readonly string[];
}

/**
 * Reads a lab of another tool: a file, or a folder in which it stands. What the result says passes `netlab validate`.
 * @throws UsageError when it is of no format that is known; TopologyError with every mistake of its files, by line.
 */
export function importTopology(path: string, options: ImportOptions = {}): Imported {
  if (options.name !== undefined && !/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(options.name)) {
    const expected = '1 to 32 lower-case letters, digits and hyphens';
    throw new UsageError(`found ${quoted(options.name)} as the name of a lab, expected ${expected}`);
  }
  const { format, file } = findFormat(path, options.format);
  const draft = format.read(file, { ...options, home: resolve(options.home ?? '.') });
  if (options.name !== undefined) draft.topology.name = options.name;
  makeSound(draft, file);
  const left = draft.left.toSorted((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column,
  );
  const needs = needsOf(draft.topology);
  const about = { title: format.title, source: file, left, carried: draft.carried, needs };
  const yaml = `${comment(about)}${topologyYaml(inOrder(draft.topology))}`;
  // The text says what the object says: proved each time, for it is the text that is used.
  loadTopologyText(yaml, file, { env: {} });
  return {
    format: format.name,
    source: file,
    topology: inOrder(draft.topology),
    yaml,
    left,
    carried: draft.carried,
    needs,
  };
}

/** The keys of a node in the order in which people write them; others follow. */
const NODE_KEYS: readonly (keyof NodeDraft)[] = [
  'hostname',
  'forwarding',
  'sysctls',
  'interfaces',
  'routes',
  'rules',
  'neighbors',
  'fdb',
  'nat',
  'firewall',
  'internet',
  'rootfs',
  'limits',
  'ulimits',
  'mounts',
  'files',
  'setup',
  'processes',
];

/** The topology as it is to be printed. */
function inOrder({ name, description, defaults, nodes, bridges, links }: TopologyDraft): TopologyDraft {
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(defaults === undefined ? {} : { defaults }),
    nodes: Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, nodeInOrder(node)])),
    ...(bridges === undefined ? {} : { bridges }),
    ...(links === undefined ? {} : { links }),
  };
}

function nodeInOrder(node: NodeDraft): NodeDraft {
  const keys = [...new Set([...NODE_KEYS, ...(Object.keys(node) as (keyof NodeDraft)[])])];
  const { interfaces } = node;
  const sorted = interfaces === undefined ? {} : { interfaces: interfacesInOrder(interfaces) };
  const whole: NodeDraft = { ...node, ...sorted };
  return Object.fromEntries(keys.flatMap((key) => (whole[key] === undefined ? [] : [[key, whole[key]]])));
}

/** Those of links by their numbers, then what was made of them. */
function interfacesInOrder(interfaces: NonNullable<NodeDraft['interfaces']>): NonNullable<NodeDraft['interfaces']> {
  const number = (name: string): number => Number(/^eth(\d+)$/.exec(name)?.[1] ?? Infinity);
  return Object.fromEntries(
    Object.entries(interfaces).toSorted(([a], [b]) => (number(a) === number(b) ? 0 : number(a) - number(b))),
  );
}
