/** When a process counts as ready: exactly one condition, and one that can come true. */
import type { Path } from '../../model/place.ts';
import type { ReadyDocument } from '../document.ts';
import type { Draft } from '../draft.ts';
import { addressOf, namesOf } from '../hosts.ts';
import type { Problems } from '../problems.ts';
import { oneOf, quoted } from '../words.ts';

const CONDITIONS = ['tcp', 'http', 'command', 'log', 'file'] as const;

/** Judges the `ready` of a process. */
export function checkReady(draft: Draft, ready: ReadyDocument | undefined, at: Path, problems: Problems): void {
  if (ready === undefined || problems.damaged(at)) return;
  const found = CONDITIONS.filter((key) => ready[key] !== undefined);
  if (found.length === 0) problems.error(at, `found no condition, expected ${oneOf(CONDITIONS)}`);
  else if (found.length > 1) problems.error(at, `found ${oneOf(found.map(quoted), 'and')}, expected one condition`);
  if (ready.log !== undefined) checkPattern(ready.log, [...at, 'log'], problems);
  if (ready.http !== undefined) checkUrl(draft, ready.http, [...at, 'http'], problems);
  if (ready.file !== undefined && !ready.file.startsWith('/'))
    problems.error([...at, 'file'], `found ${quoted(ready.file)}, expected an absolute path`);
}

/** Refuses what is no regular expression. */
export function checkPattern(pattern: string, at: Path, problems: Problems): void {
  try {
    void new RegExp(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
    problems.error(at, `found ${quoted(pattern)}, which is no regular expression: ${why}`);
  }
}

/** Asked from here, in a node's network: names that only a name server knows mean nothing. */
export function checkUrl(draft: Draft, text: string, at: Path, problems: Problems): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:') {
    problems.error(
      at,
      `found ${quoted(text)}, expected a URL that begins with http://, such as http://localhost:8080/`,
    );
    return;
  }
  if (addressOf(draft, url.hostname) !== undefined || problems.damaged(['nodes', url.hostname])) return;
  const names = [...draft.nodes.values()].flatMap(namesOf);
  const why = names.some((name) => name.toLowerCase() === url.hostname)
    ? `the node ${quoted(url.hostname)} has no address`
    : `there is no node ${quoted(url.hostname)}${problems.didYouMean(url.hostname, names)}`;
  problems.error(at, `${why}, expected localhost, an address or a node of this lab`);
}
