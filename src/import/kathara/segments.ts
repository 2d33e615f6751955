/** Collision domains → links and bridges. */
import type { Draft } from '../draft.ts';
import { Names, RESERVED_NAMES } from '../names.ts';
import type { Attachment, Machine } from './lab-conf.ts';

/** The longest name of a bridge, which is an interface's too. */
const LONGEST = 15;

/**
 * A domain of two is a link, which is the same to both and shorter to read; of more, a bridge. One alone gets a bridge too: there is a
 * carrier then, and so the routes of its network.
 */
export function addSegments(draft: Draft, machines: readonly Machine[], nodeOf: (machine: string) => string): void {
  const domains = new Map<string, { readonly end: string; readonly attachment: Attachment }[]>();
  for (const { name, attachments } of machines) {
    for (const attachment of attachments) {
      const ends = domains.get(attachment.domain) ?? [];
      ends.push({ end: `${nodeOf(name)}:eth${attachment.number}`, attachment });
      domains.set(attachment.domain, ends);
    }
  }
  const { topology } = draft;
  const names = new Names(LONGEST, [...RESERVED_NAMES, ...Object.keys(topology.nodes)]);
  for (const [domain, ends] of domains) {
    const origin = { ...ends[0]!.attachment.origin };
    if (ends.length === 2) {
      const [a, b] = ends;
      topology.links ??= [];
      draft.from(['links', topology.links.length], origin);
      topology.links.push([a!.end, b!.end]);
      continue;
    }
    const name = names.of(domain);
    topology.bridges ??= {};
    topology.bridges[name] = { ports: ends.map(({ end }) => end) };
    draft.from(['bridges', name], origin);
    if (name !== domain) draft.leave(origin, `the collision domain ${domain} is called ${name}, as a bridge can be`);
  }
}
