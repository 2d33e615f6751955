/** What checks should find, by tools that are not ours: ping, curl, ip, and a socket of Python's, in the nodes' network namespaces. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

import { inNode, nodeCommand, run } from '../../support/index.ts';

import type { Breakage } from './breakages.ts';
import type { Check, Claim, Target } from '../../../src/model/check.ts';
import type { TopologyDocument } from '../../../src/topology/document.ts';
import type { LabModel } from '../../../src/model/lab.ts';

const SHAPED = /"(limits|capabilities|no_new_privileges|seccomp|rootfs)":/;

/** Whether what a check says is so now; undefined for what no tool here can tell. */
export function isSo(lab: string, { claim }: Check, document: TopologyDocument): boolean | undefined {
  const runs = (node: string, ...argv: readonly string[]): boolean => inNode(lab, node, argv).code === 0;
  const answers = (from: string, { address = '' }: Target): boolean =>
    runs(from, 'ping', '-n', '-q', '-c1', '-W1', address);
  switch (claim.kind) {
    case 'ping':
      return answers(claim.from, claim.to);
    case 'reach':
      return claim.from.every((from) => {
        const asked = claim.to.flatMap(({ word, address = '' }) => (word === from ? [] : [address]));
        return answering(lab, from, asked).length === new Set(asked).size;
      });
    case 'tcp': {
      const connect = 'import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)';
      return runs(claim.from, 'python3', '-c', connect, claim.to.address ?? '', String(claim.port));
    }
    case 'http': {
      const { url, to, status, body, from } = claim;
      const { hostname, port } = new URL(url);
      const place = `${hostname}:${port === '' ? 80 : port}:${to.address}`;
      const { code, stdout } = inNode(lab, from, [
        'curl',
        '-sS',
        '-m2',
        '--noproxy',
        '*',
        '--resolve',
        place,
        '-w',
        '\n%{http_code}',
        url,
      ]);
      const got = Number(stdout.split('\n').at(-1));
      return (
        code === 0 &&
        (status === undefined ? got < 400 : got === status) &&
        (body === undefined || stdout.includes(body))
      );
    }
    case 'route': {
      const { on, to, via, dev } = claim;
      const lines = inNode(lab, on, ['ip', to.includes(':') ? '-6' : '-4', 'route', 'show', 'exact', to]).stdout;
      return (
        lines !== '' &&
        (via === undefined || lines.includes(`via ${via} `)) &&
        (dev === undefined || lines.includes(`dev ${dev} `))
      );
    }
    case 'exec':
      // What nsenter runs has neither the node's limits nor fewer rights, and not the environment that an image has.
      return SHAPED.test(JSON.stringify([document.defaults, document.nodes?.[claim.on]]))
        ? undefined
        : runsSo(lab, claim);
    case 'path':
      return hops(lab, claim.from, claim.to.address ?? '', claim.via.length);
    default:
      return undefined;
  }
}

/** Whether just so many routers stand between; which, the addresses of the file would tell, and nothing that is broken here changes those. */
function hops(lab: string, from: string, address: string, count: number): boolean | undefined {
  const answers = (ttl: number): boolean =>
    inNode(lab, from, ['ping', '-n', '-q', '-c1', '-W1', '-t', String(ttl), address]).code === 0;
  if (!answers(count + 1)) return false;
  return count > 0 && answers(count) ? false : undefined;
}

/** A command by nsenter(1), in all namespaces of the node's PID 1; where there is none, in its network namespace. */
function runsSo(lab: string, { on, command, exit, stdout = '', stderr = '' }: Claim<'exec'>): boolean {
  const pids = run('ip', ['netns', 'pids', `${lab}.${on}`])
    .split('\n')
    .filter(Boolean);
  const first = pids.find((pid) => /^NSpid:.*\t1$/m.test(status(pid)));
  const env = { ...process.env, NETLAB_LAB: lab, NETLAB_NODE: on };
  const result =
    first === undefined
      ? inNode(lab, on, command)
      : spawnSync('nsenter', ['-a', '-t', first, '--', ...command], { encoding: 'utf8', env, timeout: 2_000 });
  const code = 'status' in result ? result.status : result.code;
  return code === exit && result.stdout.includes(stdout) && result.stderr.includes(stderr);
}

function status(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** So many nodes ask at once: a minute for each breakage of a fat tree is an hour for all of them. */
const NODES_AT_ONCE = 6;

/** Which nodes reach which by their first addresses, of each family: as ping has it, all at once in each node. */
export async function reachable({ name: lab, resources }: LabModel): Promise<string> {
  const firsts = new Map<string, string>();
  for (const each of resources) {
    if (each.kind !== 'address' || each.node === 'host' || each.scope === 'link') continue;
    const address = each.prefix.replace(/\/.*/, '');
    const key = `${each.node} ${address.includes(':') ? 6 : 4}`;
    if (!firsts.has(key)) firsts.set(key, address);
  }
  const nodes = resources.flatMap((each) => (each.kind === 'namespace' && each.role === 'node' ? [each.node] : []));
  const lines: string[] = [];
  for (let at = 0; at < nodes.length; at += NODES_AT_ONCE)
    lines.push(
      ...(await Promise.all(
        nodes.slice(at, at + NODES_AT_ONCE).map(async (node) => {
          const { argv, env } = nodeCommand(lab, node, pings([...firsts.values()], 2));
          const child = spawn(argv[0]!, argv.slice(1), {
            env: { ...process.env, ...env },
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          return `${node}: ${answered(await text(child.stdout)).join(' ')}`;
        }),
      )),
    );
  return lines.join('\n');
}

/** Which of some addresses answer a ping, all asked side by side. */
function answering(lab: string, node: string, addresses: readonly string[]): string[] {
  return answered(inNode(lab, node, pings(addresses, 1)).stdout);
}

/** Prints those of some addresses that answer one ping of `count`. */
function pings(addresses: readonly string[], count: number): string[] {
  const script = `for a; do (ping -n -q -c${count} -i0.3 -W1 $a >/dev/null 2>&1 && echo $a) & done; wait`;
  return ['sh', '-c', script, 'sh', ...new Set(addresses)];
}

const answered = (printed: string): string[] => printed.split('\n').filter(Boolean).toSorted();

/** What may be broken and not be noticed, and why. */
const HARMLESS: Readonly<Record<string, readonly RegExp[]>> = {
  // They are there to be in the way of each other; how much each gets is measured by cpu-share.test.ts.
  'cpu-share': [/^stop \w+\/loop$/],
  // What they do is done once, and then they end.
  'mount-propagation': [/^stop \w+\/(late|deep)$/],
  services: [/^stop app\/migrate$/],
};

/** Whether what nobody has noticed is nothing to be noticed: there is another way, and everybody reaches whom he has reached. */
export async function isHarmless(
  topology: string,
  kind: Breakage['kind'],
  what: string,
  isWhole: () => Promise<boolean>,
): Promise<boolean> {
  if (HARMLESS[topology]?.some((each) => each.test(what)) === true) return true;
  return kind !== 'process' && (await isWhole());
}
