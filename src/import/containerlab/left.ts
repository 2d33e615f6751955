/** Keys of a containerlab file that have no counterpart in a topology, and why. */
import { didYouMean, shown } from '../../topology/words.ts';
import type { Path } from '../../model/place.ts';
import type { Draft } from '../draft.ts';
import { isMapping, wordOf, type ClabDocument } from './document.ts';
import type { ClabNode } from './inherit.ts';

/** Keys of a node that become something. */
const USED = new Set([
  'kind', 'group', 'image', 'hostname', 'entrypoint', 'cmd', 'exec', 'binds', 'tmpfs', 'env', 'env-files', 'user',
  'network-mode', 'cpu', 'memory', 'sysctls', 'restart-policy',
]); // prettier-ignore

/** Keys that say nothing about the lab itself. */
const SILENT = new Set([
  'labels',
  'position',
  'image-pull-policy',
  'auto-remove',
  'runtime',
  'type',
  'privileged',
  'cap-add',
]);

const MANAGEMENT = 'there is no management network: `netlab exec` and `netlab shell` reach every node';
const VENDOR = 'it is for network operating systems, which do not run here';

/** Why a key of a node is left out. */
const REASONS: Readonly<Record<string, string>> = {
  'mgmt-ipv4': MANAGEMENT,
  'mgmt-ipv6': MANAGEMENT,
  ports: `${MANAGEMENT}; \`publish\` of a node with a link to \`host\` does what Docker's -p does`,
  dns: 'a node asks the name servers of this machine; /etc/hosts names all nodes',
  aliases: 'nodes are known by their names',
  credentials: MANAGEMENT,
  'startup-config': VENDOR,
  'enforce-startup-config': VENDOR,
  'suppress-startup-config': VENDOR,
  license: VENDOR,
  config: VENDOR,
  components: VENDOR,
  extras: VENDOR,
  certificate: 'certificates have to be made beforehand, and given to the node as `files`',
  healthcheck: 'what tells that a process is ready is its `ready`',
  stages: 'the order of processes is their `after`',
  'startup-delay': 'the order of processes is their `after`',
  volumes: 'what a node writes is gone with it; a `mounts` of a folder keeps it',
  devices: 'a node has the devices that a program needs anyhow; others are given with `mounts`',
  'cpu-set': '`limits` has `cpu`, which says how much and not which',
  'shm-size': 'the node has the shared memory of this machine',
  'cgroupns-mode': '`isolation: [cgroup, …]` makes a control group namespace',
  'cgroup-parent': 'netlab has control groups of its own',
  'pid-mode': 'each node has its own processes; `isolation` says so',
  'security-opts': '`seccomp`, `capabilities` and `no_new_privileges` say how a node is confined',
  'link-apply-mode': '`netlab up` changes what differs, and nothing else',
};

/** Keys at the top of the file, and of `topology`. */
const TOP: Readonly<Record<string, string | undefined>> = {
  name: undefined,
  topology: undefined,
  prefix: undefined,
  debug: undefined,
  mgmt: MANAGEMENT,
  settings: 'certificates have to be made beforehand, and given to nodes as `files`',
};
const SECTIONS = new Set(['defaults', 'kinds', 'groups', 'nodes', 'links']);

/** Keys that are a list, and those that are a mapping; all others that are used are words. */
const LISTS = ['exec', 'binds', 'env-files'];
const MAPPINGS = ['env', 'sysctls'];

/** What containerlab expects at a key instead of what stands there; undefined where that is right. */
function expected(key: string, value: unknown): string | undefined {
  if (value === null || value === undefined || !USED.has(key)) return undefined;
  if (LISTS.includes(key)) return Array.isArray(value) ? undefined : 'a list';
  if (key === 'tmpfs') return typeof value === 'object' ? undefined : 'a list or a mapping';
  if (MAPPINGS.includes(key)) return isMapping(value) ? undefined : 'a mapping';
  return wordOf(value) === undefined ? 'a word' : undefined;
}

/** Says of keys of the whole file what is left out. */
export function leaveTop(draft: Draft, document: ClabDocument): void {
  for (const key of Object.keys(document.top)) {
    if (!Object.hasOwn(TOP, key)) unknown(draft, document, [key], key, Object.keys(TOP));
    else if (TOP[key] !== undefined) draft.leave(document.origin([key]), `left out: ${TOP[key]}`);
  }
  const { links } = document.topology;
  if (links !== undefined && links !== null && !Array.isArray(links))
    draft.leave(document.origin(['topology', 'links']), `left out: found ${shown(links)}, expected a list`);
  for (const key of Object.keys(document.topology))
    if (!SECTIONS.has(key)) unknown(draft, document, ['topology', key], key, SECTIONS);
}

/** Says of a node's keys what is left out; of inherited ones once. */
export function leaveKeys(draft: Draft, document: ClabDocument, node: ClabNode): void {
  for (const { value: key, path, found } of node.keys()) {
    const other = expected(key, found);
    if (other !== undefined) draft.leave(document.origin(path), `left out: found ${shown(found)}, expected ${other}`);
    if (USED.has(key) || SILENT.has(key)) continue;
    const reason = Object.hasOwn(REASONS, key) ? REASONS[key] : undefined;
    if (reason === undefined) unknown(draft, document, path, key, [...USED, ...SILENT, ...Object.keys(REASONS)]);
    else draft.leave(document.origin(path), `left out: ${reason}`);
  }
  const privileged = node.word('privileged');
  if (privileged?.value === 'false')
    draft.leave(document.origin(privileged.path), 'left out: `capabilities` says what the node may do');
}

function unknown(draft: Draft, document: ClabDocument, path: Path, key: string, words: Iterable<string>): void {
  draft.leave(document.origin(path), `left out: containerlab has no such key${didYouMean(key, words)}`);
}
