/** What checks should find, by tools that are not ours: ping, curl, ip, and a socket of Python's, in the nodes' network namespaces. */
import { inNode } from '../../support/index.ts';
import type { Check, Target } from '../../../src/model/check.ts';

/** Whether what a check says is so now; undefined for what no tool here can tell. */
export function isSo(lab: string, { claim }: Check): boolean | undefined {
  const runs = (node: string, ...argv: readonly string[]): boolean => inNode(lab, node, argv).code === 0;
  const pings = (from: string, { address = '' }: Target): boolean =>
    runs(from, 'ping', '-n', '-q', '-c1', '-W1', address);
  switch (claim.kind) {
    case 'ping':
      return pings(claim.from, claim.to);
    case 'reach':
      return claim.from.every((from) => claim.to.every((to) => to.word === from || pings(from, to)));
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
