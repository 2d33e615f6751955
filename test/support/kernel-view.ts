/** A lab as iproute2, nft and /proc show it: nothing here asks netlab. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { ipJson, toolInNode } from './lab.ts';
import { has } from './probe.ts';
import { run } from './run.ts';
import { places, user } from './user.ts';

/** The nodes and bridges of a lab, by their names in `ip netns list`; those of an ordinary user's by the links that stand for them. */
export function netnsOf(lab: string): string[] {
  const names = user() === 'root' ? run('ip', ['netns', 'list']).split('\n') : list(places().netns);
  return names
    .map((line) => line.split(' ')[0]!)
    .filter((name) => name.startsWith(`${lab}.`))
    .map((name) => name.slice(lab.length + 1))
    .toSorted();
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Every device of a lab, as `node:name`, and its index. */
export function ifindexes(lab: string): Record<string, number> {
  const entries = netnsOf(lab).flatMap((node) =>
    ipJson<{ ifname: string; ifindex: number }>(lab, node, 'link').map(
      ({ ifname, ifindex }) => [`${node}:${ifname}`, ifindex] as const,
    ),
  );
  return Object.fromEntries(entries);
}

/** The addresses of each device of a node, as `ip addr` prints them; IPv6 link-local ones left out. */
export function addresses(lab: string, node: string): Record<string, string[]> {
  interface Entry {
    ifname: string;
    addr_info: { local: string; prefixlen: number; scope: string; family: string }[];
  }
  return Object.fromEntries(
    ipJson<Entry>(lab, node, 'addr').map(({ ifname, addr_info: list }) => [
      ifname,
      list
        .filter(({ family, scope }) => !(family === 'inet6' && scope === 'link'))
        .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    ]),
  );
}

/** What `bridge -j fdb show` prints in a node. */
export function fdb(lab: string, node: string): Record<string, unknown>[] {
  return JSON.parse(toolInNode(lab, node, ['bridge', '-j', 'fdb', 'show'])) as Record<string, unknown>[];
}

/** A setting as a process in the node's network namespace reads it. */
export function sysctl(lab: string, node: string, key: string): string {
  // A dot in the key separates folders, a slash stands for a dot: sysctl(8).
  const path = key.replaceAll(/[./]/g, (sign) => (sign === '.' ? '/' : '.'));
  return toolInNode(lab, node, ['cat', `/proc/sys/${path}`]).trim();
}

/** The pid of whoever holds the namespaces of a lab. */
export function holder(lab: string): number {
  const { netns } = places();
  const name = list(netns).find((entry) => entry.startsWith(`${lab}.`));
  const target = name === undefined ? '' : readlinkSync(`${netns}/${name}`);
  const pid = /^\/proc\/(\d+)\//.exec(target)?.[1];
  if (pid === undefined) throw new Error(`nobody holds the namespaces of ${lab}`);
  return Number(pid);
}

interface Stat {
  readonly parent: number;
  readonly state: string;
  readonly started: string;
}

/** proc_pid_stat(5); undefined for one that has ended. The command may hold spaces, so fields are counted from its bracket. */
function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, parent: Number(fields[1]), started: fields[19]! };
  } catch {
    return undefined;
  }
}

/** Whether a process runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  const state = stat(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/**
 * The processes of a lab, those that descend from whoever holds its namespaces and itself: `pid@start` → command line. /proc is read
 * one process after the other: one whose parent ends meanwhile belongs to nobody. So it is read until two looks see the same.
 */
export function processesOf(lab: string): Record<string, string> {
  let seen = lookAtProcesses(lab);
  for (let look = 1; look < MOST_LOOKS; look++) {
    const before = seen;
    seen = lookAtProcesses(lab);
    if (JSON.stringify(before) === JSON.stringify(seen)) break;
  }
  return seen;
}

/** In a lab where processes come and go all the time no two are the same. */
const MOST_LOOKS = 5;

function lookAtProcesses(lab: string): Record<string, string> {
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const found = /^\d+$/.test(name) ? stat(Number(name)) : undefined;
    if (found !== undefined) all.set(Number(name), found);
  }
  const root = holder(lab);
  const result: Record<string, string> = {};
  for (const [pid, { started, state }] of all) {
    let at: number | undefined = pid;
    while (at !== undefined && at !== root) at = all.get(at)?.parent;
    if (at === root && state !== 'Z') result[`${pid}@${started}`] = commandLine(pid);
  }
  return result;
}

/** The one process of a lab with this command line, as `pid@start`; undefined when there is none or another. */
export function processNamed(lab: string, command: string): string | undefined {
  const found = Object.entries(processesOf(lab)).filter(([, line]) => line === command);
  return found.length === 1 ? found[0]![0] : undefined;
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** What runs by itself in the output of the tools: timers, counters, states that a packet changes. */
const VOLATILE =
  /timer$|^(tso_max_.*|gso_.*|gro_.*|handle|packets|bytes|operstate|topology_change.*|hello_time.*|state|flags)$/;

/**
 * Everything that stands in a lab's namespaces, without what changes by itself. Two dumps are equal when nothing was changed in
 * between, or all of it was brought back.
 */
export function dump(lab: string): Record<string, unknown> {
  const nodes = netnsOf(lab).map((node) => {
    const links = ipJson<Record<string, unknown>>(lab, node, 'link');
    return [
      node,
      {
        links: links.map((link) => ({ ...steady(link), up: (link['flags'] as string[]).includes('UP') })),
        addresses: ipJson<Record<string, unknown>>(lab, node, 'addr').map((each) => steady(each['addr_info'])),
        routes: ['-4', '-6'].flatMap((family) =>
          sorted(ipJson(lab, node, family, 'route', 'show', 'table', 'all').filter(isNotKernels).map(steady)),
        ),
        rules: ['-4', '-6'].flatMap((family) => ipJson(lab, node, family, 'rule').map(steady)),
        neighbours: sorted(ipJson(lab, node, 'neigh', 'show', 'nud', 'permanent').map(steady)),
        fdb: sorted(fdb(lab, node).filter(isStatic).map(steady)),
        nftables: ruleset(lab, node),
      },
    ] as const;
  });
  return Object.fromEntries(nodes);
}

/** `nft -j list ruleset` in a node, without handles and counters; empty where this machine has no nft. */
export function ruleset(lab: string, node: string): unknown {
  if (!has('nft')) return [];
  // The machine's nft: a root of the node's own need not have one.
  const text = toolInNode(lab, node, ['nft', '-j', 'list', 'ruleset']);
  return steady((JSON.parse(text) as { nftables: object[] }).nftables);
}

function isStatic({ state }: Record<string, unknown>): boolean {
  return state === 'permanent' || state === 'static';
}

/** The kernel makes and removes its own routes as addresses and carriers come and go. */
function isNotKernels({ protocol }: Record<string, unknown>): boolean {
  return protocol !== 'kernel';
}

function steady(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (key, each: unknown) => (VOLATILE.test(key) ? undefined : each))) as Record<
    string,
    unknown
  >;
}

function sorted(list: readonly unknown[]): unknown[] {
  return list.map((each) => JSON.stringify(each)).toSorted();
}

/** The mounts of a process by their points, in its own words: `rw,relatime shared:1 - tmpfs tmpfs rw,size=1024k`. The topmost of several. */
export function mountsOf(pid: string): Map<string, { readonly id: string; readonly words: string }> {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [id = '', , , , point = '', ...rest] = line.split(' ');
      return [point, { id, words: rest.join(' ') }];
    }),
  );
}
