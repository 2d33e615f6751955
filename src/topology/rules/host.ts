/** What `nodes.host` can say, and what `internet: true` cannot stand beside. */
import { HOST } from '../../model/host.ts';
import { entries, items, type NexthopDocument } from '../document.ts';
import type { Draft, DraftNode } from '../draft.ts';
import { deviceToward, onLinkOf } from '../expand/routes.ts';
import type { Problems } from '../problems.ts';
import { parseIp } from '../../model/ip.ts';
import { destination, tableNumber } from '../values.ts';
import { oneOf, quoted } from '../words.ts';

const KEYS = ['interfaces', 'routes', 'rules', 'neighbors', 'fdb', 'nat', 'forwarding', 'sysctls'] as const;

/** Why the host has none of the others, and where they can stand. */
const REASONS: Readonly<Record<string, string>> = {
  hostname: 'it has a name already, and keeps it',
  firewall:
    "netlab filters nothing there, lest a lab lock you out; expected it in a node, or as a rule of the machine's own firewall",
  nftables: 'netlab loads no text there, since it could not take it back; expected it in a node',
  isolation: 'it is isolated from nothing; expected it in a node',
  join: 'it is joined as it is',
  rootfs: "its root is the machine's; expected it in a node",
  mounts: 'netlab mounts nothing there; expected it in a node',
  files: 'netlab writes none there; expected them in a node',
  setup: 'netlab runs nothing there; expected it in a node',
  processes: 'netlab runs nothing there; expected them in a node that has a link to host',
  internet: 'it is what others go out through; expected it in a node',
};

/** Judges the host's part of a topology, and the nodes that have a way out through it. */
export function checkHost(draft: Draft, problems: Problems): void {
  for (const node of draft.nodes.values()) {
    if (node.name === HOST) checkKeys(node, problems);
    else if (node.document.internet === true) checkUplink(node, problems);
  }
}

function checkKeys(host: DraftNode, problems: Problems): void {
  for (const [key] of entries(host.document as Readonly<Record<string, unknown>>)) {
    if ((KEYS as readonly string[]).includes(key)) continue;
    const why = REASONS[key] ?? `expected ${oneOf(KEYS)}`;
    problems.keyError([...host.at, key], `found ${quoted(key)}, but host is this machine itself: ${why}`);
  }
  for (const [name, document] of entries(host.document.interfaces)) {
    const at = [...host.at, 'interfaces', name];
    const type = document?.type;
    if (type !== undefined && type !== 'bridge') {
      problems.error(
        [...at, 'type'],
        `found ${quoted(type)}, expected a bridge or the end of a link in the host's namespace`,
      );
    }
  }
  for (const [i, { dev }] of items(host.document.fdb)) {
    if (host.devices.has(dev)) continue;
    problems.error(
      [...host.at, 'fdb', i, 'dev'],
      `found ${quoted(dev)}, expected an interface that this file puts there`,
    );
  }
  checkWays(host, problems);
}

/** A gateway that no interface of the file leads to is reached by one of those that are there already: which, the file must say. */
export function checkWays(host: DraftNode, problems: Problems): void {
  const onLink = onLinkOf(host);
  for (const [i, route] of items(host.document.routes)) {
    const at = [...host.at, 'routes', i];
    checkWay(route, at);
    for (const [n, way] of items(route.nexthops)) checkWay(way, [...at, 'nexthops', n]);
  }

  function checkWay({ via, dev }: NexthopDocument, at: readonly (string | number)[]): void {
    const gateway = via === undefined || dev !== undefined ? undefined : parseIp(via);
    if (gateway === undefined || deviceToward(gateway, onLink) !== undefined) return;
    problems.error(
      [...at, 'via'],
      `found ${quoted(String(via))}, which no interface of this file leads to; expected dev beside it, ${host.name === HOST ? "the host's" : 'its'} interface toward it`,
    );
  }
}

function checkUplink(node: DraftNode, problems: Problems): void {
  for (const [i, { to, metric, table }] of items(node.document.routes)) {
    if (destination(to)?.length !== 0 || to.includes(':') || to === 'default6') continue;
    if ((metric ?? 0) !== 0 || tableNumber(table) !== tableNumber(undefined)) continue;
    problems.error(
      [...node.at, 'routes', i],
      'found a default route, but "internet: true" gives one too; expected a metric, or one of the two',
    );
  }
}
