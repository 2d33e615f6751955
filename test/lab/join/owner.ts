/** A network namespace that is somebody else's: made by iproute2, with an interface, routes, rules, a table and settings of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';

import { run, uniqueLabName, until } from '../../support/index.ts';

/** What another program has there before netlab comes. */
const OWN = [
  'sysctl -qw net.ipv6.conf.default.accept_dad=0',
  'ip link set lo up',
  'ip link add own0 type veth peer name own1',
  'ip link set own0 up',
  'ip link set own1 up',
  'ip address add 192.0.2.1/24 dev own0',
  'ip route add default via 192.0.2.254',
  'ip route add 203.0.113.0/24 via 192.0.2.2',
  'ip rule add from 192.0.2.0/24 lookup 900 priority 900',
  'nft add table inet theirs',
  'nft add chain inet theirs input { type filter hook input priority 5 \\; }',
  'sysctl -qw net.ipv4.ip_default_ttl=77',
];

/** Settings that count, or that nobody has set. */
const VOLATILE = /random|conntrack_(count|buckets|max)|timer|stable_secret|\.mtu_expires|neigh\.default/;

export class Owner implements AsyncDisposable {
  /** Its name among those of `ip netns`; undefined for one that is a container's. */
  readonly name: string | undefined;
  readonly path: string;
  #process: ChildProcess | undefined;

  private constructor(path: string, name?: string) {
    this.path = path;
    this.name = name;
  }

  /** A new one, with a name. */
  static async make(): Promise<Owner> {
    const name = `own-${uniqueLabName()}`;
    run('ip', ['netns', 'add', name]);
    const owner = new Owner(`/run/netns/${name}`, name);
    await owner.furnish();
    return owner;
  }

  /** That of a process which somebody else has started, and ends. */
  static async of(pid: number): Promise<Owner> {
    const owner = new Owner(`/proc/${pid}/ns/net`);
    await owner.furnish();
    return owner;
  }

  async furnish(): Promise<void> {
    this.run(OWN.join(' && '));
    // The kernel makes its link-local addresses a while later.
    await until(() => (this.run('ip -6 address show scope link').match(/inet6/g) ?? []).length === 2);
  }

  /** A process in it, with other namespaces of its own besides. */
  async pid(): Promise<number> {
    if (this.#process === undefined) {
      const sleeper = 'hostname theirs && exec sleep 30070';
      this.#process = spawn('nsenter', [
        `--net=${this.path}`,
        'unshare',
        '--uts',
        '--ipc',
        '--mount',
        'sh',
        '-c',
        sleeper,
      ]);
    }
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('no process');
    await until(() => readlinkSync(`/proc/${pid}/exe`).endsWith('/sleep'));
    return pid;
  }

  /** Ends that process. */
  async endProcess(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Runs a line of sh there. */
  run(line: string): string {
    return run('nsenter', [`--net=${this.path}`, 'sh', '-c', line]);
  }

  /** Everything that stands there, as tools that are not netlab's tell it. */
  snapshot(): Record<string, unknown> {
    const json = (line: string): unknown[] => JSON.parse(this.run(line) || '[]') as unknown[];
    return {
      links: json('ip -j -d link').map((each) =>
        pick(each, ['ifname', 'ifindex', 'flags', 'mtu', 'group', 'address', 'master']),
      ),
      addresses: json('ip -j address').map((each) => ({
        ...pick(each, ['ifname']),
        addresses: (each as { addr_info: unknown[] }).addr_info.map((one) =>
          pick(one, ['local', 'prefixlen', 'scope', 'label', 'protocol']),
        ),
      })),
      routes: [...json('ip -j route show table all'), ...json('ip -j -6 route show table all')],
      rules: [...json('ip -j rule'), ...json('ip -j -6 rule')],
      nftables: this.run('nft list ruleset'),
      settings: this.run('sysctl -a 2>/dev/null')
        .split('\n')
        .filter((line) => line.startsWith('net.') && !VOLATILE.test(line)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endProcess();
    if (this.name !== undefined && existsSync(this.path)) run('ip', ['netns', 'delete', this.name]);
  }
}

function pick(from: unknown, keys: readonly string[]): Record<string, unknown> {
  const all = from as Record<string, unknown>;
  return Object.fromEntries(keys.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]] as const])));
}
