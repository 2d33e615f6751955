/** `ip rule …` */
import type { Origin } from '../draft.ts';
import type { Network, Outcome, RuleDraft } from './network.ts';
import { means, Words } from './words.ts';

/** `words` stand behind `ip rule`. */
export function ipRule(network: Network, words: readonly string[], family: 4 | 6 | undefined, origin: Origin): Outcome {
  const rest = new Words(words);
  const verb = rest.take();
  if (verb === '' || means(verb, 'show', 'list')) return 'done';
  const said = means(verb, 'add')
    ? rest.pairs([
        'from',
        'to',
        'iif',
        'dev',
        'oif',
        'fwmark',
        'table',
        'lookup',
        'priority',
        'pref',
        'preference',
        'prio',
        'order',
      ])
    : undefined;
  if (said === undefined) return 'unknown';
  const table = said['table'] ?? said['lookup'];
  const mark = said['fwmark'];
  const priority = said['priority'] ?? said['pref'] ?? said['preference'] ?? said['prio'] ?? said['order'];
  if (table === undefined || (mark !== undefined && !/^(?:0x[0-9a-f]+|\d+)$/i.test(mark))) return 'unknown';
  // Without any address nobody knows the family here, and the language takes it for both.
  const spoken = (text: string | undefined) =>
    text === undefined || text === 'all' || text === 'any' ? undefined : text;
  const [from, to] = [spoken(said['from']), spoken(said['to'])];
  if (from === undefined && to === undefined && family === 6) return 'unknown';
  const rule: RuleDraft = {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...((said['iif'] ?? said['dev']) === undefined ? {} : { iif: (said['iif'] ?? said['dev'])! }),
    ...(said['oif'] === undefined ? {} : { oif: said['oif'] }),
    ...(mark === undefined ? {} : { fwmark: Number(mark) }),
    table: /^\d+$/.test(table) ? Number(table) : (table as 'main'),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
  };
  return network.addRule(rule, origin);
}
