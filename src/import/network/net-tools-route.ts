/** `route …` of net-tools. */
import { parsePrefix } from '../../model/address.ts';
import { parseIp } from '../../model/ip.ts';
import type { Origin } from '../draft.ts';
import { inClass, maskLength } from './mask.ts';
import type { Network, Outcome, RouteDraft } from './network.ts';
import { routeTarget } from './route.ts';
import { deviceOf, Words } from './words.ts';

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
