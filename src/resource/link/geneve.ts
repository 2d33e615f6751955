import type { GeneveOptions } from '../../model/resource.ts';
import { type Device, optioned } from './device.ts';
import { given } from './vxlan.ts';

/** Outer Ethernet, IPv4, UDP and Geneve headers; IPv6 takes 20 more. */
const OVERHEAD = 50;

/** An Ethernet over UDP, from one end to one other. Like `ip link add g0 type geneve id 7 remote 10.0.0.2 dstport 6081`. */
export const geneve: Device = optioned<GeneveOptions>({
  kind: 'geneve',
  config: 'CONFIG_GENEVE',
  mac: 'own',
  stage: 'base',
  mtu: ({ geneve: options }, below) => below - OVERHEAD - (options?.remote?.includes(':') === true ? 20 : 0),
  of: (link) => link.geneve,
  options: [
    { name: 'id' },
    // An IPv6 far end is fixed; so is the family.
    { name: 'remote', inPlace: ({ from = ':', to = ':' }) => !`${from}${to}`.includes(':') },
    { name: 'port' },
    { name: 'ttl', inPlace: true },
  ],
  info({ id, remote, port, ttl }, _, purpose) {
    const far = remote === undefined ? {} : remote.includes(':') ? { remote6: remote } : { remote };
    // geneve_changelink() refuses to be told its number or its port again, and an IPv6 far end too.
    if (purpose === 'change') return { kind: 'geneve', data: { ...('remote' in far ? far : {}), ttl } };
    return { kind: 'geneve', data: { id, ...far, port, ttl } };
  },
  read({ attrs: { linkinfo } }) {
    if (linkinfo?.kind !== 'geneve' || linkinfo.data === undefined) return {};
    const { id = 0, remote, remote6, port = 0, ttl = 0 } = linkinfo.data;
    const far = given(remote) ?? given(remote6);
    return { geneve: { id, ...(far === undefined ? {} : { remote: far }), port, ttl } };
  },
  words: ({ id, remote, port, ttl }, purpose) => [
    ['id', purpose === 'create' && id],
    ['remote', remote],
    ['dstport', purpose === 'create' && port],
    ['ttl', ttl],
  ],
});
