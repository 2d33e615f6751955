/** A plan as a script of the usual tools: what `up` sends over netlink, as a person would type it. */
import { HOST } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import type { Limits } from '../model/limits.ts';
import { type Link, lowerOf } from '../model/resource.ts';
import { limitCommands } from '../process/cgroup/commands.ts';
import { INITIAL_SYSCTLS } from '../reconcile/new-namespaces.ts';
import type { Change } from '../reconcile/diff.ts';
import { Namespaces } from '../reconcile/namespaces.ts';
import type { Network } from '../reconcile/observe.ts';
import { type Joining, RunSurroundings } from '../reconcile/surroundings.ts';
import { describe, kindOf } from '../resource/index.ts';
import { type Command, type Explaining, type Stage, STAGES } from '../resource/kind.ts';
import { shellWord } from '../resource/shell.ts';
import { netnsName } from '../state/paths.ts';
import { placeOf, subject } from './changes.ts';

/** The stages as headings, where the order in which things come is worth a word. */
const TITLES: Readonly<Record<Stage, string>> = {
  stop: 'Processes that go',
  unset: 'Addresses, routes and rules that go',
  unlink: 'Links that go',
  drop: 'Nodes that go',
  namespace: 'Nodes: network namespaces, with the settings that must stand before any link does',
  base: 'Bridges',
  pair: 'Links: each veth pair is made with both ends in place',
  stack: 'Links that stand on others',
  sysctl: 'Settings of links',
  configure: 'Links up; addresses, routes, rules, neighbours, forwarding entries',
  netfilter: 'nftables: address translation and packet filter',
  bridge: 'The bridges come up last',
  process: 'Files, setups and processes; files and processes by `netlab exec` or netlab itself',
};

/** The stage of what a kind's commands do, unless they say another. */
const STAGE_OF: Readonly<Record<string, Stage>> = {
  namespace: 'namespace',
  link: 'configure',
  sysctl: 'sysctl',
  netfilter: 'netfilter',
  nftables: 'netfilter',
  table: 'netfilter',
  file: 'process',
  setup: 'process',
  process: 'process',
};

/** What commands must know of the lab, without a look at the kernel. */
class Around extends RunSurroundings implements Explaining {
  netnsName(node: string): string | undefined {
    return node === HOST ? undefined : netnsName(this.lab, node);
  }

  /** By hand what stands in somebody else's namespace is removed singly: it does not go with the name. */
  override isDropped(node: string): boolean {
    return this.dropped(node)?.join === undefined && super.isDropped(node);
  }

  hasOwnView(node: string): boolean {
    const { rootfs, mounts = [], confinement, isolation = [] } = this.member(node) ?? {};
    return rootfs !== undefined || mounts.length > 0 || confinement !== undefined || isolation.includes('user');
  }

  limitCommands(
    { node, process }: { readonly node: string; readonly process?: string },
    wanted: Limits = {},
    found: Limits = {},
  ): Command[] {
    return limitCommands(this.lab, node, process, wanted, found).map((line) => ({ node: HOST, line }));
  }
}

interface Line {
  readonly stage: Stage;
  readonly comment: string;
  readonly text: string;
}

/** The script. Run by sh as root it makes the changes; of a lab that does not run yet, the whole lab but its processes. */
export function explainChanges(
  model: LabModel,
  wanted: LabModel['resources'],
  network: Pick<Network, 'devices' | 'others'> & Joining,
  changes: readonly Change[],
): string {
  using namespaces = new Namespaces();
  // For indexes that are free there.
  if (wanted.some(({ node }) => node === HOST)) namespaces.adopt(HOST, '/proc/thread-self/ns/net');
  const around = new Around(model.name, namespaces, wanted, network, changes);
  around.renew(changes);
  const height = heights(changes);
  const lines = changes.flatMap((change) =>
    linesOf(change, around, model).map((line) => ({ ...line, height: height(change) })),
  );
  const blocks = STAGES.flatMap((stage) =>
    block(
      stage,
      inOrder(
        stage,
        lines.filter((line) => line.stage === stage),
      ),
    ),
  );
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  const head = [
    '#!/bin/sh',
    `# ${changes.length === 0 ? 'Nothing to change' : count} for the lab ${model.name} of ${model.file}, as commands. Run by sh as root they do what`,
    '# `netlab up` does over netlink; processes stand as comments.',
    'set -e',
    ...(lines.some(({ text }) => text.includes('$mark')) ? MARK : []),
    ...(network.devices.size > 0 && changes.some(isMember) ? MEMBERS : []),
  ];
  return [head.join('\n'), ...blocks].join('\n\n');
}

