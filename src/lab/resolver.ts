/** Whom a node with a way out asks for names. */
import { existsSync } from 'node:fs';

import type { Problem } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import { privateFiles } from '../process/operations.ts';
import { HOME_NETWORK } from '../process/uplink-programs.ts';
import { ROOTLESS, STATE_ROOT } from '../state/places.ts';
import { readText } from '../sys/read-text.ts';

const RESOLV_CONF = '/etc/resolv.conf';
/** Where systemd-resolved says whom it asks itself. */
const UPSTREAM = '/run/systemd/resolve/resolv.conf';

/**
 * The file to stand over /etc/resolv.conf of such a node; undefined when the host's own will do. One that names 127.0.0.53, or any
 * address of the host's loopback, leads nowhere from a node. In the labs of an ordinary user it is {@link resolverText}.
 */
export function resolverFile(): string | undefined {
  if (ROOTLESS) return privateFiles(STATE_ROOT).resolver;
  return isLocal() && existsSync(UPSTREAM) ? UPSTREAM : undefined;
}

/** Whom the machine asks, for a node that has a root of its own and does not see the machine's files. */
export function machineResolvers(): string {
  return readText(resolverFile() ?? RESOLV_CONF) ?? '';
}

/** The program that makes an ordinary user's way out asks the machine's own resolver, on its loopback or elsewhere. */
export function resolverText(): string | undefined {
  if (!ROOTLESS) return undefined;
  const rest = (readText(RESOLV_CONF) ?? '').split('\n').filter((line) => /^\s*(?:search|domain|options)\s/.test(line));
  return [`nameserver ${HOME_NETWORK.resolver}`, ...rest, ''].join('\n');
}

/** Said when a node will find nobody to ask. */
export function resolverWarnings(model: LabModel): Problem[] {
  const [first] = model.uplinks;
  if (first === undefined || ROOTLESS || !isLocal() || resolverFile() !== undefined) return [];
  return [
    {
      ...model.locate(['nodes', first.node, 'internet']),
      message: `${RESOLV_CONF} of the host names only its own loopback, which no node reaches, and there is no ${UPSTREAM}: names will not be found in ${first.node}`,
      severity: 'warning',
    },
  ];
}

function isLocal(): boolean {
  const servers = [...(readText(RESOLV_CONF) ?? '').matchAll(/^\s*nameserver\s+(\S+)/gm)].map(
    ([, address = '']) => address,
  );
  return servers.length > 0 && servers.every((address) => address.startsWith('127.') || address === '::1');
}
