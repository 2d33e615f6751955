/** What checks should find, by tools that are not ours: ping, curl, ip, and a socket of Python's, in the nodes' network namespaces. */
import { inNode, run } from '../../support/index.ts';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import type { Breakage } from './breakages.ts';
import type { Check, Claim, Target } from '../../../src/model/check.ts';
import type { TopologyDocument } from '../../../src/topology/document.ts';
import type { LabModel } from '../../../src/model/lab.ts';

const SHAPED = /"(limits|capabilities|no_new_privileges|seccomp|rootfs)":/;

/** Whether what a check says is so now; undefined for what no tool here can tell. */
export function isSo(lab: string, { claim }: Check, document: TopologyDocument): boolean | undefined {
  const runs = (node: string, ...argv: readonly string[]): boolean => inNode(lab, node, argv).code === 0;
  const pings = (from: string, { address = '' }: Target): boolean =>
    runs(from, 'ping', '-n', '-q', '-c1', '-W1', address);
  switch (claim.kind) {
    case 'ping':
      return pings(claim.from, claim.to);
    case 'reach':
      return claim.from.every((from) => {
        const asked = claim.to.flatMap(({ word, address = '' }) => (word === from ? [] : [address]));
        return answering(lab, from, asked, 1).length === new Set(asked).size;
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
  const answered = (ttl: number): boolean =>
    inNode(lab, from, ['ping', '-n', '-q', '-c1', '-W1', '-t', String(ttl), address]).code === 0;
  if (!answered(count + 1)) return false;
  return count > 0 && answered(count) ? false : undefined;
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

/** Which nodes reach which by their first addresses, of each family: as ping has it, all at once in each node. */
export function reachable({ name: lab, resources }: LabModel): string {
  const firsts = new Map<string, string>();
  for (const each of resources) {
    if (each.kind !== 'address' || each.node === 'host' || each.scope === 'link') continue;
    const address = each.prefix.replace(/\/.*/, '');
    const key = `${each.node} ${address.includes(':') ? 6 : 4}`;
    if (!firsts.has(key)) firsts.set(key, address);
  }
  const nodes = resources.flatMap((each) => (each.kind === 'namespace' && each.role === 'node' ? [each.node] : []));
  return nodes.map((node) => `${node}: ${answering(lab, node, [...firsts.values()], 2).join(' ')}`).join('\n');
}

/** Which of some addresses answer one ping of `count`, all asked side by side. */
function answering(lab: string, node: string, addresses: readonly string[], count: number): string[] {
  const script = `for a; do (ping -n -q -c${count} -i0.3 -W1 $a >/dev/null 2>&1 && echo $a) & done; wait`;
  const { stdout } = inNode(lab, node, ['sh', '-c', script, 'sh', ...new Set(addresses)]);
  return stdout.split('\n').filter(Boolean).toSorted();
}

/** What may be broken and not be noticed, and why. */
const HARMLESS: Readonly<Record<string, readonly RegExp[]>> = {
  // They are there to be in the way of each other; how much each gets is measured by cpu-share.test.ts.
  'cpu-share': [/^stop \w+\/loop$/],
  // What they do is done once, and then they end.
  'mount-propagation': [/^stop \w+\/(late|deep)$/],
  services: [/^stop app\/migrate$/],
};

/** Whether what nobody has noticed is nothing to be noticed: there is another way, and everybody reaches whom he has reached. */
export function isHarmless(topology: string, kind: Breakage['kind'], what: string, isWhole: () => boolean): boolean {
  if (HARMLESS[topology]?.some((each) => each.test(what)) === true) return true;
  return kind !== 'process' && isWhole();
}
