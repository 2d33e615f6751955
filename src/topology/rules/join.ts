/** What a node can say whose network namespace is somebody else's. */
import { HOST } from '../../model/host.ts';
import { joinWords } from '../../model/namespace.ts';
import { entries, type TopologyDocument } from '../document.ts';
import type { Draft, DraftNode } from '../draft.ts';
import { isolationOf } from '../expand/isolation.ts';
import type { Problems } from '../problems.ts';
import { oneOf, quoted } from '../words.ts';
import { checkWays } from './host.ts';

const NETWORK = ['interfaces', 'routes', 'rules', 'neighbors', 'nat', 'firewall', 'forwarding', 'sysctls'] as const;
const KEYS: readonly string[] = ['join', ...NETWORK, 'fdb', 'setup', 'processes'];

const NAMESPACES = 'it has its namespaces already, and keeps them';
const FILES = 'its files are those of its processes; expected it in a node of the lab';
const PROGRAMS = "its processes are not netlab's; expected it on a process of this node";

/** Why it has none of the others. */
const REASONS: Readonly<Record<string, string>> = {
  hostname: 'it is called what it is called; other nodes know it by the name of this node',
  nftables: 'netlab loads no text there, since it could not take it back; expected nat or firewall',
  internet: 'it has its ways out already; expected a link and a route',
  isolation: NAMESPACES,
  uid_map: NAMESPACES,
  gid_map: NAMESPACES,
  time: NAMESPACES,
  rootfs: FILES,
  mounts: FILES,
  propagation: FILES,
  masked_paths: FILES,
  files: FILES,
  limits: PROGRAMS,
  capabilities: PROGRAMS,
  no_new_privileges: PROGRAMS,
  seccomp: PROGRAMS,
  ulimits: PROGRAMS,
};

/** Judges the nodes that join a namespace. */
export function checkJoins(draft: Draft, { defaults }: TopologyDocument, problems: Problems): void {
  if (defaults?.node?.join !== undefined)
    problems.keyError(
      ['defaults', 'node', 'join'],
      'found "join" for all nodes, but a namespace is joined by one; expected it in that node',
    );
  const known = new Map<string, string>();
  for (const node of draft.nodes.values()) {
    const { join } = node.document;
    if (join === undefined || node.name === HOST) continue;
    checkKeys(node, problems);
    checkWays(node, problems);
    const at = [...node.at, 'join'];
    if (problems.damaged(at)) continue;
    const { netns } = join;
    if (netns !== undefined && !/^\/[^\0]*[^/\0]$/.test(netns))
      problems.error([...at, 'netns'], `found ${quoted(netns)}, expected an absolute path, such as /run/netns/x`);
    const what = joinWords(isolationOf(node.document).join ?? {});
    const other = known.get(what);
    if (other !== undefined) problems.error(at, `found ${what}, which the node ${other} joins already`);
    known.set(what, node.name);
  }
}

function checkKeys(node: DraftNode, problems: Problems): void {
  for (const [key] of entries(node.document as Readonly<Record<string, unknown>>)) {
    if (KEYS.includes(key)) continue;
    const why = REASONS[key] ?? `expected ${oneOf(KEYS)}`;
    problems.keyError([...node.at, key], `found ${quoted(key)}, but ${node.name} joins what is there already: ${why}`);
  }
}
