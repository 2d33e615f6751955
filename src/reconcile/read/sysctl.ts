import { NetlinkError } from '../../errors.ts';
import type { Sysctl } from '../../model/resource.ts';
import { AF } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getnetconf } from '../../netlink/spec/rt-netconf.ts';
import { sysctlPath } from '../../resource/sysctl.ts';
import { inNetns } from '../../sys/netns.ts';
import { readSysctl } from '../../sys/procfs.ts';

const ALL = -1;

/** The settings that nearly every router has, and that netlink tells ten times faster than /proc. */
const BY_NETLINK: Readonly<Record<string, { family: number; ifindex: number }>> = {
  'net.ipv4.ip_forward': { family: AF.INET, ifindex: ALL },
  'net.ipv4.conf.all.forwarding': { family: AF.INET, ifindex: ALL },
  'net.ipv6.conf.all.forwarding': { family: AF.INET6, ifindex: ALL },
};

/** The settings named by `keys`; one that this kernel, or this namespace, does not have is left out. Like `sysctl -n KEY`. */
export function readSysctls(node: string, netns: number, socket: NetlinkSocket, keys: ReadonlySet<string>): Sysctl[] {
  const values = new Map<string, string>();
  for (const key of keys) {
    const value = readForwarding(key, socket);
    if (value !== undefined) values.set(key, value);
  }
  const rest = [...keys].filter((key) => !values.has(key));
  if (rest.length > 0) {
    inNetns(netns, () => {
      for (const key of rest) {
        const value = readSysctl(sysctlPath(key));
        if (value !== undefined) values.set(key, value);
      }
    });
  }
  return [...values].map(([key, value]) => ({ kind: 'sysctl', node, key, value }));
}

function readForwarding(key: string, socket: NetlinkSocket): string | undefined {
  const where = Object.hasOwn(BY_NETLINK, key) ? BY_NETLINK[key] : undefined;
  if (where === undefined) return undefined;
  try {
    const { family, ifindex } = where;
    const [reply] = socket.request(getnetconf, { header: { family }, attrs: { ifindex } });
    return reply?.attrs.forwarding?.toString();
  } catch (error) {
    // A kernel without IPv6 has no such settings; /proc will say the same.
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}
