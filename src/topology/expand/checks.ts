/** The checks of a file → what is asked of the running lab. */
import {
  type Check,
  type Claim,
  type ClaimKind,
  type Claims,
  type Step,
  stepWords,
  type Target,
} from '../../model/check.ts';
import { canonical, isLinkLocal, isLoopback } from '../../model/address.ts';
import { canonicalMac } from '../../model/mac.ts';
import { formatPath, type Path, type Place } from '../../model/place.ts';
import { actionsOf, kindsOf, splitPort, splitTarget } from '../claims.ts';
import { type CheckDocument, type CommandDocument, items, type OneOrMore } from '../document.ts';
import type { Draft } from '../draft.ts';
import { addressOf, hostsOf } from '../hosts.ts';
import { checkNames } from '../rules/checks.ts';
import { type Locate, Problems } from '../problems.ts';
import { addressText, argv, bitRate, listOf, milliseconds, networkText, timeSpan } from '../values.ts';

/** How long a check that does not say is tried. */
const WITHIN_MS = 5_000;

/**
 * Expands checks that have passed the rules of their form. Names that the lab lacks make a check `broken`: its own file would have been
 * refused for them, but a grader's checks are for labs that others wrote.
 */
export function expandChecks(draft: Draft, checks: readonly CheckDocument[], locate: Locate): Check[] {
  return items(checks).flatMap(([i, check]) => expandOne(draft, check, ['checks', i], locate) ?? []);
}

function expandOne(draft: Draft, check: CheckDocument, path: Path, locate: Locate): Check | undefined {
  const kind = kindsOf(check)[0];
  if (kind === undefined) return undefined;
  const broken = missingNames(draft, check, locate(path));
  const claim =
    kind === 'steps'
      ? expandSteps(draft, check, path, locate)
      : ({ kind, ...(EXPANSIONS[kind](check[kind] as never, draft) as object) } as Claim);
  return {
    name: check.name ?? titleOf(claim, check),
    at: locate(path),
    claim,
    expect: check.expect ?? 'pass',
    withinMs: milliseconds(check.within ?? '') ?? WITHIN_MS,
    after: [...listOf(check.after), ...(claim.kind === 'pcap' ? claim.during : [])],
    points: check.points ?? 1,
    ...(broken === undefined ? {} : { broken }),
  };
}

function expandSteps(draft: Draft, check: CheckDocument, path: Path, locate: Locate): Claim<'steps'> {
  const list = (key: 'steps' | 'mend'): Step[] =>
    items(check[key] as readonly CheckDocument[] | undefined).flatMap(([i, step]): Step[] => {
      const own = expandOne(draft, step, [...path, key, i], locate);
      if (own !== undefined) return [{ action: 'check', check: own }];
      const action = actionsOf(step)[0];
      if (action === undefined) return [];
      const words = listOf(step[action] as OneOrMore<string>);
      return [action === 'stop' || action === 'start' ? { action, processes: words } : { action, ends: words }];
    });
  return { kind: 'steps', steps: list('steps'), mend: list('mend') };
}

function missingNames(draft: Draft, check: CheckDocument, at: Place): string | undefined {
  const problems = new Problems();
  checkNames(draft, check, [], problems);
  const found = problems.list((path) => ({ ...at, path: formatPath(path) }));
  return found.length === 0 ? undefined : found.map(({ path, message }) => `${path}: ${message}`).join('; ');
}

/** The address of a node is the first in its line of /etc/hosts. */
function target(draft: Draft, word: string): Target {
  const bare = word.replace(/^\[(.*)\]$/, '$1');
  const { name, link } = splitTarget(bare);
  const address = canonical(bare) ?? (link === undefined ? addressOf(draft, name) : addressOn(draft, name, link));
  return { word, ...(address === undefined ? {} : { address }) };
}

function addressOn(draft: Draft, node: string, link: string): string | undefined {
  const addresses = draft.nodes.get(node)?.devices.get(link)?.addresses ?? [];
  return addresses.find(({ prefix }) => !isLoopback(prefix.bytes) && !isLinkLocal(prefix.bytes))?.text;
}

/** Every node that has an address. */
function everybody(draft: Draft): string[] {
  const known = new Set(hostsOf(draft).map(({ names }) => names[0]));
  return [...draft.nodes.keys()].filter((name) => known.has(name));
}

function some(draft: Draft, words: OneOrMore<string>): string[] {
  return [...new Set(listOf(words).flatMap((word) => (word === 'all' ? everybody(draft) : [word])))];
}

type Body<K extends ClaimKind> = { readonly [Key in keyof Claims[K]]: unknown };

