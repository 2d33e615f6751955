/** Checks: their form, and that what they name is there. */
import { canonical } from '../../model/address.ts';
import { HOST } from '../../model/host.ts';
import type { Path } from '../../model/place.ts';
import { type CheckDocument, items } from '../document.ts';
import type { Draft } from '../draft.ts';
import { namesOf } from '../hosts.ts';
import type { Problems } from '../problems.ts';
import { destination, listOf, milliseconds, timeSpan } from '../values.ts';
import { KINDS, kindsOf, namesIn, splitTarget } from '../claims.ts';
import { oneOf, quoted } from '../words.ts';
import { checkUrl } from './ready.ts';

type Body = Readonly<Record<string, unknown>>;

/** Judges each check. */
export function checkChecks(
  draft: Draft,
  checks: readonly CheckDocument[] | null | undefined,
  problems: Problems,
): void {
  checkForms(checks, problems);
  for (const [i, check] of items(checks)) {
    const kind = kindsOf(check)[0];
    if (kind === undefined || problems.damaged(['checks', i, kind])) continue;
    checkNames(draft, kind, check[kind] as Body, ['checks', i, kind], problems);
  }
}

/** What can be said of checks without knowing the lab that they are for. */
export function checkForms(checks: readonly CheckDocument[] | null | undefined, problems: Problems): void {
  const names = new Map<string, string[]>();
  for (const [, { name, after }] of items(checks)) {
    // Whoever waits for a name waits for all that have it.
    if (name !== undefined) names.set(name, [...(names.get(name) ?? []), ...listOf(after)]);
  }
  for (const [i, check] of items(checks)) {
    const at = ['checks', i];
    const kinds = kindsOf(check);
    if (kinds.length !== 1) {
      const found = kinds.length === 0 ? 'no kind of check' : oneOf(kinds.map(quoted), 'and');
      if (!problems.damaged(at)) problems.error(at, `found ${found}, expected exactly one of ${oneOf(KINDS)}`);
      continue;
    }
    if (milliseconds(check.within ?? '1s') === 0)
      problems.error([...at, 'within'], `found ${quoted(check.within ?? '')}, expected some time`);
    checkAfter(check, names, at, problems);
    const kind = kinds[0]!;
    if (!problems.damaged([...at, kind])) checkBody(kind, check[kind] as Body, [...at, kind], problems);
  }
}

function checkAfter(
  check: CheckDocument,
  names: ReadonlyMap<string, readonly string[]>,
  at: Path,
  problems: Problems,
): void {
  for (const name of listOf(check.after)) {
    if (!names.has(name))
      problems.error(
        [...at, 'after'],
        `there is no check named ${quoted(name)}${problems.didYouMean(name, names.keys())}`,
      );
    else if (check.name !== undefined && comesBefore(check.name, name, names))
      problems.error([...at, 'after'], `${quoted(check.name)} and ${quoted(name)} wait for each other`);
  }
}

/** Whether `name` waits, by however many others, for `first`. */
function comesBefore(first: string, name: string, names: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const visit = (each: string): boolean => {
    if (each === first) return true;
    if (seen.has(each)) return false;
    seen.add(each);
    return (names.get(each) ?? []).some(visit);
  };
  return visit(name);
}

/** What the schema cannot say of one kind. */
function checkBody(kind: string, body: Body, at: Path, problems: Problems): void {
  if (kind === 'route') {
    const { to, via } = body as { to: string; via?: string };
    const found = destination(to);
    if (found === undefined)
      problems.error([...at, 'to'], `found ${quoted(to)}, expected a network such as 10.0.0.0/24`);
    const gateway = via === undefined ? undefined : canonical(via);
    if (via !== undefined && gateway === undefined)
      problems.error([...at, 'via'], `found ${quoted(via)}, expected an address such as 10.0.0.1`);
  }
  if (kind === 'rtt') {
    const { min, max } = body as { min?: string; max?: string };
    if (min === undefined && max === undefined)
      problems.error(at, 'found neither "min" nor "max", expected one or both');
    const [least, most] = [timeSpan(min ?? '') ?? 0, timeSpan(max ?? '') ?? Infinity];
    if (least > most) problems.error([...at, 'max'], `found ${quoted(max ?? '')}, which is less than "min"`);
  }
  if (kind === 'http') {
    const url = String(body['url']);
    if (!URL.canParse(url) || new URL(url).protocol !== 'http:')
      problems.error(
        [...at, 'url'],
        `found ${quoted(url)}, expected a URL that begins with http://, such as http://web/`,
      );
  }
}

/** What a check names must be in the lab. */
export function checkNames(draft: Draft, kind: string, body: Body, at: Path, problems: Problems): void {
  for (const { path, word, role } of namesIn(kind, body)) {
    const place = [...at, ...path];
    if (role === 'url') {
      if (URL.canParse(word) && new URL(word).protocol === 'http:') checkUrl(draft, word, place, problems);
    } else if (role === 'node') checkNode(draft, word, place, problems, kind === 'exec');
    else checkTarget(draft, word, place, problems);
  }
}

function checkNode(draft: Draft, name: string, at: Path, problems: Problems, runs: boolean): void {
  if (runs && name === HOST)
    problems.error(at, 'found "host", expected a node: no command of a check is run on this machine');
  if (draft.nodes.has(name) || draft.bridges.has(name) || name === HOST || problems.damaged(['nodes', name])) return;
  problems.error(at, `there is no node ${quoted(name)}${problems.didYouMean(name, draft.nodes.keys())}`);
}

/** A node, by its name or hostname; one of its interfaces; or an address. */
function checkTarget(draft: Draft, word: string, at: Path, problems: Problems): void {
  if (canonical(word.replace(/^\[(.*)\]$/, '$1')) !== undefined) return;
  const { name, link } = splitTarget(word);
  if (problems.damaged(['nodes', name])) return;
  const node = [...draft.nodes.values()].find((each) => namesOf(each).includes(name));
  if (node === undefined) {
    if (name === HOST && link === undefined) return;
    const what = /^[0-9a-f.:]*[.:][0-9a-f.:]*$/i.test(word) ? 'that is no address, and there' : 'there';
    problems.error(at, `${what} is no node ${quoted(name)}${problems.didYouMean(name, draft.nodes.keys())}`);
  } else if (link !== undefined && !node.devices.has(link)) {
    const near = problems.didYouMean(link, node.devices.keys());
    problems.error(at, `the node ${quoted(name)} has no interface ${quoted(link)}${near}`);
  }
}
