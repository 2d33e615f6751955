/** Settings that the kernel changes together with another one: to put back `ip_forward` alone would leave the rest behind. */
import { inNetns } from '../sys/netns.ts';
import { readSysctl, sysctlFolders } from '../sys/procfs.ts';

const IPV4 = 'net/ipv4/conf';
const IPV6 = 'net/ipv6/conf';

/** The one name of settings that have two. */
export function canonicalKey(key: string): string {
  return key === 'net.ipv4.conf.all.forwarding' ? 'net.ipv4.ip_forward' : key;
}

/**
 * What `key`, and what goes along with it, is now in a namespace. `was` is undefined when there is no such setting. Of what goes
 * along only those count that would not be right again when the setting itself is put back.
 */
export function settingNow(
  netns: number,
  path: string,
): { was: string | undefined; along: [path: string, value: string][] } {
  return inNetns(netns, () => {
    const was = readSysctl(path);
    if (was === undefined) return { was, along: [] };
    if (path === 'net/ipv4/ip_forward' || path === `${IPV4}/all/forwarding`) {
      // inet_forward_change(): every device gets the same, and redirects are accepted by a host and not by a router.
      const redirects = readSysctl(`${IPV4}/all/accept_redirects`);
      const after = was === '0' ? '1' : '0';
      const along = others(IPV4, was);
      if (redirects !== undefined && redirects !== after) along.push([`${IPV4}/all/accept_redirects`, redirects]);
      return { was, along };
    }
    return { was, along: path === `${IPV6}/all/forwarding` ? others(IPV6, was) : [] };
  });
}

function others(folder: string, value: string): [path: string, value: string][] {
  return sysctlFolders(folder).flatMap((device): [string, string][] => {
    const path = `${folder}/${device}/forwarding`;
    const own = device === 'all' ? undefined : readSysctl(path);
    return own === undefined || own === value ? [] : [[path, own]];
  });
}
