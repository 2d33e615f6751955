/** `bridge …` and `brctl …` */
import { canonicalMac } from '../../model/mac.ts';
import type { Origin } from '../draft.ts';
import { enslave, release } from './link.ts';
import type { Network, Outcome } from './network.ts';
import { means, Words } from './words.ts';

/** `words` stand behind `bridge`. */
export function bridge(network: Network, words: readonly string[], origin: Origin): Outcome {
  const [object = '', verb = '', ...more] = words;
  if (verb === '' || means(verb, 'show', 'list')) return 'done';
  // What ports do, and VLANs of theirs, is left to the command: nothing else depends on it.
  if (means(object, 'vlan') || means(object, 'link') || means(object, 'mdb')) return 'aside';
  if (!means(object, 'fdb') || !means(verb, 'add', 'append', 'replace')) return 'unknown';
  const rest = new Words(more);
  const mac = canonicalMac(rest.take());
  const said = rest.pairs(['dev', 'dst'], ['self', 'master', 'permanent', 'static', 'local']);
  if (mac === undefined || said?.['dev'] === undefined || !network.has(said['dev'])) return 'unknown';
  if (said['static'] !== undefined || said['local'] !== undefined) return 'aside';
  return network.addFdb({ mac, dev: said['dev'], ...(said['dst'] === undefined ? {} : { dst: said['dst'] }) }, origin);
}

/** `words` stand behind `brctl`. */
export function brctl(network: Network, words: readonly string[], origin: Origin): Outcome {
  const [verb = '', name = '', ...more] = words;
  if (verb === 'show' || verb === 'showmacs' || verb === 'showstp' || verb === '') return 'done';
  if (verb === 'addbr') return network.add(name, { type: 'bridge', up: false }, origin) ? 'done' : 'unknown';
  const own = network.node.interfaces?.[name];
  if (own?.type !== 'bridge') return 'unknown';
  const [port = ''] = more;
  if (verb === 'addif') {
    const added = more.map((dev) => (network.has(dev) ? enslave(network, dev, name, origin) : 'unknown'));
    return added.includes('unknown') ? 'unknown' : 'done';
  }
  if (verb === 'delif') return release(network, port);
  if (verb === 'stp' && /^(?:on|off|yes|no|1|0)$/.test(port)) {
    own.stp = /^(?:on|yes|1)$/.test(port);
    if (!own.stp) delete own.stp;
    return 'done';
  }
  // Without spanning tree a bridge forwards at once here, whatever its delay.
  if (verb === 'setfd' && own.stp !== true) return 'done';
  return verb.startsWith('set') ? 'aside' : 'unknown';
}
