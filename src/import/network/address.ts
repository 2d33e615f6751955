/** `ip address …` */
import { parseIp } from '../../model/ip.ts';
import { parsePrefix } from '../../model/address.ts';
import type { Origin } from '../draft.ts';
import type { Network, Outcome } from './network.ts';
import { deviceOf, means, Words } from './words.ts';

/** An address with its length; one alone is a whole network of its own, as `ip` has it. */
export function withLength(address: string): string | undefined {
  if (parsePrefix(address) !== undefined) return address;
  const bytes = parseIp(address);
  return bytes === undefined ? undefined : `${address}/${bytes.length * 8}`;
}

/** `words` stand behind `ip address`. */
export function ipAddress(
  network: Network,
  words: readonly string[],
  family: 4 | 6 | undefined,
  origin: Origin,
): Outcome {
  const rest = new Words(words);
  const verb = rest.take();
  if (verb === '' || means(verb, 'show', 'list')) return 'done';
  if (means(verb, 'flush')) return flush(network, rest, family);
  const adds = means(verb, 'add', 'replace', 'change');
  if (!adds && !means(verb, 'del', 'delete')) return 'unknown';
  let address: string | undefined;
  let dev: string | undefined;
  while (!rest.done) {
    const word = rest.take();
    if (word === 'dev') dev = deviceOf(rest.take());
    else if (word === 'local') address = rest.take();
    else if (/^(?:broadcast|brd|label)$/.test(word)) rest.take();
    else if (word === 'scope' && rest.next === 'global') rest.take();
    else if (word === 'nodad' || word === 'noprefixroute') {
      if (word === 'noprefixroute') return 'unknown';
    } else if (address === undefined && withLength(word) !== undefined) address = word;
    else return adds ? aside(network, dev, words) : 'unknown';
  }
  const whole = address === undefined ? undefined : withLength(address);
  if (whole === undefined || dev === undefined) return 'unknown';
  if (adds) return network.addAddress(dev, whole, origin);
  return network.removeAddress(dev, address!);
}

/** An address with a peer, or another scope: what the language cannot say, on a device that is there. Nothing depends on it. */
function aside(network: Network, dev: string | undefined, words: readonly string[]): Outcome {
  const named = dev ?? words[words.indexOf('dev') + 1];
  return named !== undefined && network.has(deviceOf(named)) ? 'aside' : 'unknown';
}

function flush(network: Network, rest: Words, family: 4 | 6 | undefined): Outcome {
  rest.skip('dev');
  const dev = deviceOf(rest.take());
  if (rest.next === 'scope') {
    rest.take();
    if (!rest.skip('global')) return 'unknown';
  }
  if (!rest.done || !network.has(dev) || network.carriesRoutes(dev)) return 'unknown';
  const own = network.node.interfaces?.[dev];
  const kept = own?.addresses?.filter((address) => family !== undefined && (family === 6) !== address.includes(':'));
  if (own === undefined || own === null) return 'done';
  if (kept !== undefined && kept.length > 0) own.addresses = kept;
  else delete own.addresses;
  return 'done';
}
