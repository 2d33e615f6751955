/** A command of a script → what it makes of the node's network. */
import { basename } from 'node:path';

import type { Command } from '../shell/commands.ts';
import type { Origin } from '../draft.ts';
import { ipAddress } from './address.ts';
import { brctl, bridge } from './bridge.ts';
import { ifconfig } from './ifconfig.ts';
import { ipLink } from './link.ts';
import { ipTunnel } from './link-add.ts';
import { arp, ipNeighbor } from './neighbor.ts';
import { route } from './net-tools-route.ts';
import type { Network, Outcome } from './network.ts';
import { ipRoute } from './route.ts';
import { ipRule } from './rule.ts';
import { sysctl, writeProc } from './sysctl.ts';
import { means } from './words.ts';

/** Whether a command is one of those that are followed, whatever it says. */
export function isAboutNetwork({ words: [program = ''] }: Command): boolean {
  return /^(?:ip|ifconfig|route|arp|bridge|brctl|sysctl)$/.test(basename(program));
}

/** Undefined for a command that is not about the network. */
export function networkCommand(network: Network, { words, writes }: Command, origin: Origin): Outcome | undefined {
  const [program = '', ...rest] = words;
  if (writes !== undefined)
    return program === 'echo' && writes.startsWith('/proc/sys/') ? writeProc(network, rest, writes, origin) : undefined;
  switch (basename(program)) {
    case 'ip':
      return ip(network, rest, origin);
    case 'ifconfig':
      return ifconfig(network, rest, origin);
    case 'route':
      return route(network, rest, origin);
    case 'arp':
      return arp(network, rest, origin);
    case 'bridge':
      return bridge(network, rest, origin);
    case 'brctl':
      return brctl(network, rest, origin);
    case 'sysctl':
      return sysctl(network, rest, origin);
    default:
      return undefined;
  }
}

function ip(network: Network, words: readonly string[], origin: Origin): Outcome {
  let family: 4 | 6 | undefined;
  let at = 0;
  for (; words[at]?.startsWith('-') === true; at++) {
    const option = words[at]!;
    if (option === '-4') family = 4;
    else if (option === '-6') family = 6;
    else if (/^-f(?:amily)?$/.test(option)) family = words[++at] === 'inet6' ? 6 : 4;
    else return 'unknown';
  }
  const [object = '', ...rest] = words.slice(at);
  // In iproute2's own order: `ip r` is `ip route`, `ip a` is `ip address`.
  if (means(object, 'address')) return ipAddress(network, rest, family, origin);
  if (means(object, 'route')) return ipRoute(network, rest, family, origin);
  if (means(object, 'rule')) return ipRule(network, rest, family, origin);
  if (means(object, 'neighbor', 'neighbour')) return ipNeighbor(network, rest, origin);
  if (means(object, 'link')) return ipLink(network, rest, origin);
  if (means(object, 'tunnel', 'tunl')) return ipTunnel(network, rest, origin);
  return 'unknown';
}
