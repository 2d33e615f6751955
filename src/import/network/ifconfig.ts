/** `ifconfig …` and `route …` of net-tools. */
import { parsePrefix } from '../../model/address.ts';
import { parseIp } from '../../model/ip.ts';
import { canonicalMac } from '../../model/mac.ts';
import type { Origin } from '../draft.ts';
import { withLength } from './address.ts';
import { turn } from './link.ts';
import type { Network, Outcome, RouteDraft } from './network.ts';
import { routeTarget } from './route.ts';
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

/** With the length that the mask says, or else, as net-tools have it, the one of the address's class. */
function inClass(address: string, mask: string | undefined): string | undefined {
  if (address.includes('/')) return address;
  if (mask !== undefined) {
    const length = maskLength(mask);
    return length === undefined ? undefined : `${address}/${length}`;
  }
  const first = parseIp(address)?.[0];
  if (first === undefined || address.includes(':')) return undefined;
  return `${address}/${first < 128 ? 8 : first < 192 ? 16 : 24}`;
}

/** 24 of 255.255.255.0 or 0xffffff00; undefined where its bits have gaps. */
export function maskLength(mask: string): number | undefined {
  const bytes = /^0x[0-9a-f]{8}$/i.test(mask) ? Buffer.from(mask.slice(2), 'hex') : parseIp(mask);
  if (bytes === undefined || bytes.length !== 4) return undefined;
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0+$/, '').length : undefined;
}

/** `route add -net 10.0.0.0 netmask 255.0.0.0 gw 10.1.0.1 dev eth0`; `words` stand behind `route`. */
export function route(network: Network, words: readonly string[], origin: Origin): Outcome {
  const own = words.filter((word) => !/^(?:-A|--inet6?|-[46nve]+|inet6?)$/.test(word));
  const isIpv6 = words.includes('inet6') || words.includes('-6') || words.includes('--inet6');
  const rest = new Words(own);
  const verb = rest.take();
  if (verb === '') return 'done';
  if (verb !== 'add' && verb !== 'del') return 'unknown';
  const kind = rest.skip('-net') ? 'net' : rest.skip('-host') ? 'host' : undefined;
  const word = rest.take();
  const said: Partial<RouteDraft> = {};
  let mask: string | undefined;
  while (!rest.done) {
    const next = rest.take();
    if (next === 'gw') said.via = rest.take();
    else if (next === 'netmask') mask = rest.take();
    else if (next === 'metric') {
      const metric = Number(rest.take());
      if (metric !== 0) said.metric = metric;
    } else if (next === 'dev') said.dev = deviceOf(rest.take());
    else if (next === 'reject') said.type = 'unreachable';
    else if (said.dev === undefined && network.has(deviceOf(next))) said.dev = deviceOf(next);
    else return 'unknown';
  }
  const length = mask === undefined ? undefined : maskLength(mask);
  const target = word === 'default' || word.includes('/') ? word : wholeTarget(word, kind, mask === undefined, length);
  const to = target === undefined ? undefined : routeTarget(target, isIpv6);
  if (to === undefined || (said.via !== undefined && parseIp(said.via) === undefined)) return 'unknown';
  if (said.dev !== undefined && !network.has(said.dev)) return 'unknown';
  if (verb === 'del')
    return network.removeRoute(
      to,
      ({ via, dev }) => (said.via ?? via) === via && (said.dev ?? dev ?? '') === (dev ?? said.dev ?? ''),
    );
  return network.addRoute({ to, ...said }, origin);
}

/** A destination without a length: a host, or a network of its class. */
function wholeTarget(
  word: string,
  kind: 'net' | 'host' | undefined,
  isBare: boolean,
  length: number | undefined,
): string | undefined {
  if (!isBare) return length === undefined ? undefined : `${word}/${length}`;
  if (word.includes(':')) return `${word}/128`;
  const byClass = inClass(word, undefined);
  if (byClass === undefined) return undefined;
  if (word === '0.0.0.0' && kind !== 'host') return '0.0.0.0/0';
  const network = parsePrefix(byClass);
  const isNetwork =
    kind === 'net' || (kind === undefined && network !== undefined && routeTarget(byClass, false) === byClass);
  return isNetwork ? byClass : `${word}/32`;
}
