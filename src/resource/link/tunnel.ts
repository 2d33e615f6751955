import type { Link, TunnelOptions, TunnelType } from '../../model/resource.ts';
import type { Difference } from '../../model/report.ts';
import { type Device, type LinkInfo, lowerName, optioned, type Shown } from './device.ts';
import { given } from './vxlan.ts';

/** GRE_KEY of linux/if_tunnel.h, as a number. */
const GRE_KEY = 0x2000;
/** What iproute2 gives IPv6 tunnels: how many more tunnels a packet may enter (IPV6_DEFAULT_TNL_ENCAP_LIMIT). */
const ENCAP_LIMIT = 4;

/** Carries whatever it can, as a tunnel of iproute2 does; the kernel's own default is one protocol alone. */
const ANY = 0;

/** What differs between the six. */
interface Traits {
  readonly config: string;
  /** Bytes in front of the packet, without a key: the outer IP header (with the encapsulation limit in IPv6), GRE, Ethernet. */
  readonly overhead: number;
  readonly ethernet?: boolean;
}

const TRAITS: Readonly<Record<TunnelType, Traits>> = {
  gre: { config: 'CONFIG_NET_IPGRE', overhead: 24 },
  gretap: { config: 'CONFIG_NET_IPGRE', overhead: 38, ethernet: true },
  ip6gre: { config: 'CONFIG_IPV6_GRE', overhead: 52 },
  ipip: { config: 'CONFIG_NET_IPIP', overhead: 20 },
  ip6tnl: { config: 'CONFIG_IPV6_TUNNEL', overhead: 48 },
  sit: { config: 'CONFIG_IPV6_SIT', overhead: 20 },
};
const KEY_BYTES = 4;

/** IP in IP, or in GRE. Like `ip link add t0 type gre local 10.0.0.1 remote 10.0.0.2 key 1`. */
export function tunnel(kind: TunnelType): Device {
  const { config, overhead, ethernet = false } = TRAITS[kind];
  // A tunnel with a far end is a point-to-point device, and one without is not: the kernel does not turn one into the other.
  const staysPointToPoint = ({ from, to }: Difference): boolean => from !== undefined && to !== undefined;
  return optioned<TunnelOptions>({
    kind,
    config,
    mac: ethernet ? 'own' : 'none',
    stage: 'stack',
    mtu: ({ tunnel: options }, below) => below - overhead - (options?.key === undefined ? 0 : KEY_BYTES),
    of: (link) => link.tunnel,
    options: [
      { name: 'link', inPlace: true },
      { name: 'local', inPlace: true },
      { name: 'remote', inPlace: staysPointToPoint },
      { name: 'key', inPlace: true },
      { name: 'ttl', inPlace: true },
    ],
    // All at once, also for a change: what is left out would become zero.
    info: (options, lower) => information(kind, options, lower),
    read: (shown) => readTunnel(shown),
    words: ({ link, local, remote, key, ttl }) => [
      ['local', local],
      ['remote', remote],
      ['key', key],
      ['ttl', ttl],
      ['dev', link],
    ],
  });
}

function information(
  kind: TunnelType,
  { local, remote, key, ttl }: TunnelOptions,
  lower: number | undefined,
): LinkInfo {
  const ends = {
    ...(lower === undefined ? {} : { link: lower }),
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ttl,
    ...(kind === 'ip6gre' || kind === 'ip6tnl' ? { encap_limit: ENCAP_LIMIT } : {}),
  };
  const keyed = key === undefined ? {} : { iflags: GRE_KEY, oflags: GRE_KEY, ikey: key, okey: key };
  switch (kind) {
    case 'gre':
      return { kind, data: { ...ends, ...keyed } };
    case 'gretap':
      return { kind, data: { ...ends, ...keyed } };
    case 'ip6gre':
      return { kind, data: { ...ends, ...keyed } };
    case 'ipip':
      return { kind, data: { ...ends, proto: ANY } };
    case 'sit':
      return { kind, data: { ...ends, proto: ANY } };
    case 'ip6tnl':
      return { kind, data: ends };
  }
}

function readTunnel(shown: Shown): Partial<Link> {
  const info = shown.attrs.linkinfo;
  switch (info?.kind) {
    case 'gre':
    case 'gretap':
    case 'ip6gre': {
      const { iflags = 0, ikey, ...ends } = info.data ?? {};
      const keyed = (iflags & GRE_KEY) !== 0 && ikey !== undefined ? { key: ikey } : {};
      return { tunnel: { ...readEnds(shown, ends), ...keyed } };
    }
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
      return { tunnel: readEnds(shown, info.data ?? {}) };
    default:
      return {};
  }
}

interface Ends {
  readonly link?: number | undefined;
  readonly local?: string | undefined;
  readonly remote?: string | undefined;
  readonly ttl?: number | undefined;
}

function readEnds(shown: Shown, { link, local, remote, ttl = 0 }: Ends): TunnelOptions {
  const [near, far] = [given(local), given(remote)];
  return {
    ...lowerName(shown, link),
    ...(near === undefined ? {} : { local: near }),
    ...(far === undefined ? {} : { remote: far }),
    ttl,
  };
}
