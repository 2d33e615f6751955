/** `ip link set …`, `ip link del …` */
import { canonicalMac } from '../../model/mac.ts';
import type { Origin } from '../draft.ts';
import { ipLinkAdd } from './link-add.ts';
import type { InterfaceDraft, Network, Outcome } from './network.ts';
import { deviceOf, means, Words } from './words.ts';

/** Properties that the language does not have, and nothing else here depends on. */
const ASIDE = [
  'multicast',
  'promisc',
  'allmulticast',
  'arp',
  'txqueuelen',
  'txqlen',
  'qlen',
  'alias',
  'group',
  'trailers',
  'dynamic',
  'carrier',
];

/** `words` stand behind `ip link`. */
export function ipLink(network: Network, words: readonly string[], origin: Origin): Outcome {
  const [verb = '', ...rest] = words;
  if (verb === '' || means(verb, 'show', 'list')) return 'done';
  if (means(verb, 'add')) return ipLinkAdd(network, rest, origin);
  if (means(verb, 'set')) return set(network, rest, origin);
  return 'unknown';
}

function set(network: Network, words: readonly string[], origin: Origin): Outcome {
  const rest = new Words(words);
  // All are in that group, and up already.
  if (words.join(' ') === 'group default up') return 'done';
  // `ip link set up dev eth0` and `ip link set dev eth0 up` mean the same.
  const dev = deviceOf(named(words));
  if (!network.has(dev)) return 'unknown';
  // All of it is understood before any of it is done.
  const changes: (() => Outcome)[] = [];
  let aside = false;
  let seen = false;
  while (!rest.done) {
    const word = rest.take();
    if (word === 'dev') {
      seen = true;
      rest.take();
    } else if (word === 'up' || word === 'down') changes.push(() => turn(network, dev, word === 'up', origin));
    else if (word === 'address') {
      const mac = canonicalMac(rest.take());
      if (mac === undefined) return 'unknown';
      changes.push(() => assign(network, dev, { mac }, origin));
    } else if (word === 'mtu') {
      const mtu = Number(rest.take());
      changes.push(() => assign(network, dev, { mtu }, origin));
    } else if (word === 'master') {
      const master = rest.take();
      if (!network.has(master)) return 'unknown';
      changes.push(() => enslave(network, dev, master, origin));
    } else if (word === 'nomaster') changes.push(() => release(network, dev));
    else if (word === 'addrgenmode' && rest.skip('none')) continue;
    else if (word === 'type') {
      const outcome = setType(network, dev, rest, origin);
      if (outcome === 'unknown') return 'unknown';
      aside ||= outcome === 'aside';
    } else if (ASIDE.includes(word)) {
      rest.take();
      aside = true;
    } else if (!seen && word === dev) seen = true;
    else return 'unknown';
  }
  for (const change of changes) if (change() === 'unknown') return 'unknown';
  return aside ? 'aside' : 'done';
}

/** The device that `ip link set` is about. */
function named(words: readonly string[]): string {
  const at = words.indexOf('dev');
  if (at >= 0) return words[at + 1] ?? '';
  return words.find((word) => word !== 'up' && word !== 'down') ?? '';
}

/** Sets it up or down. What the language has nothing for is left to the kernel. */
export function turn(network: Network, dev: string, up: boolean, origin: Origin): Outcome {
  const known = network.node.interfaces?.[dev];
  if (up) {
    if (known?.up === false) delete known.up;
    return 'done';
  }
  // The kernel drops the routes over it, and they do not come back.
  if (dev === 'lo' || network.carriesRoutes(dev)) return 'unknown';
  network.interface(dev, origin).up = false;
  return 'done';
}

function assign(network: Network, dev: string, change: Partial<InterfaceDraft>, origin: Origin): Outcome {
  if (dev === 'lo') return 'unknown';
  Object.assign(network.interface(dev, origin), change);
  return 'done';
}

/** Makes it a port of a bridge, bond or vrf of this node. */
export function enslave(network: Network, dev: string, master: string, origin: Origin): Outcome {
  const own = network.node.interfaces?.[master];
  if (own === undefined || own === null || !/^(?:bridge|bond|vrf)$/.test(own.type ?? '')) return 'unknown';
  release(network, dev);
  network.interface(dev, origin);
  own.ports = [...(own.ports ?? []), dev];
  return 'done';
}

/** Takes it out of whatever it is a port of. */
export function release(network: Network, dev: string): Outcome {
  for (const own of Object.values(network.node.interfaces ?? {}))
    if (own?.ports?.includes(dev) === true) own.ports = own.ports.filter((port) => port !== dev);
  return 'done';
}

/** `type bridge vlan_filtering 1`: what the language has is done, the rest is run. */
function setType(network: Network, dev: string, rest: Words, origin: Origin): Outcome {
  const kind = rest.take();
  if (kind === 'bridge_slave' || kind === 'bond_slave') {
    while (!rest.done) rest.take();
    return 'aside';
  }
  if (kind !== 'bridge') return 'unknown';
  let outcome: Outcome = 'done';
  const own = network.interface(dev, origin);
  while (!rest.done) {
    const key = rest.take();
    const value = rest.take();
    if (key === 'vlan_filtering' && /^[01]$/.test(value)) own.vlan_filtering = value === '1';
    else if (key === 'stp_state' && /^[01]$/.test(value)) own.stp = value === '1';
    // A bridge without spanning tree forwards at once here.
    else if (key !== 'forward_delay' || own.stp === true) outcome = 'aside';
  }
  return outcome;
}
