/** What the kernel offers to whoever may make namespaces: each thing tried in a namespace that vanishes at once. */
import { existsSync } from 'node:fs';

import { NetlabError } from '../errors.ts';
import type { Finding } from '../model/report.ts';
import type { LinkType } from '../model/resource.ts';
import { NFPROTO } from '../netlink/constants.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { newtable } from '../netlink/spec/nftables.ts';
import { inFreshNetns } from '../reconcile/fresh.ts';
import { BASIC, missingLinkTypes } from '../reconcile/link-types.ts';
import { DEVICE_TYPES, deviceOf } from '../resource/link/devices.ts';
import { lacking, ok } from './finding.ts';

/** Namespaces, link types (`needed`: those of the lab in question), nftables. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. */
export function offers(needed: ReadonlySet<LinkType>): Finding[] {
  return [namespaces(), ...linkTypes(needed), nftables()];
}

function namespaces(): Finding {
  const lost = ['net', 'uts', 'mnt', 'pid', 'ipc'].filter((kind) => !existsSync(`/proc/self/ns/${kind}`));
  if (lost.length > 0)
    return lacking('missing', 'namespaces', `this kernel has no ${lost.join(', ')}`, 'use a kernel that has them');
  return tried(
    'namespaces',
    'net, uts, mnt, pid, ipc',
    () => inFreshNetns(() => {}),
    'allow unshare(2) (a container may forbid it)',
  );
}

/** Those without which there is no lab, or not the lab in question, and the others. */
function linkTypes(needed: ReadonlySet<LinkType>): Finding[] {
  const missing = missingLinkTypes(new Set(DEVICE_TYPES));
  const there = DEVICE_TYPES.filter((type) => !missing.has(type));
  const lost = [...missing].map((type) => {
    const state = BASIC.has(type) || needed.has(type) ? 'missing' : 'absent';
    return lacking(
      state,
      `link type ${type}`,
      'this kernel has none',
      `load its module, or build the kernel with ${deviceOf(type)?.config ?? ''}`,
    );
  });
  return [ok('link types', there.join(', ')), ...lost];
}

function nftables(): Finding {
  const probe = (): void =>
    inFreshNetns(() => {
      using socket = NetlinkSocket.open('netfilter');
      const batch = socket.nftBatch<null>();
      batch.add(newtable, { header: { family: NFPROTO.INET }, attrs: { name: 'probe' } }, 0x400, null);
      for (const { error } of batch.send()) throw error;
    });
  return tried(
    'nftables',
    'nat and firewall can be used',
    probe,
    'load nf_tables, or build the kernel with CONFIG_NF_TABLES',
    'absent',
  );
}

function tried(
  check: string,
  found: string,
  probe: () => void,
  advice: string,
  state: 'missing' | 'absent' = 'missing',
): Finding {
  try {
    probe();
    return ok(check, found);
  } catch (error) {
    if (!(error instanceof NetlabError)) throw error;
    return lacking(state, check, error.message, advice);
  }
}
