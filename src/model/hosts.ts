import type { HostEntry } from './lab.ts';

/** /etc/hosts of every node: the loopback's lines, then one for each address of the lab. */
export function hostsText(hosts: readonly HostEntry[]): string {
  return [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    ...hosts.map(({ address, names }) => `${address}\t${names.join(' ')}`),
    '',
  ].join('\n');
}
