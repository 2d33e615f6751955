/** Checks: their form, and that what they name is there. */
import { canonical } from '../../model/address.ts';
import { HOST } from '../../model/host.ts';
import { FILTER_WORDS, FilterError, parseFilter } from '../../model/packet-filter.ts';
import { splitProcess } from '../../model/process.ts';
import type { Path } from '../../model/place.ts';
import { type CheckDocument, items, type OneOrMore } from '../document.ts';
import type { Draft } from '../draft.ts';
import { namesOf } from '../hosts.ts';
import type { Problems } from '../problems.ts';
import { bitRate, destination, listOf, milliseconds, timeSpan } from '../values.ts';
import { actionsOf, KINDS, kindsOf, type Named, namesIn, namesInAction, splitTarget } from '../claims.ts';
import { oneOf, quoted, shown } from '../words.ts';
import { checkPattern, checkUrl } from './ready.ts';
import { checkSteps } from './steps.ts';

type Body = Readonly<Record<string, unknown>>;

/** Judges each check. */
export function checkChecks(
  draft: Draft,
  checks: readonly CheckDocument[] | null | undefined,
  problems: Problems,
): void {
  checkForms(checks, problems);
  for (const [i, check] of items(checks)) checkNames(draft, check, ['checks', i], problems);
}

/** What can be said of checks without knowing the lab that they are for. */
export function checkForms(checks: readonly CheckDocument[] | null | undefined, problems: Problems): void {
  const names = new Map<string, string[]>();
  for (const [, check] of items(checks)) {
    // Whoever waits for a name waits for all that have it.
    const { name } = check;
    if (name !== undefined) names.set(name, [...(names.get(name) ?? []), ...namesBefore(check)]);
  }
  for (const [i, check] of items(checks)) {
    const at = ['checks', i];
    const kinds = kindsOf(check);
    if (kinds.length !== 1) {
      const found = kinds.length === 0 ? 'no kind of check' : oneOf(kinds.map(quoted), 'and');
      if (!problems.damaged(at)) problems.error(at, `found ${found}, expected exactly one of ${oneOf(KINDS)}`);
      continue;
    }
    const kind = kinds[0]!;
    checkWaits(check, listOf(check.after), [...at, 'after'], names, problems);
    if (kind === 'pcap') checkWaits(check, duringOf(check), [...at, 'pcap', 'during'], names, problems);
    if (check['mend'] !== undefined && kind !== 'steps')
      problems.keyError([...at, 'mend'], 'found "mend" without "steps", expected both');
    if (kind === 'steps') checkStepList(check, at, problems);
    else checkOne(check, at, problems);
  }
}

/** What a check waits for. */
function namesBefore(check: CheckDocument): string[] {
  return [...listOf(check.after), ...duringOf(check)];
}

function duringOf({ pcap }: CheckDocument): string[] {
  return listOf((pcap as { during?: OneOrMore<string> } | undefined)?.during);
}

function checkStepList(check: CheckDocument, at: Path, problems: Problems): void {
  for (const key of ['expect', 'within'] as const) {
    if (check[key] !== undefined)
      problems.keyError([...at, key], `found "${key}" with "steps", expected it with the checks among them`);
  }
  const judge = (step: CheckDocument, place: Path): void => checkOne(step, place, problems);
  checkSteps(check['steps'], [...at, 'steps'], problems, judge);
  checkSteps(check['mend'], [...at, 'mend'], problems, judge);
}

/** One check, be it a step. */
function checkOne(check: CheckDocument, at: Path, problems: Problems): void {
  const kind = kindsOf(check)[0]!;
  if (milliseconds(check.within ?? '1s') === 0)
    problems.error([...at, 'within'], `found ${quoted(check.within ?? '')}, expected some time`);
  if (!problems.damaged([...at, kind])) checkBody(kind, check[kind] as Body, [...at, kind], problems);
}

