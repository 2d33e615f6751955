/** What a link needs for the place where it stands: in somebody else's namespace, or as the port of a bridge that sends back where a frame came from. */
import type { Link } from '../model/resource.ts';
import { newlink } from '../netlink/spec/rt-link.ts';
import type { Command, Explaining, Request, Surroundings } from './kind.ts';
import { FLAGS, route } from './request.ts';
import { shellWord } from './shell.ts';

/** Written where other defaults reign, before the device is up. */
const QUIET: Readonly<Record<string, string>> = { accept_ra: '0', addr_gen_mode: '1' };

/** What follows when a device has been made. */
export function placeRequests(link: Link, around: Surroundings): Request[] {
  return [...quiet(link, around), ...(link.hairpin === true ? hairpin(link, around) : [])];
}

/** The same in commands. */
export function placeCommands(link: Link, around: Explaining): Command[] {
  return [...quietCommands(link, around), ...(link.hairpin === true ? [hairpinCommand(link.name, true)] : [])];
}

/** {@link quiet} in commands. */
export function quietCommands({ node, name, type }: Link, around: Explaining): Command[] {
  if (!around.isForeign(node) || type === 'loopback') return [];
  const settings = Object.entries(QUIET).map(([key, value]) => `${conf(name)}.${key}=${value}`);
  return [{ stage: 'sysctl', line: `sysctl -eqw ${settings.map(shellWord).join(' ')}` }];
}

/** Like `bridge link set dev PORT hairpin on`. */
export function hairpin({ node, name, hairpin: back }: Link, around: Surroundings): Request[] {
  const linkinfo = { slave_kind: 'bridge' as const, slave_data: { mode: back === true ? 1 : 0 } };
  const value = { header: { index: around.index(node, name) }, attrs: { linkinfo } };
  return [route('configure', node, newlink, value, FLAGS.change)];
}

/** The same as a command. */
export function hairpinCommand(name: string, on: boolean): string {
  return `bridge link set dev ${shellWord(name)} hairpin ${on ? 'on' : 'off'}`;
}

/**
 * No IPv6 until the file asks for it, and no router of the lab may tell the host, or whose namespace it is, its ways. In namespaces of ours their own defaults
 * say so.
 */
export function quiet({ node, name, type }: Link, around: Surroundings): Request[] {
  if (!around.isForeign(node) || type === 'loopback') return [];
  return Object.entries(QUIET).map(([setting, value]) => ({
    via: 'sysctl',
    stage: 'sysctl',
    node,
    key: `${conf(name)}.${setting}`,
    value,
    optional: true,
  }));
}

function conf(name: string): string {
  return `net.ipv6.conf.${name.replaceAll('.', '/')}`;
}
