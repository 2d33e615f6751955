/** Whom a node with a way out asks for names. */
import { existsSync, readFileSync } from 'node:fs';

import type { Problem } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';

const RESOLV_CONF = '/etc/resolv.conf';
/** Where systemd-resolved says whom it asks itself. */
const UPSTREAM = '/run/systemd/resolve/resolv.conf';

/**
 * The file to stand over /etc/resolv.conf of such a node; undefined when the host's own will do. One that names 127.0.0.53, or any
 * address of the host's loopback, leads nowhere from a node.
 */
export function resolverFile(): string | undefined {
  return isLocal() && existsSync(UPSTREAM) ? UPSTREAM : undefined;
}

/** Said when a node will find nobody to ask. */
export function resolverWarnings(model: LabModel): Problem[] {
  const [first] = model.uplinks;
  if (first === undefined || !isLocal() || resolverFile() !== undefined) return [];
  return [
    {
      ...model.locate(['nodes', first.node, 'internet']),
      message: `${RESOLV_CONF} of the host names only its own loopback, which no node reaches, and there is no ${UPSTREAM}: names will not be found in ${first.node}`,
      severity: 'warning',
    },
  ];
}

function isLocal(): boolean {
  const servers = [...read().matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address);
  return servers.length > 0 && servers.every((address) => address.startsWith('127.') || address === '::1');
}

function read(): string {
  try {
    return readFileSync(RESOLV_CONF, 'utf8');
  } catch {
    return '';
  }
}
