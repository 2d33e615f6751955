import type { Sysctl } from '../model/resource.ts';
import { compare, type Kind, type Surroundings } from './kind.ts';
import { shellWord } from './shell.ts';

/** What every namespace of ours is given before it is shown to anyone. */
export const INITIAL: Readonly<Record<string, string>> = {
  // IPv6 is quiet until an interface has an IPv6 address; its link-local address is then made by us, usable at once.
  'net.ipv6.conf.default.addr_gen_mode': '1',
  // No autoconfiguration, and no router solicitations, unless asked for.
  'net.ipv6.conf.default.accept_ra': '0',
  // The kernel hands the machine's own IPv4 settings on to each new namespace, and Docker, say, has the machine forward: a node
  // forwards when its file says so.
  'net.ipv4.ip_forward': '0',
};

/** A kernel setting below net., of the node's namespace. */
export const sysctl: Kind<Sysctl> = {
  kind: 'sysctl',
  key: ({ node, key }) => `${node} ${key}`,
  describe: ({ node, key, value }) => `sysctl ${key} = ${value} on ${node}`,
  differences: (wanted, found) => compare('value', normal(wanted.value), normal(found.value)),
  create(wanted, around) {
    if (isInitial(wanted, around) || isGiven(wanted, around)) return [];
    return [{ via: 'sysctl', stage: 'sysctl', node: wanted.node, key: wanted.key, value: wanted.value }];
  },
  update: ({ node, key, value }) => [{ via: 'sysctl', stage: 'sysctl', node, key, value }],
  remove({ node, key }, around) {
    return around.isDropped(node) ? [] : [{ via: 'sysctl', stage: 'unset', node, key, value: undefined }];
  },
  commands: (wanted, around) =>
    isGiven(wanted, around)
      ? []
      : [
          {
            stage: isInitial(wanted, around) ? 'namespace' : 'sysctl',
            line: `sysctl -qw ${shellWord(`${wanted.key}=${wanted.value}`)}`,
          },
        ],
  updateCommands: ({ key, value }) => [`sysctl -qw ${shellWord(`${key}=${value}`)}`],
  // Back to what a namespace has in which nobody has set anything.
  removeCommands: ({ key }) => {
    const general = generalKey(key);
    const initial = INITIAL[general];
    if (initial !== undefined) return [`sysctl -qw ${shellWord(`${key}=${initial}`)}`];
    return [`sysctl -qw ${shellWord(`${key}=`)}"$(unshare -n sysctl -n ${shellWord(general)})"`];
  },
};

/**
 * The setting that a device's own one starts from: that of `default`, or, of neighbours, where only the first namespace of the machine
 * has a `default`, that of the loopback. Any other key itself.
 */
export function generalKey(key: string): string {
  const [net, family, group, , ...rest] = key.split('.');
  return isOfDevice(key) ? [net, family, group, group === 'neigh' ? 'lo' : 'default', ...rest].join('.') : key;
}

/** The settings that set this one of every device at once, and of those to come: `ip_forward` for `conf.eth0.forwarding`. */
export function switchesOf(key: string): readonly string[] {
  if (/^net\.ipv4\.conf\.[^.]+\.forwarding$/.test(key)) return ['net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding'];
  return /^net\.ipv6\.conf\.[^.]+\.forwarding$/.test(key) ? ['net.ipv6.conf.all.forwarding'] : [];
}

/** True for a setting that the keeper writes when it makes the namespace, before any device stands in it. */
function isInitial({ node, key }: Sysctl, around: Pick<Surroundings, 'isNew'>): boolean {
  return around.isNew(node) && !isOfDevice(key);
}

/** True for a setting that the kernel gives to a device as soon as it stands. */
function isGiven({ node, implied }: Sysctl, around: Pick<Surroundings, 'isNew'>): boolean {
  return implied === true && around.isNew(node);
}

/** True for `net.ipv4.conf.eth0.…`: a setting that exists only while the device does. */
export function isOfDevice(key: string): boolean {
  return deviceOfKey(key) !== undefined;
}

/** The device that a setting is of: `eth0.10` of `net.ipv4.conf.eth0/10.rp_filter`. */
export function deviceOfKey(key: string): string | undefined {
  const [, family, group, device] = key.split('.');
  const isOne =
    (family === 'ipv4' || family === 'ipv6' || family === 'mpls') &&
    (group === 'conf' || group === 'neigh') &&
    device !== undefined &&
    !['all', 'default', 'lo'].includes(device);
  return isOne ? device.replaceAll('/', '.') : undefined;
}

/** `net.ipv4.conf.eth0/10.rp_filter` is the file `net/ipv4/conf/eth0.10/rp_filter`, as sysctl(8) has it. */
export function sysctlPath(key: string): string {
  return key.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'));
}

/** The kernel separates the parts of a value by tabs and ends it by a newline; people write spaces. */
function normal(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
