/** `ip link add …`, `ip tunnel add …` */
import type { Origin } from '../draft.ts';
import type { InterfaceDraft, Network, Outcome } from './network.ts';
import { Words } from './words.ts';

type Kind = NonNullable<InterfaceDraft['type']>;

/** The options of each kind that the language has, in `ip`'s words, and the keys that they are. `!`: a flag that says false. */
const OPTIONS: Partial<Record<Kind, Readonly<Record<string, string>>>> = {
  bridge: { vlan_filtering: 'vlan_filtering?', stp_state: 'stp?', forward_delay: '' },
  dummy: {},
  ifb: {},
  vlan: { id: 'id#', protocol: 'protocol' },
  vxlan: {
    id: 'id#',
    vni: 'id#',
    dev: 'link',
    local: 'local',
    remote: 'remote',
    group: 'remote',
    dstport: 'port#',
    ttl: 'ttl#',
    '!nolearning': 'learning',
    '+learning': 'learning',
  },
  geneve: { id: 'id#', vni: 'id#', remote: 'remote', dstport: 'port#', ttl: 'ttl#' },
  macvlan: { mode: 'mode' },
  ipvlan: { mode: 'mode' },
  bond: { mode: 'mode', miimon: 'miimon#' },
  vrf: { table: 'table#' },
  gre: { local: 'local', remote: 'remote', ttl: 'ttl#', key: 'key#', dev: 'link' },
  gretap: { local: 'local', remote: 'remote', ttl: 'ttl#', key: 'key#', dev: 'link' },
  ipip: { local: 'local', remote: 'remote', ttl: 'ttl#', dev: 'link' },
  sit: { local: 'local', remote: 'remote', ttl: 'ttl#', dev: 'link' },
  ip6gre: { local: 'local', remote: 'remote', ttl: 'ttl#', key: 'key#', dev: 'link' },
  ip6tnl: { local: 'local', remote: 'remote', ttl: 'ttl#', dev: 'link' },
};

/** `words` stand behind `ip link add`. */
export function ipLinkAdd(network: Network, words: readonly string[], origin: Origin): Outcome {
  const rest = new Words(words);
  const device: InterfaceDraft = {};
  let name: string | undefined;
  while (!rest.done) {
    const word = rest.take();
    if (word === 'type') {
      const kind = rest.take() as Kind;
      return name === undefined ? 'unknown' : add(network, name, { ...device, type: kind }, rest, origin);
    }
    if (word === 'link') device.link = rest.take();
    else if (word === 'name' || word === 'dev') name = rest.take();
    else if (word === 'mtu') device.mtu = Number(rest.take());
    else if (word === 'address') device.mac = rest.take().toLowerCase();
    else if (word === 'up') device.up = true;
    else if (name === undefined) name = word;
    else return 'unknown';
  }
  return 'unknown';
}

/** `ip tunnel add NAME mode ipip remote A local B`: `words` stand behind `ip tunnel`. */
export function ipTunnel(network: Network, words: readonly string[], origin: Origin): Outcome {
  const rest = new Words(words);
  if (!rest.skip('add')) return 'unknown';
  let name: string | undefined;
  let mode: string | undefined;
  const options: string[] = [];
  while (!rest.done) {
    const word = rest.take();
    if (word === 'mode') mode = rest.take();
    else if (word === 'name') name = rest.take();
    else if (/^(?:remote|local|ttl|key|dev)$/.test(word)) options.push(word, rest.take());
    else if (name === undefined) name = word;
    else return 'unknown';
  }
  const kind = { ipip: 'ipip', gre: 'gre', sit: 'sit' }[mode ?? ''] as Kind | undefined;
  return kind === undefined || name === undefined
    ? 'unknown'
    : add(network, name, { type: kind }, new Words(options), origin);
}

function add(network: Network, name: string, device: InterfaceDraft, rest: Words, origin: Origin): Outcome {
  const kind = device.type!;
  const options = Object.hasOwn(OPTIONS, kind) ? OPTIONS[kind] : undefined;
  if (options === undefined) return 'unknown';
  const values = device as Record<string, unknown>;
  while (!rest.done) {
    const word = rest.take();
    const flag = options[`!${word}`] ?? options[`+${word}`];
    if (flag !== undefined) {
      if (options[`!${word}`] !== undefined) values[flag] = false;
      continue;
    }
    const key = Object.hasOwn(options, word) ? options[word] : undefined;
    if (key === undefined || rest.done) return 'unknown';
    const text = rest.take();
    if (key.endsWith('#')) {
      // `ttl inherit` is what there is without it.
      if (text === 'inherit' || text === 'auto') continue;
      if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return 'unknown';
      values[key.slice(0, -1)] = Number(text);
    } else if (key.endsWith('?')) values[key.slice(0, -1)] = text === '1';
    else if (key !== '') values[key] = text;
  }
  // iproute2 leaves the port to the kernel, whose own is older than the standard's.
  if (device.type === 'vxlan' && device.port === undefined) device.port = 8472;
  if (device.type === 'vxlan' && device.link === 'lo') return 'unknown';
  if (device.type === 'bond') device.mode = BOND_MODES[Number(device.mode)] ?? device.mode ?? 'balance-rr';
  // What `ip` makes is down until it is set up.
  const { up, ...made } = device;
  if (network.add(name, up === true ? made : { ...made, up: false }, origin)) return 'done';
  network.leave(origin, `there is an interface ${name} already: this one has no effect`);
  return 'done';
}

/** Modes of a bond by their number. */
const BOND_MODES = ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb'];
