/**
 * The labs of this machine and what is in them, for the completion of a command line: read from names in /run alone, so that it
 * is quick, needs no root, and never waits for anybody. What may not be read is left out.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

import { labPaths, NETNS_DIR, STATE_ROOT } from '../../state/paths.ts';
import { DEFAULT_FILE } from '../default-file.ts';

/** The labs that exist. */
export function labNames(): string[] {
  return [
    // What begins with a dot belongs to all labs of an ordinary user.
    ...new Set([
      ...list(STATE_ROOT).filter((name) => !name.startsWith('.')),
      ...namespaces().map((name) => name.slice(0, name.indexOf('.'))),
    ]),
  ].toSorted();
}

/** The lab that a verb would mean: the one that is named, that of `netlab.yaml` in this folder, or the only one. */
export function theLab(given: string | undefined): string | undefined {
  const labs = labNames();
  if (given !== undefined) return labs.includes(given) ? given : nameIn(given);
  return existsSync(DEFAULT_FILE) ? nameIn(DEFAULT_FILE) : labs.length === 1 ? labs[0] : undefined;
}

/** The nodes of a lab. */
export function nodeNames(lab: string | undefined): string[] {
  if (lab === undefined) return [];
  const record = recordOf(lab);
  if (record?.nodes !== undefined) {
    return Object.entries(record.nodes).flatMap(([name, { role }]) => (role === 'bridge' ? [] : [name]));
  }
  return namespaces().flatMap((name) => (name.startsWith(`${lab}.`) ? [name.slice(lab.length + 1)] : []));
}

/** The processes of a node: those that it is to run, or those that have a log. */
export function processNames(lab: string | undefined, node: string): string[] {
  if (lab === undefined) return [];
  const processes = Object.keys(recordOf(lab)?.processes ?? {});
  const own = processes.flatMap((name) => (name.startsWith(`${node}/`) ? [name.slice(node.length + 1)] : []));
  const logs = list(`${labPaths(lab).logs}/${node}`).flatMap((file) =>
    file.endsWith('.log') ? [file.slice(0, -4)] : [],
  );
  return [...new Set([...own, ...logs])];
}

/** The part of lab.json that is of interest here. */
interface Names {
  readonly nodes?: Readonly<Record<string, { readonly role?: string }>>;
  readonly processes?: Readonly<Record<string, unknown>>;
}

function recordOf(lab: string): Names | undefined {
  try {
    return JSON.parse(readFileSync(labPaths(lab).record, 'utf8')) as Names;
  } catch {
    return undefined;
  }
}

/** What a file calls its lab, without reading it as YAML: its `name:` line, or its own name. */
function nameIn(file: string): string | undefined {
  try {
    return /^name:\s*["']?([a-z0-9-]+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? basename(file).replace(/\..*$/, '');
  } catch {
    return undefined;
  }
}

/** `LAB.NODE` of all labs: links into a keeper's descriptors. */
function namespaces(): string[] {
  return list(NETNS_DIR).filter((name) => name.includes('.') && isOurs(`${NETNS_DIR}/${name}`));
}

function isOurs(path: string): boolean {
  try {
    return /^\/proc\/\d+\/fd\/\d+$/.test(readlinkSync(path));
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
