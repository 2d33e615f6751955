/** The checks of a file → what is asked of the running lab. */
import { type Check, type Claim, type ClaimKind, type Claims, type Target } from '../../model/check.ts';
import { canonical, isLinkLocal, isLoopback } from '../../model/address.ts';
import type { Place } from '../../model/place.ts';
import { formatPath } from '../../model/place.ts';
import { kindsOf, splitPort, splitTarget } from '../claims.ts';
import { type CheckDocument, type CommandDocument, items, type OneOrMore } from '../document.ts';
import type { Draft } from '../draft.ts';
import { addressOf, hostsOf } from '../hosts.ts';
import { checkNames } from '../rules/checks.ts';
import { type Locate, Problems } from '../problems.ts';
import { addressText, argv, listOf, milliseconds, networkText, timeSpan } from '../values.ts';

/** How long a check that does not say is tried. */
const WITHIN_MS = 5_000;

/**
 * Expands checks that have passed the rules of their form. Names that the lab lacks make a check `broken`: its own file would have been
 * refused for them, but a grader's checks are for labs that others wrote.
 */
export function expandChecks(draft: Draft, checks: readonly CheckDocument[], locate: Locate): Check[] {
  return items(checks).flatMap(([i, check]): Check[] => {
    const kind = kindsOf(check)[0];
    if (kind === undefined) return [];
    const at = locate(['checks', i]);
    const body = check[kind] as never;
    const broken = missingNames(draft, kind, body, at);
    const claim = { kind, ...(EXPANSIONS[kind](body, draft) as object) } as Claim;
    return [
      {
        name: check.name ?? titleOf(claim, check.expect),
        at,
        claim,
        expect: check.expect ?? 'pass',
        withinMs: milliseconds(check.within ?? '') ?? WITHIN_MS,
        after: listOf(check.after),
        points: check.points ?? 1,
        ...(broken === undefined ? {} : { broken }),
      },
    ];
  });
}

function missingNames(
  draft: Draft,
  kind: ClaimKind,
  body: Readonly<Record<string, unknown>>,
  at: Place,
): string | undefined {
  const problems = new Problems();
  checkNames(draft, kind, body, [], problems);
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
const EXPANSIONS: { readonly [K in ClaimKind]: (body: never, draft: Draft) => Body<K> } = {
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
  reach: ({ from, to }: { from: OneOrMore<string>; to: OneOrMore<string> }, draft) => ({
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
};

/** What a check without a name is called. */
function titleOf(claim: Claim, expect: CheckDocument['expect']): string {
  const words = WORDS[claim.kind](claim as never);
  return expect === 'fail' ? `not: ${words}` : words;
}

const fromTo = ({ kind, from, to }: { kind: string; from: string; to: Target }): string =>
  `${kind} from ${from} to ${to.word}`;

const WORDS: { readonly [K in ClaimKind]: (claim: Claim<K>) => string } = {
  ping: fromTo,
  tcp: ({ from, to, port }) => `tcp from ${from} to ${to.word}:${port}`,
  http: ({ from, url }) => `http from ${from} to ${url}`,
  exec: ({ on, command }) =>
    `exec on ${on}: ${command[0] === '/bin/sh' && command[1] === '-c' ? command[2] : command.join(' ')}`,
  route: ({ on, to, via, dev }) =>
    `route on ${on} to ${to}${via === undefined ? '' : ` via ${via}`}${dev === undefined ? '' : ` dev ${dev}`}`,
  reach: ({ from, to }) => `reach from ${from.join(', ')} to ${to.map(({ word }) => word).join(', ')}`,
  path: ({ from, to, via }) => `path ${[from, ...via, to.word].join(' → ')}`,
  rtt: fromTo,
};
