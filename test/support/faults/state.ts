/**
 * All that stands in a lab and on its host, read by ip, bridge, nft and from /proc: as lines, so that two of them can be compared and
 * the difference told. What two makings of one lab cannot have in common (indexes, pids, clocks) is told apart from the rest.
 */
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { holder, isAlive, processesOf } from '../kernel-view.ts';

/** What was found. */
export interface State {
  /** Equal for two labs that are as one file says. */
  readonly lines: readonly string[];
  /** `pid@start` by the node and the command line of a process. */
  readonly pids: ReadonlyMap<string, string>;
  /** The index of each link, by `node:name`. */
  readonly indexes: ReadonlyMap<string, number>;
}

const TOOLS = `
ip -4 -j -d link; echo; echo ==; ip -j -d addr; echo; echo ==; ip -4 -j -d route show table all; echo; echo ==; ip -6 -j -d route show table all; echo; echo ==
ip -4 -j -d rule; echo; echo ==; ip -6 -j -d rule; echo; echo ==; ip -j -d neigh show nud permanent; echo; echo ==; bridge -j -d fdb; echo; echo ==
bridge -j -d link; echo; echo ==; nft -j list ruleset; echo; echo ==
cd /proc/sys/net; grep -s . ipv4/ip_forward ipv4/ip_default_ttl ipv4/conf/*/rp_filter ipv4/conf/*/forwarding ipv4/conf/*/accept_redirects \\
ipv6/conf/*/forwarding ipv6/conf/*/accept_ra ipv6/conf/*/addr_gen_mode ipv6/conf/*/disable_ipv6
`;
const SECTIONS = ['link', 'addr', 'route', 'route6', 'rule', 'rule6', 'neigh', 'fdb', 'port', 'nft'];

/** Left out wherever they stand. */
const VARIES = new RegExp(
  [
    // Numbers of this making; what they lead to is compared by name.
    'ifindex|link_index|link_netnsid|link|handle|id|no|designated_port|port_id|port_no|root_port|bridge_id',
    'root_id|designated_root|designated_bridge|designated_cost',
    // Clocks and counters.
    'packets|bytes|.*timer|hello_time|topology_change.*|tcn_.*|valid_life_time|preferred_life_time|used|updated|confirmed|probes|refcnt|expires',
    // Of the machine, or following the carrier a moment later.
    'operstate|state|txqlen|tso_max.*|gso.*|gro.*|ageing_time|num_tx_queues|num_rx_queues',
  ]
    .join('|')
    .replace(/^/, '^(')
    .concat(')$'),
);

type Entry = Readonly<Record<string, unknown>>;

/** The lab and its host now. The host is the network namespace that the test is in. */
export async function stateOf(lab: string): Promise<State> {
  const spaces = namespacesOf(lab);
  const looks = await Promise.all(
    [['host', '/proc/self/ns/net'] as const, ...spaces].map(([node, path]) => look(node, path)),
  );
  const indexes = new Map(looks.flatMap((each) => each.indexes));
  const nodes = new Map(spaces.map(([node, path]) => [String(statSync(path).ino), node]));
  const found = processes(lab, nodes);
  const lines = [
    ...looks.flatMap((each) => each.lines),
    ...found.map(({ line }) => line),
    ...mountLines(lab),
    ...stateFolder(lab),
    ...leftovers(lab),
  ];
  return { lines: lines.toSorted(), pids: new Map(found.map(({ line, pid }) => [line, pid])), indexes };
}

