/**
 * What the host looks like, read by tools that are not ours, so that a test can show that netlab left it as it was.
 * Other programs run on the machine meanwhile. What they do is not held against netlab: see {@link HostOptions.labs} and
 * {@link processes}.
 */
import { AssertionError } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { type Dirent, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { labGroups } from './cgroups.ts';
import { processes } from './processes.ts';
import { run } from './run.ts';
import { places } from './user.ts';

/** One section of a snapshot: what identifies a thing, and what is to stay the same about it. */
export type Section = ReadonlyMap<string, string>;

export interface HostSnapshot {
  /** `ip -j link`, by name. */
  readonly links: Section;
  /** `ip -j addr` and the main routing tables. */
  readonly addresses: Section;
  readonly routes: Section;
  /** The names of `ip netns`. */
  readonly netns: Section;
  /** /proc/self/mountinfo, by mount point. */
  readonly mounts: Section;
  /** `nft -j list ruleset`, by object; empty where there is no nft. */
  readonly nftables: Section;
  /** Everything readable under /proc/sys/net. */
  readonly sysctls: Section;
  /** Processes of ours, by pid and start time. */
  readonly processes: Section;
  /** Control groups of labs; entries of /run/netns, of /run/netlab, and of the state folder of the user who runs netlab. */
  readonly files: Section;
}

export interface HostOptions {
  /**
   * Names of the labs in question. Given, what mentions neither these names nor a descendant of this test is somebody else's:
   * for a machine on which other labs come and go. Without it everything that mentions netlab must be as before.
   */
  readonly labs?: readonly string[];
}

/** The host now. Takes some 100 ms. */
export function hostSnapshot(): HostSnapshot {
  return {
    links: links(),
    addresses: addresses(),
    routes: routes(),
    netns: new Map(list('/run/netns').map((name) => [name, 'there'])),
    mounts: mounts(),
    nftables: nftables(),
    sysctls: sysctls(),
    processes: processes(),
    files: new Map(
      [...list('/run/netns', true), ...list('/run/netlab', true), ...list(places().state, true), ...labGroups()].map(
        (path) => [path, 'there'],
      ),
    ),
  };
}

/** Fails, listing every difference, when the host is not as it was: `-` was there and is gone, `+` is new, `~` has changed. */
export function assertHostUnchanged(before: HostSnapshot, after: HostSnapshot, options: HostOptions = {}): void {
  const differences = hostDifferences(before, after, options);
  if (differences.length === 0) return;
  throw new AssertionError({
    message: `the host is not as it was:\n${differences.map((line) => `  ${line}`).join('\n')}`,
    stackStartFn: assertHostUnchanged,
  });
}

/** The differences as lines; pure. */
export function hostDifferences(before: HostSnapshot, after: HostSnapshot, { labs }: HostOptions = {}): string[] {
  const lines: string[] = [];
  for (const name of Object.keys(before) as (keyof HostSnapshot)[]) {
    for (const key of new Set([...before[name].keys(), ...after[name].keys()])) {
      const [was, is] = [before[name].get(key), after[name].get(key)];
      // The kernel's modules bring sysctls with them when something first needs them; what an interface brings shows in `links`.
      if (name === 'sysctls' && (was === undefined || is === undefined)) continue;
      if (was === is || !concerns(name, `${key} ${was ?? ''} ${is ?? ''}`, labs)) continue;
      if (was === undefined) lines.push(`+ ${name} ${key}: ${is}`);
      else if (is === undefined) lines.push(`- ${name} ${key}: ${was}`);
      else lines.push(`~ ${name} ${key}: ${was} → ${is}`);
    }
  }
  return lines;
}

// Labs and programs of others show in these sections and only there; a change of links, routes or sysctls is always ours to explain.
const SHARED: ReadonlySet<keyof HostSnapshot> = new Set(['netns', 'mounts', 'processes', 'files', 'nftables']);

function concerns(section: keyof HostSnapshot, text: string, labs: readonly string[] | undefined): boolean {
  if (!SHARED.has(section)) return true;
  if (text.includes('(of this test)')) return true;
  if (labs !== undefined) return labs.some((lab) => text.includes(lab));
  return section !== 'processes' || /netlab/.test(text);
}

function links(): Section {
  const entries = JSON.parse(run('ip', ['-j', '-d', 'link'])) as { ifindex: number; ifname: string }[];
  return new Map(
    entries.map((link) => [
      `${link.ifindex} ${link.ifname}`,
      JSON.stringify(pick(link, ['mtu', 'flags', 'master', 'address', 'promiscuity', 'num_tx_queues', 'link_netnsid'])),
    ]),
  );
}

function addresses(): Section {
  interface Address {
    local: string;
    prefixlen: number;
    scope: string;
  }
  const entries = JSON.parse(run('ip', ['-j', 'addr'])) as { ifname: string; addr_info: Address[] }[];
  return new Map(
    entries.flatMap(({ ifname, addr_info: list }) =>
      list.map(({ local, prefixlen, scope }): [string, string] => [`${local}/${prefixlen} dev ${ifname}`, scope]),
    ),
  );
}

function routes(): Section {
  const lines = ['-4', '-6'].flatMap((family) => {
    // A kernel without IPv6 has no such table.
    const { stdout } = spawnSync('ip', [family, 'route', 'show', 'table', 'main'], { encoding: 'utf8' });
    return stdout.split('\n').map((line) => line.replace(/ expires \d+sec/, '').trim());
  });
  const rules = spawnSync('ip', ['rule'], { encoding: 'utf8' }).stdout.split('\n');
  return new Map([...lines, ...rules].filter((line) => line !== '').map((line) => [line, 'there']));
}

function mounts(): Section {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  // proc_pid_mountinfo(5): id parent major:minor root mountpoint options [optional fields] - type source superoptions
  const counts = new Map<string, number>();
  return new Map(
    lines.map((line) => {
      const [head = '', tail = ''] = line.split(' - ');
      const [, , , root, point = '', options] = head.split(' ');
      const layer = (counts.get(point) ?? 0) + 1;
      counts.set(point, layer);
      return [layer === 1 ? point : `${point} (layer ${layer})`, `${root} ${options} ${tail}`];
    }),
  );
}

function nftables(): Section {
  const result = spawnSync('nft', ['-j', 'list', 'ruleset'], { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.error !== undefined || result.status !== 0) return new Map();
  const { nftables: objects } = JSON.parse(result.stdout) as { nftables: Record<string, object>[] };
  return new Map(
    objects
      .filter((object) => !('metainfo' in object))
      // Counters run by themselves.
      .map((object) => JSON.stringify(object, (key, value: unknown) => (/^(packets|bytes)$/.test(key) ? 0 : value)))
      .map((text) => [text, 'there']),
  );
}

// These change by themselves.
const VOLATILE = /nf_conntrack_count$/;

function sysctls(folder = '/proc/sys/net'): Section {
  const values = new Map<string, string>();
  // A device that goes while we look takes its folders along.
  let entries: Dirent[] = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) for (const [key, value] of sysctls(path)) values.set(key, value);
    else if (!VOLATILE.test(path)) values.set(path, read(path));
  }
  return values;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    // Some can only be written (route/flush), some not be read until they are set (stable_secret).
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}

function list(folder: string, deep = false): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there, or somebody else's and gone while we looked.
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return deep ? [path, ...(entry.isDirectory() ? list(path, true) : [])] : [entry.name];
  });
}

/** Some of an object's fields. */
function pick(object: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
