/** `ifconfig …` of net-tools. */
import { canonicalMac } from '../../model/mac.ts';
import type { Origin } from '../draft.ts';
import { withLength } from './address.ts';
import { turn } from './link.ts';
import { inClass } from './mask.ts';
import type { Network, Outcome } from './network.ts';
import { deviceOf, Words } from './words.ts';

/** Words that change what the language does not have, and nothing that it has. */
const ASIDE = /^-?(?:arp|promisc|allmulti|multicast|dynamic)$/;

/** `words` stand behind `ifconfig`. */
export function ifconfig(network: Network, words: readonly string[], origin: Origin): Outcome {
  const rest = new Words(words);
  const label = rest.take();
  if (label === '' || label === '-a' || rest.done) return 'done';
  const dev = deviceOf(label);
  if (!network.has(dev)) return 'unknown';
  let address: string | undefined;
  let mask: string | undefined;
  let up: boolean | undefined;
  let aside = false;
  const changes: (() => Outcome)[] = [];
  while (!rest.done) {
    const word = rest.take();
    if (word === 'up' || word === 'down') up = word === 'up';
    else if (word === 'netmask') mask = rest.take();
    else if (word === 'broadcast') rest.take();
    else if (word === 'mtu') {
      const mtu = Number(rest.take());
      changes.push(() => (Object.assign(network.interface(dev, origin), { mtu }), 'done'));
    } else if (word === 'hw') {
      rest.skip('ether');
      const mac = canonicalMac(rest.take());
      if (mac === undefined) return 'unknown';
      changes.push(() => (Object.assign(network.interface(dev, origin), { mac }), 'done'));
    } else if (word === 'add' || word === 'inet6') {
      rest.skip('add');
      const whole = withLength(rest.take());
      if (whole === undefined) return 'unknown';
      changes.push(() => network.addAddress(dev, whole, origin));
    } else if (word === 'del') {
      const gone = rest.take();
      changes.push(() => network.removeAddress(dev, gone));
    } else if (ASIDE.test(word)) aside = true;
    else if (word === 'inet') continue;
    else if (address === undefined && withLength(word) !== undefined) address = word;
    else return 'unknown';
  }
  const whole = address === undefined ? undefined : inClass(address, mask);
  if (address !== undefined && whole === undefined) return 'unknown';
  // With an address it is set up; an alias that is set down is gone.
  if (up === false && label !== dev) changes.push(() => removeAlias(network, label, dev));
  else if (up === false) changes.push(() => turn(network, dev, false, origin));
  else if (up === true || address !== undefined) changes.push(() => turn(network, dev, true, origin));
  if (whole !== undefined) changes.push(() => setAddress(network, label, dev, whole, origin));
  for (const change of changes) if (change() === 'unknown') return 'unknown';
  return aside ? 'aside' : 'done';
}

/** The address of a label is one: another one takes its place. */
function setAddress(network: Network, label: string, dev: string, address: string, origin: Origin): Outcome {
  const before = network.aliases.get(label);
  if (before !== undefined) network.removeAddress(dev, before);
  if (address.startsWith('0.0.0.0/')) {
    const own = network.node.interfaces?.[dev];
    if (label === dev && own?.addresses !== undefined)
      own.addresses = own.addresses.filter((each) => each.includes(':'));
    return 'done';
  }
  network.aliases.set(label, address);
  return network.addAddress(dev, address, origin);
}

function removeAlias(network: Network, label: string, dev: string): Outcome {
  const address = network.aliases.get(label);
  return address === undefined ? 'done' : network.removeAddress(dev, address);
}
