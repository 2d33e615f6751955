/**
 * The programs that join an ordinary user's lab to the machine's network: as an application that opens sockets for it. Which
 * of them is taken and why: docs/decisions/0008-the-way-out-without-root.md.
 */
import { accessSync, constants } from 'node:fs';

import type { HandedOutside } from '../state/places.ts';
import { isErrno } from '../sys/errno.ts';
import { findProgram } from '../sys/find-program.ts';
import { readText } from '../sys/read-text.ts';

/** One of them, as it is installed here. */
export type UplinkProgram = NonNullable<HandedOutside['program']>;

/** What an ordinary user's command has seen of the machine's own network before it entered the lab's user namespace. */
export type Outside = Omit<HandedOutside, 'warden'>;

/** A port of the machine that leads into the lab. */
export interface ForwardedPort {
  readonly proto: 'tcp' | 'udp';
  readonly port: number;
}

/** The lab's home in the network between it and the program, of the range that RFC 2544 keeps for tests of networks. */
export const HOME_NETWORK = {
  subnet: '198.19.255.0/24',
  address: '198.19.255.100',
  gateway: '198.19.255.2',
  /** Who answers for the machine's own resolver, wherever that listens. */
  resolver: '198.19.255.3',
} as const;

/** In the order of preference, and the Debian packages that have them. */
export const UPLINK_PROGRAMS = [
  ['slirp4netns', 'slirp4netns'],
  ['pasta', 'passt'],
] as const;

/** What a machine without a default route calls the interface. */
const UNNAMED = 'tap0';
const TUN = '/dev/net/tun';

/** Looks around; to be asked before the user namespace is entered. */
export function lookOutside(): Outside {
  const program = installedPrograms()[0];
  const hindrance = hindranceOf(TUN);
  return {
    ...(program === undefined ? {} : { program }),
    ...(hindrance === undefined ? {} : { hindrance }),
    interface: defaultInterface(readText('/proc/net/route') ?? '') ?? UNNAMED,
    lowestPort:
      process.geteuid?.() === 0 ? 1 : Number(readText('/proc/sys/net/ipv4/ip_unprivileged_port_start') ?? 1024),
  };
}

/** The programs of this machine, the preferred one first. NETLAB_UPLINK names the only one to be taken. */
function installedPrograms(): UplinkProgram[] {
  const only = process.env['NETLAB_UPLINK'];
  return UPLINK_PROGRAMS.flatMap(([name]) => {
    const path = findProgram(name);
    return path === undefined || (only !== undefined && only !== '' && only !== name) ? [] : [{ name, path }];
  });
}

/** Why tap interfaces cannot be had by this user. */
export function hindranceOf(tun: string): HandedOutside['hindrance'] {
  try {
    accessSync(tun, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return isErrno(error, 'ENOENT')
      ? { fact: `there is no ${tun}`, remedy: 'modprobe tun' }
      : { fact: `${tun} is closed to this user`, remedy: `chmod 0666 ${tun}` };
  }
}

/** The interface of the route of last resort with the lowest metric, in the table that /proc/net/route is. */
export function defaultInterface(table: string): string | undefined {
  const ways = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , flags, , , , mask]) => {
      // RTF_UP; and not RTF_REJECT, an unreachable default.
      const set = Number.parseInt(flags ?? '0', 16);
      return destination === '00000000' && mask === '00000000' && (set & 1) === 1 && (set & 0x200) === 0;
    });
  return ways.toSorted((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
}

/** How to run a program. */
export interface UplinkStart {
  /** A process in the user namespace and in the network namespace that is to be joined. */
  readonly pid: number;
  readonly interface: string;
  /** Where slirp4netns is to listen for changes of ports; none: nobody will ask. */
  readonly api?: string;
  /** What pasta is to forward: it is told at its start, and never again. */
  readonly ports: readonly ForwardedPort[];
}

/** The command line that joins a network namespace to the machine's network, in the foreground. */
export function uplinkCommand({ name, path }: UplinkProgram, start: UplinkStart): string[] {
  const { pid, api, ports } = start;
  const { subnet, address, gateway, resolver } = HOME_NETWORK;
  if (name === 'slirp4netns') {
    return [
      path,
      '--configure',
      '--mtu=65520',
      `--cidr=${subnet}`,
      // As with root's labs: what the machine keeps on its loopback is not for nodes.
      '--disable-host-loopback',
      ...(api === undefined ? [] : [`--api-socket=${api}`]),
      '--netns-type=path',
      `--userns-path=/proc/${pid}/ns/user`,
      `/proc/${pid}/ns/net`,
      start.interface,
    ];
  }
  const list = (proto: ForwardedPort['proto']): string =>
    ports.flatMap((each) => (each.proto === proto ? [each.port] : [])).join(',') || 'none';
  const words =
    '--foreground --quiet --stderr --config-net --no-netns-quit --no-map-gw --ipv4-only --tcp-ns none --udp-ns none';
  const network = ['--ns-ifname', start.interface, '--address', address, '--netmask', '24', '--gateway', gateway];
  const services = ['--dns-forward', resolver, '--tcp-ports', list('tcp'), '--udp-ports', list('udp')];
  return [path, ...words.split(' '), ...network, ...services, String(pid)];
}