const MARK = [
  '# Everything of netlab bears the protocol number 110; on addresses, where iproute2 (6.3 and newer) can say it.',
  "mark=; if unshare -n ip address add 127.0.0.2/8 dev lo proto 110 2>/dev/null; then mark='proto 110'; fi",
];

const MEMBERS = [
  '# The lab runs, and its keeper holds its namespaces: one that `ip netns add` makes is none of its own, so netlab will take it for',
  "# somebody else's; of one that goes, `ip netns delete` takes the name alone. `netlab up` does both.",
];

/** What stands on a link goes along with it, so it is deleted before. */
function inOrder(stage: Stage, lines: readonly (Line & { readonly height: number })[]): readonly Line[] {
  return stage === 'unlink' ? lines.toSorted((a, b) => b.height - a.height) : lines;
}

/** Of a change, on how many links of those that go the link stands that it is about. */
function heights(changes: readonly Change[]): (change: Change) => number {
  const links = new Map<string, Link>();
  for (const { found } of changes) if (found?.kind === 'link') links.set(`${found.node}:${found.name}`, found);
  const heightOf = (link: Link | undefined): number => {
    const lower = link === undefined ? undefined : lowerOf(link);
    return lower === undefined ? 0 : 1 + heightOf(links.get(`${link!.node}:${lower}`));
  };
  return ({ found }) => (found?.kind === 'link' ? heightOf(found) : 0);
}

/** A node that comes or goes. */
function isMember(change: Change): boolean {
  return subject(change).kind === 'namespace' && change.action !== 'update';
}

function block(stage: Stage, lines: readonly Line[]): string[] {
  if (lines.length === 0) return [];
  const out = [`# ---- ${TITLES[stage]}`];
  let comment = '';
  for (const line of lines) {
    if (line.comment !== comment) out.push(`# ${line.comment}`);
    comment = line.comment;
    out.push(line.text);
  }
  return [out.join('\n')];
}

function linesOf(change: Change, around: Around, model: LabModel): Line[] {
  const resource = subject(change);
  const place = placeOf(change, model);
  const where = place === undefined ? '' : place.line > 0 ? `${place.file}:${place.line}  ` : `${place.file}  `;
  const about = place === undefined ? `${describe(resource)}: ${change.reason}` : place.path;
  const comment = [`${where}${about}`, ...(change.disturbs === undefined ? [] : [change.disturbs])].join('; ');
  const own = STAGE_OF[resource.kind] ?? 'configure';
  const line = (command: Command, stage: Stage): Line => {
    const {
      node = resource.node,
      line: text,
      stage: at = stage,
    } = typeof command === 'string' ? { line: command } : command;
    return { stage: at, comment: oneLine(comment), text: inside(around.netnsName(node), text) };
  };
  const { removed, made } = commandsOf(change, around);
  const isMade = resource.kind === 'namespace' && resource.join === undefined && change.action === 'create';
  const fresh = isMade ? INITIAL : [];
  return [
    ...removed.map((command) => line(command, own === 'process' ? 'stop' : 'unset')),
    ...made.map((command) => line(command, own)),
    ...fresh.map((command) => line(command, own)),
  ];
}

/** What every new namespace of netlab's is given. */
const INITIAL = [
  `sysctl -qw ${INITIAL_SYSCTLS.map(([path, value]) => `${path.replaceAll('/', '.')}=${value}`).join(' ')}`,
];

function commandsOf({ action, wanted, found, differences }: Change, around: Around) {
  const kind = kindOf((wanted ?? found)!);
  if (action === 'update' && wanted !== undefined && found !== undefined && kind.updateCommands !== undefined) {
    return { removed: [], made: kind.updateCommands(wanted, found, differences, around) };
  }
  const gone = found !== undefined && (found.kind === 'namespace' || !around.isDropped(found.node));
  return {
    removed: gone ? kindOf(found).removeCommands(found, around) : [],
    made: wanted === undefined ? [] : kind.commands(wanted, around),
  };
}

/** A command for the inside of a node, as it is typed outside of it. */
function inside(netns: string | undefined, line: string): string {
  if (line.startsWith('#')) return line.replaceAll('\n', '\n# ');
  if (netns === undefined || line.startsWith('ip netns ')) return line;
  const own = /^(ip|bridge|tc) /.exec(line);
  if (own !== null) return `${own[1]} -n ${shellWord(netns)}${line.slice(own[1]!.length)}`;
  return `ip netns exec ${shellWord(netns)} ${line}`;
}

/** A name with a line break in it must not end a comment. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Control}+/gu, ' ');
}
