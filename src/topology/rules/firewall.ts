/** The packet filter of a node. */
import { ICMP_TYPES } from '../../model/icmp.ts';
import type { FilterHook } from '../../model/netfilter.ts';
import type { Path } from '../../model/place.ts';
import { items, type MatchDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { FILTER_HOOKS, verdictOf } from '../expand/netfilter.ts';
import type { Problems } from '../problems.ts';
import { listOf } from '../values.ts';
import { didYouMean, oneOf, quoted, shown } from '../words.ts';
import { readNetwork } from './addresses.ts';
import { readDevice } from './devices.ts';

const WITH_PORTS = new Set(['tcp', 'udp', 'sctp']);
const HIGHEST_PORT = 65535;
/** NF_LOG_PREFIXLEN without its NUL. The schema counts characters, the kernel bytes. */
const LONGEST_PREFIX = 127;

/** A rule at hand: what it says, and where. */
interface Rule {
  readonly node: DraftNode;
  readonly verdict: string;
  readonly match: MatchDocument;
  readonly at: Path;
  readonly problems: Problems;
}

/** Judges each rule of a node's `firewall`. */
export function checkFirewall(node: DraftNode, problems: Problems): void {
  for (const hook of FILTER_HOOKS) {
    const at = [...node.at, 'firewall', hook, 'rules'];
    let last: number | undefined;
    for (const [i, entry] of items(node.document.firewall?.[hook]?.rules)) {
      const [verdict, match] = verdictOf(entry);
      const rule: Rule = { node, verdict, match, at: [...at, i, verdict], problems };
      checkDevices(rule, hook);
      checkNetworks(rule);
      checkPorts(rule);
      checkIcmp(rule);
      checkVerdict(rule);
      if (last === i - 1) {
        problems.warn(rule.at, `no packet comes as far as this rule: rules[${last}] decides on all of them`);
      }
      if (last === undefined && verdict !== 'log' && isUnconditional(match) && !problems.damaged(rule.at)) last = i;
    }
  }
}

function isUnconditional(match: MatchDocument): boolean {
  const deeds: readonly string[] = ['with', 'log', 'counter', 'comment'];
  return Object.keys(match).every((key) => deeds.includes(key));
}

/** The interfaces that a packet can be asked for at a hook: it has not been routed yet, or it came from nowhere. */
function checkDevices({ node, match, at, problems }: Rule, hook: FilterHook): void {
  for (const key of ['in', 'out'] as const) {
    if (match[key] === undefined) continue;
    if (key === 'in' && hook === 'output') {
      problems.keyError(
        [...at, key],
        'found "in" in output, where packets of this node itself come by; did you mean "out"?',
      );
    } else if (key === 'out' && hook === 'input') {
      problems.keyError(
        [...at, key],
        'found "out" in input, where packets for this node itself arrive; did you mean "in"?',
      );
    } else {
      each(match[key], [...at, key], (name, place) => void readDevice(node, name, place, problems));
    }
  }
}

/** Networks, and whether any packet can be from the ones, to the others and of the protocol. */
function checkNetworks({ match, at, problems }: Rule): void {
  const families = { from: new Set<number>(), to: new Set<number>() };
  for (const key of ['from', 'to'] as const) {
    each(match[key], [...at, key], (text, place) => {
      const network = readNetwork(text, place, problems);
      if (network !== undefined) families[key].add(network.bytes.length === 4 ? 4 : 6);
    });
  }
  const { from, to } = families;
  if (from.size > 0 && to.size > 0 && ![...from].some((family) => to.has(family))) {
    problems.error(
      [...at, 'to'],
      `found IPv${[...to][0]} networks alone, expected an IPv${[...from][0]} one, as "from" has`,
    );
    return;
  }
  const own = { icmp: 4, icmpv6: 6 } as const;
  const protocols = listOf(match.proto);
  const [protocol] = protocols;
  if (protocols.length !== 1 || (protocol !== 'icmp' && protocol !== 'icmpv6')) return;
  for (const key of ['from', 'to'] as const) {
    if (families[key].size === 0 || families[key].has(own[protocol])) continue;
    const other = protocol === 'icmp' ? 'icmpv6' : 'icmp';
    problems.error(
      [...at, 'proto'],
      `found ${protocol}, which is of IPv${own[protocol]}, and ${quoted(key)} has no IPv${own[protocol]} network; did you mean ${other}?`,
    );
  }
}

function checkPorts({ match, at, problems }: Rule): void {
  const protocols = listOf(match.proto);
  for (const key of ['port', 'source_port'] as const) {
    if (match[key] === undefined) continue;
    const without = protocols.find((protocol) => !WITH_PORTS.has(protocol));
    if (protocols.length === 0 && !problems.damaged([...at, 'proto'])) {
      problems.error([...at, key], 'found a port without a protocol, expected proto: tcp, udp or sctp beside it');
    } else if (without !== undefined) {
      problems.error([...at, key], `found a port, and ${without} has none, expected proto: tcp, udp or sctp`);
    }
    each(match[key], [...at, key], (port, place) => {
      const [first = 0, last = first] = String(port).split('-').map(Number);
      if (first > last || first < 1 || last > HIGHEST_PORT) {
        problems.error(place, `found ${shown(port)}, expected a range of ports from 1 to 65535, the lower one first`);
      }
    });
  }
}

function checkIcmp({ match, at, problems }: Rule): void {
  if (match.icmp_type === undefined) return;
  const protocols = listOf(match.proto);
  const [protocol] = protocols;
  if (protocols.length !== 1 || (protocol !== 'icmp' && protocol !== 'icmpv6')) {
    if (problems.damaged([...at, 'proto'])) return;
    problems.error([...at, 'icmp_type'], 'found a type of ICMP message, expected proto: icmp or icmpv6 beside it');
    return;
  }
  const known = ICMP_TYPES[protocol];
  each(match.icmp_type, [...at, 'icmp_type'], (type, place) => {
    if (Object.hasOwn(known, type) || (/^[0-9]{1,3}$/.test(String(type)) && Number(type) <= 255)) return;
    const hint = didYouMean(String(type), Object.keys(known)) || `, expected ${oneOf(Object.keys(known))}, or a number`;
    problems.error(place, `${protocol} has no type ${shown(type)}${hint}`);
  });
}

/** What belongs to one verdict alone. */
function checkVerdict({ verdict, match, at, problems }: Rule): void {
  if (match.with !== undefined && verdict !== 'reject') {
    problems.keyError([...at, 'with'], `found "with" in ${quoted(verdict)}; only "reject" tells the sender something`);
  }
  if (verdict === 'reject' && match.with === 'tcp-reset' && listOf(match.proto).join() !== 'tcp') {
    problems.error([...at, 'with'], 'found tcp-reset, expected proto: tcp beside it: nothing else can be reset');
  }
  if (match.prefix !== undefined && verdict !== 'log') {
    problems.keyError([...at, 'prefix'], `found "prefix" in ${quoted(verdict)}; did you mean "log"?`);
  }
  if (match.log !== undefined && verdict === 'log') {
    problems.keyError([...at, 'log'], 'found "log" in "log"; did you mean "prefix"?');
  }
  for (const key of ['prefix', 'log'] as const) {
    const bytes = new TextEncoder().encode(match[key] ?? '').length;
    if (bytes <= LONGEST_PREFIX) continue;
    problems.error([...at, key], `found a text of ${bytes} bytes, expected at most ${LONGEST_PREFIX}`);
  }
}

/** Calls `visit` for a value, or for each of a list, with its place. */
function each<T extends string | number>(
  value: T | readonly T[] | undefined,
  at: Path,
  visit: (value: T, at: Path) => void,
): void {
  if (value === undefined) return;
  if (typeof value === 'object') for (const [i, item] of items(value)) visit(item, [...at, i]);
  else visit(value, at);
}
