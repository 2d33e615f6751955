/** What may drop a packet and tells nobody: looked for where nothing else explains that one is gone. */
import { NetlinkError, SystemError } from '../errors.ts';
import { FR_ACT, NF, NFPROTO } from '../netlink/constants.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { getchain, getrule } from '../netlink/spec/nftables.ts';
import { type Evidence, type Finding, finding, type Standing } from './evidence.ts';
import { type Leg, onLan } from './leg.ts';
import type { Port, View } from './view.ts';

/** Families of nftables that work below IP, and are not traced here. */
const BELOW = { arp: NFPROTO.ARP, bridge: NFPROTO.BRIDGE, netdev: NFPROTO.NETDEV } as const;

/** Those that only queue: they drop nothing as long as there is room. */
const PLAIN: ReadonlySet<string> = new Set(['', 'noqueue', 'pfifo_fast', 'fq_codel', 'fq', 'pfifo', 'mq']);

/** Whether an interface delays, loses or cuts short what leaves by it, as `impair` has it do. `tc qdisc show` */
export function isImpaired({ qdisc }: Port): boolean {
  return !PLAIN.has(qdisc);
}

/** `found`, or what is behind it. */
export function hidden(e: Evidence, at: Standing, leg: Leg, found: Finding): Finding {
  return ruled(e, at) ?? below(e, leg) ?? impaired(e, leg) ?? found;
}

/** Packets that a filter has marked take other routes: the kernel is asked with each mark that its rules know. */
function ruled(e: Evidence, { view, destination, iif, source }: Standing): Finding | undefined {
  for (const { header, attrs } of view.rules()) {
    const { fwmark = 0, table = header.table, priority = 0 } = attrs;
    if (fwmark === 0 || (header.family === 10) !== destination.includes(':')) continue;
    const { errno } = view.decide({ destination, mark: fwmark, ...(iif === undefined ? {} : { iif, source }) });
    if (errno === undefined) continue;
    const word = errno === 'EINVAL' ? 'blackhole' : errno === 'EACCES' ? 'prohibit' : 'unreachable';
    const where = header.action === FR_ACT.TO_TBL ? ` leads to table ${table}, which` : '';
    return finding(
      word,
      { node: view.node },
      `rule ${priority} of ${view.node} is for packets with the mark ${fwmark}, and${where} refuses ${destination} (${word})`,
      'change that rule or its table, or what sets the mark',
      e.lines.rule(view.node, priority) ?? e.lines.text(view.node) ?? e.lines.node(view.node),
    );
  }
  return undefined;
}

function portsOf(e: Evidence, leg: Leg): readonly Port[] {
  const [owner] = onLan(e, leg.port, leg.next);
  return owner === undefined ? [leg.port] : e.lans.wire(leg.port, owner.port);
}

function below(e: Evidence, leg: Leg): Finding | undefined {
  for (const node of new Set(portsOf(e, leg).map((port) => port.node))) {
    const table = dropping(e.views.get(node)!);
    if (table === undefined) continue;
    return finding(
      'filter-drop',
      { node },
      `it is lost between ${leg.port.node}:${leg.port.name} and ${leg.next}, and ${node} has a packet filter that drops below IP: the table ${table}`,
      `netlab exec ${node} -- nft list table ${table}`,
      e.lines.text(node) ?? e.lines.node(node),
    );
  }
  return undefined;
}

/** The first table of such a family that drops anything. */
function dropping(view: View): string | undefined {
  try {
    using socket = NetlinkSocket.open('netfilter', { netns: view.netns });
    for (const [word, family] of Object.entries(BELOW)) {
      const header = { family };
      const chain = socket.dump(getchain, { header }).find(({ attrs }) => attrs.policy === NF.DROP);
      const rule = socket
        .dump(getrule, { header })
        .find(({ attrs }) =>
          attrs.expressions?.some((each) => each.name === 'immediate' && each.data?.data?.verdict?.code === NF.DROP),
        );
      const table = (chain ?? rule)?.attrs.table;
      if (table !== undefined) return `${word} ${table}`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof NetlinkError || error instanceof SystemError) return undefined;
    throw error;
  }
}

function impaired(e: Evidence, leg: Leg): Finding | undefined {
  const port = portsOf(e, leg).find(isImpaired);
  if (port === undefined) return undefined;
  return finding(
    'impaired',
    port,
    `it is lost between ${leg.port.node}:${leg.port.name} and ${leg.next}, and ${port.node}:${port.name} holds back or loses what leaves by it (${port.qdisc})`,
    `netlab exec ${port.node} -- tc -s qdisc show dev ${port.name}, and look for impair in the file`,
    e.lines.link(port.node, port.name),
  );
}
