/** `ip rule …` and `ip neighbour …` */
import type { Origin } from '../draft.ts';
import { canonicalMac } from '../../model/mac.ts';
import type { Network, Outcome, RuleDraft } from './network.ts';
import { deviceOf, means, Words } from './words.ts';

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
  const network4 = (text: string | undefined) =>
    text === undefined || text === 'all' || text === 'any' ? undefined : text;
  const [from, to] = [network4(said['from']), network4(said['to'])];
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

/** `words` stand behind `ip neighbour`. */
export function ipNeighbor(network: Network, words: readonly string[], origin: Origin): Outcome {
  const rest = new Words(words);
  const verb = rest.take();
  if (verb === '' || means(verb, 'show', 'list')) return 'done';
  if (!means(verb, 'add', 'replace', 'change')) return 'unknown';
  rest.skip('to');
  const to = rest.take();
  const said = rest.pairs(['lladdr', 'dev', 'nud']);
  const mac = canonicalMac(said?.['lladdr'] ?? '');
  const dev = deviceOf(said?.['dev'] ?? '');
  if (said === undefined || mac === undefined || !network.has(dev)) return 'unknown';
  if (said['nud'] !== undefined && said['nud'] !== 'permanent') return 'aside';
  return network.addNeighbor({ to, mac, dev }, origin);
}

/** `arp -s ADDRESS MAC [-i DEV]` of net-tools. */
export function arp(network: Network, words: readonly string[], origin: Origin): Outcome {
  const own = words.filter((word) => word !== '-s' && word !== '--set' && word !== 'perm' && word !== 'permanent');
  if (own.length === words.length) return words.some((word) => /^-d|^-f/.test(word)) ? 'unknown' : 'done';
  const at = own.findIndex((word) => word === '-i' || word === '--device');
  const named = at < 0 ? undefined : own.splice(at, 2)[1];
  const [to = '', text = '', ...more] = own;
  const mac = canonicalMac(text);
  const dev = named ?? network.devFor(to);
  if (mac === undefined || dev === undefined || !network.has(dev) || more.length > 0) return 'unknown';
  return network.addNeighbor({ to, mac, dev }, origin);
}
