/** Translation of addresses: what it has done to the probe, and where it is missing. */
import { contains, parsePrefix } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import type { NatRule } from '../model/netfilter.ts';
import type { WhyCause } from '../model/why.ts';
import { NFPROTO } from '../netlink/constants.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { gettable } from '../netlink/spec/nftables.ts';
import { TABLE } from '../resource/nft-table.ts';
import { type Evidence, isPrivate } from './evidence.ts';
import type { Visit } from './journey.ts';

/** After these nobody is there whom the packet or the answer is for. */
const LOST: ReadonlySet<string> = new Set([
  'neighbour-unanswered',
  'no-route',
  'no-return-route',
  'unreachable',
  'wrong-gateway',
  'blackhole',
  'prohibit',
]);

/** A cause in the light of translation: an answer that finds no way to a private address lacks a translation, not a route. */
export function translated(e: Evidence, cause: WhyCause, there: readonly Visit[], address: string): WhyCause {
  if (!LOST.has(cause.word)) return cause;
  if (cause.direction === 'there') return toNobody(e, cause, there, address) ?? cause;
  return untranslated(e, cause, there, address) ?? cause;
}

/** The destination was translated into an address that nobody has. */
function toNobody(e: Evidence, cause: WhyCause, there: readonly Visit[], address: string): WhyCause | undefined {
  for (const node of new Set([...there.map((visit) => visit.node), cause.node])) {
    const rules = e.lines.nat(node);
    for (const rule of rules) {
      const targets = targetsOf(rule);
      const lost = targets.find((target) => cause.text.includes(target) && e.lans.ownersOf(target).length === 0);
      if (lost === undefined || lost === address) continue;
      return {
        ...cause,
        word: 'dnat-to-nobody',
        node,
        interface: null,
        text: `${node} translates ${address} into ${lost}, and no node of this lab has that address`,
        hint: 'name the address of a node as the target',
        place: e.lines.at(rule.at) ?? cause.place,
      };
    }
  }
  return undefined;
}

/** The addresses that a rule sends connections to. */
export function targetsOf(rule: NatRule): string[] {
  if (rule.type === 'dnat') return rule.to.map((target) => target.address);
  return rule.type === 'publish' ? [rule.to] : [];
}

function untranslated(e: Evidence, cause: WhyCause, there: readonly Visit[], address: string): WhyCause | undefined {
  const [first] = there;
  const source = first?.out?.frame.source;
  const arrived = there.at(-1)?.in?.frame.source;
  // It was translated; what is wrong is wrong after that.
  if (source === undefined || source !== arrived) return undefined;
  const routers = there.filter((visit) => visit.in !== undefined && visit.out !== undefined);
  for (const { node, out } of routers) {
    const name = e.views.get(node)?.name(out!.index);
    const rules = e.lines.nat(node).filter((each) => isSource(each) && covers(each.from, source));
    const lost = rules.find((each) => isSource(each) && (each.out === undefined || each.out === name));
    if (lost !== undefined)
      return {
        ...cause,
        word: 'nat-missing',
        node,
        interface: name ?? null,
        text: `${node} passed it on with its source address ${source}, to which ${cause.node} has no way back, although its file says to translate it: ${isFiltering(e, node) ? 'a rule before that one takes the packet (as notrack does), or the rule has been removed' : 'its rules are not in its kernel any more'}`,
        hint: `netlab plan shows what has changed, and netlab up puts it back; netlab exec ${node} -- nft list ruleset shows what there is`,
        place: e.lines.at(lost.at) ?? cause.place,
      };
    const rule = rules.find((each) => isSource(each) && each.out !== undefined && each.out !== name);
    if (rule === undefined || !isSource(rule)) continue;
    return {
      ...cause,
      word: 'nat-wrong-interface',
      node,
      interface: name ?? null,
      text: `${node} translates what leaves by ${rule.out}, but this left by ${name}: ${cause.node} got it from ${source}, to which it has no way back`,
      hint: `out: ${name} in that line`,
      place: e.lines.at(rule.at) ?? cause.place,
    };
  }
  if (!isPrivate(source) || isPrivate(address)) return undefined;
  const border = routers.findLast(({ node, out }) =>
    e.views.get(node)?.held.some((held) => held.index === out!.index && !isPrivate(held.address)),
  );
  const router = border ?? routers.at(-1);
  if (router === undefined) return undefined;
  const name = e.views.get(router.node)?.name(router.out!.index);
  return {
    ...cause,
    word: 'nat-missing',
    node: router.node,
    interface: name ?? null,
    text: `${router.node} passed it on with its private source address ${source}, to which ${cause.node} has no way back`,
    hint: `nat: [{ masquerade: { out: ${name} } }] on ${router.node}`,
    place: e.lines.node(router.node),
  };
}

/** Whether netlab's own table is in a node's kernel. */
function isFiltering(e: Evidence, node: string): boolean {
  using socket = NetlinkSocket.open('netfilter', { netns: e.views.get(node)!.netns });
  return socket.dump(gettable, { header: { family: NFPROTO.INET } }).some(({ attrs }) => attrs.name === TABLE);
}

function isSource(rule: NatRule): rule is Extract<NatRule, { type: 'masquerade' | 'snat' }> {
  return rule.type === 'masquerade' || rule.type === 'snat';
}

function covers(from: string | undefined, source: string): boolean {
  const prefix = from === undefined ? undefined : parsePrefix(from);
  const bytes = parseIp(source)!;
  return prefix === undefined || (prefix.bytes.length === bytes.length && contains(prefix, bytes));
}
