/** What an interface with a `type` says of itself → the options of its link, with what is so unless said. */
import type {
  BondOptions,
  IpvlanOptions,
  Link,
  LinkType,
  MacvlanOptions,
  TunnelOptions,
  TunnelType,
} from '../../model/resource.ts';
import type { BridgeDocument, InterfaceDocument } from '../document.ts';
import { addressText, tableNumber } from '../values.ts';

/** The UDP port of VXLAN that IANA gave it; the kernel's own default, 8472, is older than that. */
export const VXLAN_PORT = 4789;
/** The UDP port of Geneve. */
export const GENEVE_PORT = 6081;
/** How often a bond looks after its members; the kernel's own default is never, and then it notices no failure. */
const MIIMON_MS = 100;
/** What iproute2 gives IPv6 tunnels. IPv4 ones take over the TTL of the packet inside. */
const IPV6_TTL = 64;

/** The modes of each type; the first is what the kernel takes unless told. */
export const MODES: {
  readonly macvlan: readonly Exclude<MacvlanOptions['mode'], 'source'>[];
  readonly ipvlan: readonly IpvlanOptions['mode'][];
  readonly bond: readonly BondOptions['mode'][];
} = {
  macvlan: ['vepa', 'bridge', 'private', 'passthru'],
  ipvlan: ['l3', 'l2', 'l3s'],
  bond: ['balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb'],
};

/** The tunnels, each with the family of its ends. */
export const TUNNELS: Readonly<Record<TunnelType, 4 | 6>> = {
  gre: 4,
  gretap: 4,
  ip6gre: 6,
  ipip: 4,
  ip6tnl: 6,
  sit: 4,
};

/** The options of a type, under the type's name in the model. Expects a document that has passed all rules. */
export function optionsOf(
  type: Exclude<LinkType, 'other'>,
  document: InterfaceDocument | BridgeDocument,
): Partial<Link> {
  const { stp, vlan_filtering, id = 0, link, local, remote, port, learning, ...more }: InterfaceDocument = document;
  const { protocol, mode, miimon, table, key, ttl } = more;
  const lower = link === undefined ? {} : { link };
  const far = remote === undefined ? {} : { remote: addressText(remote) };
  const ends = { ...lower, ...(local === undefined ? {} : { local: addressText(local) }), ...far };
  switch (type) {
    case 'bridge':
      return { bridge: { stp: stp ?? false, vlanFiltering: vlan_filtering ?? false } };
    case 'vxlan':
      return { vxlan: { id, ...ends, port: port ?? VXLAN_PORT, learning: learning ?? true } };
    case 'vlan':
      return { vlan: { ...lower, id, protocol: protocol ?? '802.1Q' } };
    case 'macvlan':
      return { macvlan: { ...lower, mode: oneOf(MODES.macvlan, mode) } };
    case 'ipvlan':
      return { ipvlan: { ...lower, mode: oneOf(MODES.ipvlan, mode) } };
    case 'bond':
      return { bond: { mode: oneOf(MODES.bond, mode), miimon: miimon ?? MIIMON_MS } };
    case 'vrf':
      return { vrf: { table: tableNumber(table) } };
    case 'gre':
    case 'gretap':
    case 'ip6gre':
    case 'ipip':
    case 'ip6tnl':
    case 'sit': {
      const tunnel: TunnelOptions = { ...ends, ttl: ttl ?? (TUNNELS[type] === 6 ? IPV6_TTL : 0) };
      return { tunnel: key === undefined ? tunnel : { ...tunnel, key } };
    }
    case 'geneve':
      return { geneve: { id, ...far, port: port ?? GENEVE_PORT, ttl: ttl ?? 0 } };
    case 'loopback':
    case 'veth':
    case 'dummy':
    case 'ifb':
      return {};
  }
}

function oneOf<W extends string>(words: readonly W[], word: string | undefined): W {
  return words.find((each) => each === word) ?? words[0]!;
}
