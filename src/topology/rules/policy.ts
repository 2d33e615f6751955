/** Policy routing rules of a node. */
import { family } from '../../model/address.ts';
import { items } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { networkText, tableNumber } from '../values.ts';
import { readNetwork } from './addresses.ts';
import { readDevice } from './devices.ts';

/** Judges each rule of a node. */
export function checkPolicy(node: DraftNode, problems: Problems): void {
  const seen = new Map<string, number>();
  for (const [i, rule] of items(node.document.rules)) {
    const at = [...node.at, 'rules', i];
    const from = rule.from === undefined ? undefined : readNetwork(rule.from, [...at, 'from'], problems);
    const to = rule.to === undefined ? undefined : readNetwork(rule.to, [...at, 'to'], problems);
    if (from !== undefined && to !== undefined && from.bytes.length !== to.bytes.length) {
      problems.error(
        [...at, 'to'],
        `found an IPv${family(to.bytes)} network, expected an IPv${family(from.bytes)} one, as "from" is one`,
      );
    }
    for (const key of ['iif', 'oif'] as const) {
      const name = rule[key];
      if (name !== undefined) readDevice(node, name, [...at, key], problems);
    }
    const { iif, oif, fwmark, priority } = rule;
    if (priority === undefined) continue;
    const words = [
      networkText(rule.from ?? ''),
      networkText(rule.to ?? ''),
      iif,
      oif,
      fwmark,
      tableNumber(rule.table),
      priority,
    ];
    const first = seen.get(words.join(' '));
    if (first === undefined) seen.set(words.join(' '), i);
    else problems.error(at, `found the same rule as rules[${first}]`);
  }
}