function checkWaits(
  check: CheckDocument,
  waits: readonly string[],
  at: Path,
  names: ReadonlyMap<string, readonly string[]>,
  problems: Problems,
): void {
  for (const name of waits) {
    if (!names.has(name))
      problems.error(at, `there is no check named ${quoted(name)}${problems.didYouMean(name, names.keys())}`);
    else if (check.name !== undefined && comesBefore(check.name, name, names))
      problems.error(at, `${quoted(check.name)} and ${quoted(name)} wait for each other`);
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
    if (via !== undefined) checkAddress(via, [...at, 'via'], problems);
  }
  if (kind === 'neighbor') checkAddress(body['to'], [...at, 'to'], problems);
  if (kind === 'fdb' && body['dst'] !== undefined) checkAddress(body['dst'], [...at, 'dst'], problems);
  if (kind === 'log') checkPattern(String(body['match']), [...at, 'match'], problems);
  if (kind === 'pcap') checkFilter((body['filter'] as string | undefined) ?? '', [...at, 'filter'], problems);
  if (kind === 'nft' || kind === 'mtu') checkRange(body, at, Number, kind === 'mtu', problems);
  if (kind === 'rtt') checkRange(body, at, (text) => timeSpan(String(text)) ?? 0, true, problems);
  if (kind === 'throughput') checkRange(body, at, (text) => bitRate(String(text)) ?? 0, true, problems);
  if (kind === 'http') {
    const url = String(body['url']);
    if (!URL.canParse(url) || new URL(url).protocol !== 'http:')
      problems.error(
        [...at, 'url'],
        `found ${quoted(url)}, expected a URL that begins with http://, such as http://web/`,
      );
  }
}

/** `min` and `max`, one of which must be there if it is `needed`. */
function checkRange(body: Body, at: Path, read: (value: unknown) => number, needed: boolean, problems: Problems): void {
  const { min, max } = body;
  if (needed && min === undefined && max === undefined)
    problems.error(at, 'found neither "min" nor "max", expected one or both');
  if (min !== undefined && max !== undefined && read(min) > read(max))
    problems.error([...at, 'max'], `found ${shown(max)}, which is less than "min"`);
}

function checkAddress(value: unknown, at: Path, problems: Problems): void {
  if (canonical(String(value)) === undefined)
    problems.error(at, `found ${quoted(String(value))}, expected an address such as 10.0.0.1`);
}

function checkFilter(text: string, at: Path, problems: Problems): void {
  try {
    parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    problems.error(at, `${error.message}${problems.didYouMean(error.word, FILTER_WORDS)}`);
  }
}

/** What a check, or a step, names must be in the lab. */
export function checkNames(draft: Draft, check: CheckDocument, at: Path, problems: Problems): void {
  for (const action of actionsOf(check)) {
    for (const { path, word, role } of namesInAction(action, check[action]))
      checkName(draft, role, word, [...at, action, ...path], problems);
  }
  const kind = kindsOf(check)[0];
  if (kind === undefined || problems.damaged([...at, kind])) return;
  if (kind === 'steps') {
    for (const list of ['steps', 'mend'])
      for (const [i, step] of items(check[list] as readonly CheckDocument[] | undefined))
        checkNames(draft, step, [...at, list, i], problems);
    return;
  }
  for (const { path, word, role } of namesIn(kind, check[kind] as Body)) {
    const place = [...at, kind, ...path];
    if (kind === 'exec' && word === HOST)
      problems.error(place, 'found "host", expected a node: no command of a check is run on this machine');
    checkName(draft, role, word, place, problems);
  }
}

function checkName(draft: Draft, role: Named['role'], word: string, at: Path, problems: Problems): void {
  switch (role) {
    case 'url':
      if (URL.canParse(word) && new URL(word).protocol === 'http:') checkUrl(draft, word, at, problems);
      return;
    case 'node':
      return checkNode(draft, word, at, problems);
    case 'target':
      return checkTarget(draft, word, at, problems);
    case 'end':
      return checkEnd(draft, word, at, problems);
    case 'process':
      return checkProcess(draft, word, at, problems);
  }
}

/** `node:interface`; of a bridge, which has its ports, and itself, by other names. */
function checkEnd(draft: Draft, word: string, at: Path, problems: Problems): void {
  const { name, link = '' } = splitTarget(word);
  checkNode(draft, name, at, problems);
  const devices = (draft.nodes.get(name) ?? draft.bridges.get(name))?.devices;
  if (devices === undefined || devices.has(link)) return;
  problems.error(at, `${quoted(name)} has no interface ${quoted(link)}${problems.didYouMean(link, devices.keys())}`);
}

/** `node/process`, or a node. */
function checkProcess(draft: Draft, word: string, at: Path, problems: Problems): void {
  const { node: name, process } = splitProcess(word);
  checkNode(draft, name, at, problems);
  const processes = Object.keys(draft.nodes.get(name)?.document.processes ?? {});
  if (process === undefined || !draft.nodes.has(name) || processes.includes(process)) return;
  problems.error(
    at,
    `the node ${quoted(name)} has no process ${quoted(process)}${problems.didYouMean(process, processes)}`,
  );
}

function checkNode(draft: Draft, name: string, at: Path, problems: Problems): void {
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
