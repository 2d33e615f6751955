/** Why nobody has answered who has the address of the next hop. */
import { IFF, NUD } from '../netlink/constants.ts';
import { absent } from './absent.ts';
import { duplicateAddress, type Evidence, familyWords, type Finding, finding, type Standing } from './evidence.ts';
import type { Owner } from './lan.ts';
import { down, type Leg } from './leg.ts';
import { refusesReverse } from './reverse-path.ts';
import { tunnelFar } from './tunnel.ts';
import type { NeighbourEntry } from './view.ts';

/** Questions go to all of a LAN. */
const EVERYBODY = 'ff:ff:ff:ff:ff:ff';

/** Nobody has answered who has the address of the next hop. */
export function unreached(
  e: Evidence,
  at: Standing,
  leg: Leg,
  here: readonly Owner[],
  entry: NeighbourEntry | undefined,
): Finding | undefined {
  const { port, next } = leg;
  const { node } = at.view;
  const failed = entry !== undefined && (entry.header.state & (NUD.INCOMPLETE | NUD.FAILED)) !== 0;
  const asked = e.seen.some(
    ({ frame, node: from, out }) => frame.kind === 'ask' && frame.about === next && from === node && out,
  );
  if (!failed && !asked) return undefined;
  const [owner] = here;
  if (owner !== undefined) {
    const finds = silent(e, at, leg, owner);
    const waits = !asked && entry !== undefined && finds.word === 'neighbour-unanswered';
    return waits ? { ...finds, doubt: { pending: { node, index: port.index, address: next } } } : finds;
  }
  return absent(e, at, leg);
}

/** The next hop is there, has the address, and keeps silent. */
function silent(e: Evidence, at: Standing, leg: Leg, owner: Owner): Finding {
  const { port, next } = leg;
  const { asks, ip } = familyWords(next);
  const { node, name } = owner.port;
  const block = e.lans.blockage(port, owner.port);
  if (block !== undefined) return down(e, block);
  const tunnel = tunnelFar(e, leg, owner, EVERYBODY);
  if (tunnel !== undefined) return tunnel;
  if (owner.held.dad !== 'done')
    return finding(
      'dad-failed',
      owner.port,
      `${node}:${name} has ${next} but may not use it: duplicate address detection ${owner.held.dad === 'failed' ? 'found that somebody else on the LAN has it' : 'has not ended'}`,
      'give it another address, or find who else has this one',
      e.lines.address(node, next) ?? e.lines.link(node, name),
    );
  const theirs = e.views.get(node)!;
  if ((owner.port.flags & IFF.NOARP) !== 0)
    return finding(
      'neighbour-unanswered',
      owner.port,
      `${node}:${name} is set not to answer ARP (noarp)`,
      `ip link set ${name} arp on`,
      e.lines.link(node, name),
    );
  if (ip === 'ipv4') {
    // The interface on their side by which the question comes may be another than the one that has the address.
    const asked = e.seen.find(
      ({ frame, node: by, out }) => frame.kind === 'ask' && frame.about === next && by === node && !out,
    );
    const dev = theirs.name(asked?.index ?? owner.port.index);
    const ignore = Math.max(
      theirs.sysctl('ipv4/conf/all/arp_ignore') ?? 0,
      theirs.sysctl(`ipv4/conf/${dev}/arp_ignore`) ?? 0,
    );
    if (ignore > 0)
      return finding(
        'arp-ignore',
        { node, name: dev },
        `${node} does not answer ARP for ${next} on ${dev}: arp_ignore is ${ignore}`,
        `set net.ipv4.conf.all.arp_ignore and net.ipv4.conf.${dev}.arp_ignore to 0 on ${node}`,
        e.lines.sysctl(node, ...['all', 'default', dev].map((each) => `net.ipv4.conf.${each}.arp_ignore`)),
      );
    // Where a question of before still waits for its answer, no other one is asked.
    const asker = asked?.frame.kind === 'ask' ? asked.frame.sender : leg.decision.source;
    const iif = asked?.index ?? owner.port.index;
    if (asker !== undefined && theirs.has(asker))
      return duplicateAddress(
        e,
        { node, name: theirs.name(theirs.held.find(({ address }) => address === asker)?.index) },
        asker,
        `${at.view.node} and ${node} both have ${asker}: ${node} does not answer ARP that seems to come from itself`,
      );
    if (
      asker !== undefined &&
      refusesReverse(
        { view: theirs, iif, source: asker },
        theirs.decide({ destination: next, source: asker, iif }).errno,
      )
    )
      return finding(
        'rp-filter',
        { node, name: dev },
        `${node} does not even answer ARP from ${asker} on ${dev}: by its routes that address is elsewhere, and rp_filter is on`,
        `give ${node}:${dev} and ${at.view.node}:${port.name} addresses of one network, or set net.ipv4.conf.${dev}.rp_filter to 0`,
        e.lines.sysctl(node, ...['all', 'default', dev].map((each) => `net.ipv4.conf.${each}.rp_filter`)),
      );
  }
  return finding(
    'neighbour-unanswered',
    owner.port,
    `${at.view.node} asked on ${port.name} by ${asks} who has ${next}, and ${node}, which has it, did not answer`,
    `look at what drops ${asks} on ${node}`,
    e.lines.link(node, name),
  );
}
