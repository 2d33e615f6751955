/** `ip neighbour …`, and `arp …` of net-tools. */
import { canonicalMac } from '../../model/mac.ts';
import type { Origin } from '../draft.ts';
import type { Network, Outcome } from './network.ts';
import { deviceOf, means, Words } from './words.ts';

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
