/** Checks: their form, and that the nodes that they name are there. What they mean is the business of their runner. */
import type { Path } from '../../model/place.ts';
import { items, type TopologyDocument } from '../document.ts';
import type { Draft } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { oneOf, quoted } from '../words.ts';

/** The kinds of check. */
export const CHECKS = ['ping', 'tcp', 'http', 'exec', 'route', 'reach', 'path', 'rtt'] as const;

/** Judges each check. */
export function checkChecks(draft: Draft, document: TopologyDocument, problems: Problems): void {
  for (const [i, check] of items(document.checks)) {
    const at = ['checks', i];
    const kinds = CHECKS.filter((kind) => check[kind] !== undefined);
    const kind = kinds[0];
    if (kind === undefined || kinds.length > 1) {
      const found = kinds.length === 0 ? 'no kind of check' : oneOf(kinds.map(quoted), 'and');
      if (!problems.damaged(at)) problems.error(at, `found ${found}, expected exactly one of ${oneOf(CHECKS)}`);
      continue;
    }
    const body = check[kind] as Readonly<Record<string, unknown>>;
    for (const [key, value] of namesIn(body)) checkName(draft, value, [...at, kind, ...key], problems);
  }
}

/** The words of a check that must be nodes. `to` may be an address or a name of any kind, so only those that look like nodes. */
function namesIn(body: Readonly<Record<string, unknown>>): [Path, string][] {
  const out: [Path, string][] = [];
  for (const key of ['from', 'on', 'via', 'to']) {
    const value = body[key];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    list.forEach((name, i) => {
      if (typeof name !== 'string' || name === 'all') return;
      const node = key === 'to' ? /^[A-Za-z0-9][A-Za-z0-9_-]*(?=:|$)/.exec(name)?.[0] : name;
      // An address is no node, nor is `default`, nor the gateway of a route.
      if (
        node === undefined ||
        /^[0-9a-f.:]*[.:][0-9a-f.:/]*$|^default6?$/i.test(name) ||
        /[./]/.test(name.split(':')[0]!)
      )
        return;
      out.push([Array.isArray(value) ? [key, i] : [key], node]);
    });
  }
  return out;
}

function checkName(draft: Draft, name: string, at: Path, problems: Problems): void {
  if (draft.nodes.has(name) || draft.bridges.has(name) || name === 'host' || problems.damaged(['nodes', name])) return;
  problems.error(at, `there is no node ${quoted(name)}${problems.didYouMean(name, draft.nodes.keys())}`);
}