/** Lines that are not in both: `-` was there, `+` is new. */
export function differences(before: State, after: State): string[] {
  const count = (lines: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  };
  const [was, is] = [count(before.lines), count(after.lines)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((line) => {
    const change = (is.get(line) ?? 0) - (was.get(line) ?? 0);
    return change === 0 ? [] : [`${change < 0 ? '-' : '+'} ${line}`];
  });
}

function namespacesOf(lab: string): [node: string, path: string][] {
  return list('/run/netns')
    .filter((name) => name.startsWith(`${lab}.`) && existsSync(`/run/netns/${name}`))
    .map((name) => [name.slice(lab.length + 1), `/run/netns/${name}`]);
}

async function look(node: string, path: string): Promise<{ lines: string[]; indexes: [string, number][] }> {
  const text = await run(['nsenter', `--net=${path}`, 'sh', '-c', TOOLS]);
  const parts = text.split('\n==\n');
  const lines: string[] = [];
  const indexes: [string, number][] = [];
  for (const [i, section] of SECTIONS.entries()) {
    const parsed = JSON.parse(parts[i]?.trim() || '[]') as Entry[] | { nftables: Entry[] };
    const entries = 'nftables' in parsed ? parsed.nftables : parsed;
    for (const entry of entries.filter((each) => isSteady(section, each))) {
      if (section === 'link') indexes.push([`${node}:${String(entry['ifname'])}`, Number(entry['ifindex'])]);
      lines.push(`${node} ${section} ${steady(section, entry)}`);
    }
  }
  const settings = (parts[SECTIONS.length] ?? '').split('\n').filter((line) => line !== '');
  return { lines: [...lines, ...settings.map((line) => `${node} sysctl ${line}`)], indexes };
}

/** What comes and goes by itself is no part of the state. */
function isSteady(section: string, entry: Entry): boolean {
  if (section === 'nft') return !('metainfo' in entry);
  if (section === 'fdb') return entry['state'] === 'permanent' || entry['state'] === 'static';
  // Of each device, made and removed by the kernel as carriers come and go.
  if (section === 'route6') return entry['protocol'] !== 'kernel';
  return true;
}

function steady(section: string, entry: Entry): string {
  const up = section === 'link' ? { up: (entry['flags'] as string[]).includes('UP') } : {};
  return JSON.stringify({ ...entry, ...up }, (key, value: unknown) => {
    if (key === 'flags') return section === 'route' ? withoutCarrier(value as string[]) : undefined;
    return VARIES.test(key) && !isWanted(key, value) ? undefined : value;
  });
}

/** A route hears of the carrier of its interface up to a second later. */
function withoutCarrier(flags: readonly string[]): string[] {
  return flags.filter((flag) => flag !== 'linkdown');
}

/** `link` is the name of what a macvlan stands on, `id` the number of a vxlan. */
function isWanted(key: string, value: unknown): boolean {
  return (
    (key === 'link' && typeof value === 'string' && !/^if\d+$/.test(value)) ||
    (key === 'id' && typeof value === 'number' && value < 1e6)
  );
}

function processes(lab: string, nodes: ReadonlyMap<string, string>): { line: string; pid: string }[] {
  let all: Record<string, string>;
  try {
    holder(lab);
    all = processesOf(lab);
  } catch {
    return [];
  }
  return Object.entries(all).flatMap(([pid, command]) => {
    try {
      const at = `/proc/${pid.split('@')[0]}`;
      const node = nodes.get(String(statSync(`${at}/ns/net`).ino)) ?? 'home';
      const environment = readFileSync(`${at}/environ`, 'utf8')
        .split('\0')
        .filter((each) => /^(NETLAB_|MARK)/.test(each));
      return [
        { pid, line: `process ${node} ${command} in ${readlinkSync(`${at}/cwd`)} with ${environment.join(' ')}` },
      ];
    } catch {
      return [];
    }
  });
}

/** What each node's PID 1 has mounted, and what stands in the files that a lab may give to it. */
function mountLines(lab: string): string[] {
  return list('/proc').flatMap((pid) => {
    const title = read(`/proc/${pid}/cmdline`).replaceAll('\0', '');
    const [, node] = new RegExp(`^netlab-init node ${lab}\\.([^.]+)$`).exec(title) ?? [];
    if (node === undefined || !isAlive(Number(pid))) return [];
    const points = read(`/proc/${pid}/mountinfo`)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' '))
      .map((words) => `mount ${node} ${words[4]} of ${words[3]}`);
    const seen = ['hosts', 'hostname', 'resolv.conf', 'motd', 'faults/one', 'faults/two'].map(
      (name) => `file ${node} /etc/${name}: ${JSON.stringify(read(`/proc/${pid}/root/etc/${name}`))}`,
    );
    return [...points, ...seen];
  });
}

/** The state folder, without the contents of sockets and logs. */
function stateFolder(lab: string): string[] {
  const folder = `/run/netlab/${lab}`;
  return [
    // What processes have printed outlives them.
    ...walk(folder)
      .filter((path) => !path.startsWith(`${folder}/logs/`))
      .map((path) => `state ${path}`),
    ...['lab.json', 'host.json'].map((name) => `state ${name} ${record(read(join(folder, name)))}`),
  ];
}

/** A record without what each making has of its own; the order of its keys and lists says nothing. */
function record(text: string): string {
  return JSON.stringify(JSON.parse(text || 'null'), (key, value: unknown) => {
    if (key === 'since' || (key === 'keeper' && typeof value === 'number')) return undefined;
    if (key === 'unmarked' || key === 'made') return (value as string[]).toSorted();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What anything of the lab would show as on the machine: names, mounts, processes that mention it. */
function leftovers(lab: string): string[] {
  const own = (text: string): boolean => new RegExp(`\\b${lab}\\b`).test(text);
  const titles = list('/proc')
    .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim())
    // A guard ends by itself, a moment after its keeper.
    .filter((title) => /^netlab-init (?!guard)/.test(title) && own(title))
    .map((title) => `runs ${title}`);
  return [
    ...list('/run/netns')
      .filter(own)
      .map((name) => `name ${name}`),
    ...list('/run/netlab')
      .filter((name) => own(name) || (name === 'host.lock' && !list('/run/netlab').includes(lab)))
      .map((name) => `entry ${name}`),
    ...read('/proc/self/mountinfo')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter(own)
      .map((point) => `mount ${point}`),
    ...titles,
  ];
}

function walk(folder: string): string[] {
  return list(folder).flatMap((name) => {
    const path = join(folder, name);
    return [path, ...(lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? walk(path) : [])];
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function run([command = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
