import type { Rule } from '../../model/resource.ts';
import { AF, FR_ACT, RTPROT } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getrule } from '../../netlink/spec/rt-rule.ts';
import type { Marked } from './address.ts';

/** All look-up rules of a namespace but the kernel's own three. Like `ip rule show`, `ip -6 rule show`. */
export function readRules(node: string, socket: NetlinkSocket): Marked<Rule>[] {
  const found: Marked<Rule>[] = [];
  for (const { header, attrs } of socket.dump(getrule, {})) {
    const protocol = attrs.protocol ?? 0;
    if (protocol === RTPROT.KERNEL || header.action !== FR_ACT.TO_TBL) continue;
    if (header.family !== AF.INET && header.family !== AF.INET6) continue;
    found.push({
      protocol,
      resource: {
        kind: 'rule',
        node,
        family: header.family === AF.INET6 ? 'inet6' : 'inet',
        priority: attrs.priority ?? 0,
        table: attrs.table ?? header.table,
        ...(attrs.src === undefined ? {} : { from: `${attrs.src}/${header.src_len}` }),
        ...(attrs.dst === undefined ? {} : { to: `${attrs.dst}/${header.dst_len}` }),
        ...(attrs.iifname === undefined ? {} : { iif: attrs.iifname }),
        ...(attrs.oifname === undefined ? {} : { oif: attrs.oifname }),
        ...(attrs.fwmark === undefined || attrs.fwmark === 0 ? {} : { fwmark: attrs.fwmark }),
      },
    });
  }
  return found;
}