/** How the words of each kind become what is asked. The schema has passed, so they have the types that it says. */
const EXPANSIONS: { readonly [K in Exclude<ClaimKind, 'steps'>]: (body: never, draft: Draft) => Body<K> } = {
  ping: ({ from, to, count = 1 }: { from: string; to: string; count?: number }, draft) => ({
    from,
    to: target(draft, to),
    count,
  }),
  tcp: ({ from, to }: { from: string; to: string }, draft) => {
    const { word, port } = splitPort(to);
    return { from, to: target(draft, word), port };
  },
  http: ({ url, ...rest }: { from: string; url: string; status?: number; body?: string }, draft) => ({
    ...rest,
    url,
    to: target(draft, URL.canParse(url) ? new URL(url).hostname : url),
  }),
  exec: ({
    command,
    exit = 0,
    ...rest
  }: {
    on: string;
    command: CommandDocument;
    exit?: number;
    stdout?: string;
    stderr?: string;
  }) => ({ ...rest, command: argv(command), exit }),
  route: ({ to, via, ...rest }: { on: string; to: string; via?: string; dev?: string }) => ({
    ...rest,
    to: networkText(to),
    ...(via === undefined ? {} : { via: addressText(via) }),
  }),
  reach: ({ from, to }: ReachDocument, draft) => ({
    from: some(draft, from),
    to: some(draft, to).map((word) => target(draft, word)),
  }),
  path: ({ from, to, via }: { from: string; to: string; via: readonly string[] }, draft) => ({
    from,
    to: target(draft, to),
    via,
  }),
  rtt: ({ from, to, min, max }: { from: string; to: string; min?: string; max?: string }, draft) => ({
    from,
    to: target(draft, to),
    ...(min === undefined ? {} : { min: timeSpan(min) ?? 0 }),
    ...(max === undefined ? {} : { max: timeSpan(max) ?? Infinity }),
  }),
  neighbor: ({ to, mac, ...rest }: { on: string; to: string; mac?: string; dev?: string }) => ({
    ...rest,
    to: addressText(to),
    ...(mac === undefined ? {} : { mac: canonicalMac(mac) }),
  }),
  fdb: ({ mac, dst, ...rest }: { on: string; mac: string; dev?: string; dst?: string }) => ({
    ...rest,
    mac: canonicalMac(mac),
    ...(dst === undefined ? {} : { dst: addressText(dst) }),
  }),
  nft: ({ table = 'inet netlab', min, ...rest }: { on: string; table?: string; min?: number; max?: number }) => ({
    ...rest,
    table,
    min: min ?? (rest.max === undefined ? 1 : 0),
  }),
  log: (body: Body<'log'>) => body,
  dns: (
    {
      server,
      type = 'A',
      answer,
      rcode = 'NOERROR',
      ...rest
    }: { from: string; server: string; name: string; type?: string; answer?: OneOrMore<string>; rcode?: string },
    draft,
  ) => ({ ...rest, server: target(draft, server), type, answer: listOf(answer), rcode }),
  mtu: ({ to, ...rest }: { from: string; to: string; min?: number; max?: number }, draft) => ({
    ...rest,
    to: target(draft, to),
  }),
  throughput: (
    {
      to,
      proto = 'tcp',
      time = '1s',
      rate,
      min,
      max,
      ...rest
    }: { from: string; to: string; proto?: string; time?: string; rate?: string; min?: string; max?: string },
    draft,
  ) => ({
    ...rest,
    to: target(draft, to),
    proto,
    timeMs: milliseconds(time) ?? 1000,
    ...(rate === undefined ? {} : { rate: bitRate(rate) ?? 0 }),
    ...(min === undefined ? {} : { min: bitRate(min) ?? 0 }),
    ...(max === undefined ? {} : { max: bitRate(max) ?? 0 }),
  }),
  pcap: ({ on, filter = '', during }: { on: string; filter?: string; during?: OneOrMore<string> }) => {
    const { name, link = '' } = splitTarget(on);
    return { on: name, link, filter, during: listOf(during) };
  },
};

/** What a check without a name is called. */
function titleOf(claim: Claim, check: CheckDocument): string {
  const words =
    claim.kind === 'reach' ? reachWords(check['reach'] as ReachDocument) : WORDS[claim.kind](claim as never);
  return check.expect === 'fail' ? `not: ${words}` : words;
}

interface ReachDocument {
  readonly from: OneOrMore<string>;
  readonly to: OneOrMore<string>;
}

/** As the file has it: `all` may be a hundred names. */
function reachWords({ from, to }: ReachDocument): string {
  return `reach from ${listOf(from).join(', ')} to ${listOf(to).join(', ')}`;
}

const fromTo = ({ kind, from, to }: { kind: string; from: string; to: Target }): string =>
  `${kind} from ${from} to ${to.word}`;

const WORDS: { readonly [K in Exclude<ClaimKind, 'reach'>]: (claim: Claim<K>) => string } = {
  ping: fromTo,
  tcp: ({ from, to, port }) => `tcp from ${from} to ${to.word}:${port}`,
  http: ({ from, url }) => `http from ${from} to ${url}`,
  exec: ({ on, command }) =>
    `exec on ${on}: ${command[0] === '/bin/sh' && command[1] === '-c' ? command[2] : command.join(' ')}`,
  route: ({ on, to, via, dev }) =>
    `route on ${on} to ${to}${via === undefined ? '' : ` via ${via}`}${dev === undefined ? '' : ` dev ${dev}`}`,
  path: ({ from, to, via }) => `path ${[from, ...via, to.word].join(' → ')}`,
  rtt: fromTo,
  neighbor: ({ on, to, mac }) => `neighbor on ${on}: ${to}${mac === undefined ? '' : ` is ${mac}`}`,
  fdb: ({ on, mac, dev }) => `fdb on ${on}: ${mac}${dev === undefined ? '' : ` behind ${dev}`}`,
  nft: ({ on, table, chain, comment }) =>
    `nft on ${on}: ${[table, chain, comment].filter((word) => word !== undefined).join(' ')}`,
  log: ({ on, process, match }) => `log of ${on}/${process}: ${match}`,
  pcap: ({ on, link, filter }) => `pcap on ${on}:${link}: ${filter === '' ? 'any packet' : filter}`,
  dns: ({ from, server, name, type }) => `dns from ${from} to ${server.word}: ${name} ${type}`,
  mtu: fromTo,
  throughput: fromTo,
  steps: ({ steps }) => steps.map(stepWords).join(', '),
};
