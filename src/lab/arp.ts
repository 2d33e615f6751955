/** `ping --arp A B`: who on a link has an address, asked past the kernel's tables. */
import type { ArpReport } from '../model/report.ts';
import { RTN } from '../netlink/constants.ts';
import { getlink } from '../netlink/spec/rt-link.ts';
import { neighbour } from '../probe/neighbour.ts';
import type { ProbeOptions } from '../probe/outcome.ts';
import { routeTo } from '../probe/route.ts';
import { LabNetwork } from './network.ts';
import { noInterface } from './unknown.ts';

export interface ArpOptions extends ProbeOptions {
  /** Only addresses of this family: 4 asks by ARP, 6 by neighbour discovery. */
  readonly family?: 4 | 6;
  /** Called before it is asked: the address, and the interface on whose link. */
  readonly onStart?: (address: string, link: string) => void;
}

/**
 * Asks from node `a`, on the link by which it would send to `b` (a node, `node:interface`, or an address), who has that address, and waits
 * `timeout` ms (1000) for all answers: that two have it, or nobody, is a result, not an error. Like `arping -D -w 1 -I INTERFACE ADDRESS`.
 * @throws LabError when there is no such lab, node or address.
 */
export async function arp(lab: string, a: string, b: string, options: ArpOptions = {}): Promise<ArpReport> {
  const { family, onStart, ...rest } = options;
  using network = LabNetwork.open(lab);
  const netns = network.netns(a);
  const address = network.addressOf(b, { from: a, family });
  const report = { lab, from: a, to: b, address };
  const none = (why: string): ArpReport => ({ ...report, link: '', ok: false, why, ms: 0, answers: [] });
  const [bare = '', zone] = address.split('%');
  const socket = network.route(a);
  const links = new Map(socket.dump(getlink, {}).map(({ header, attrs }) => [header.index, attrs.ifname ?? '']));
  const route = zone === undefined ? routeTo(socket, bare) : undefined;
  const link = zone === undefined ? links.get(route?.attrs.oif ?? 0) : (links.get(Number(zone)) ?? zone);
  if (link === undefined) return none(`${a} has no route to it`);
  if (route?.header.type === RTN.LOCAL) return none(`it is an address of ${a} itself`);
  const gateway = route?.attrs.gateway ?? route?.attrs.via;
  if (gateway !== undefined) return none(`it is on no link of ${a}, which sends to it by way of ${gateway}`);
  if (![...links.values()].includes(link)) throw noInterface(lab, a, link, [...links.values()]);
  onStart?.(address, link);
  const { ms, why, macs } = await neighbour(netns, link, bare, { ...rest, all: true });
  const answers = macs.map((mac) => ({ mac, interfaces: owners(network, mac) }));
  const ok = answers.length === 1;
  return { ...report, link, ok, why: answers.length > 1 ? `${answers.length} have it` : why, ms, answers };
}

/** The interfaces of the lab's nodes that have a link-layer address. */
function owners(network: LabNetwork, mac: string): string[] {
  return network.nodes().flatMap((node) =>
    network
      .route(node)
      .dump(getlink, {})
      .flatMap(({ attrs }) => (attrs.address === mac ? [`${node}:${attrs.ifname}`] : [])),
  );
}
