/** One network namespace of the lab as its kernel shows it, read when it is asked for. */
import { NetlinkError } from '../errors.ts';
import { contains, type Prefix } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import { AF, IFA_F, IFF, RTEXT_FILTER, RTM_F } from '../netlink/constants.ts';
import type { ReplyOf } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { getaddr } from '../netlink/spec/rt-addr.ts';
import { getlink } from '../netlink/spec/rt-link.ts';
import { getneigh } from '../netlink/spec/rt-neigh.ts';
import { getroute } from '../netlink/spec/rt-route.ts';
import { getrule } from '../netlink/spec/rt-rule.ts';
import { readText } from '../sys/read-text.ts';
import { inNetns } from '../sys/netns.ts';

/** An interface. */
export interface Port {
  readonly node: string;
  readonly index: number;
  readonly name: string;
  /** Of IFF. */
  readonly flags: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly mtu: number;
  readonly mac: string;
  readonly kind: string;
  /** The far end of a veth, or the device below. */
  readonly link: number | undefined;
  /** The bridge, or the like, of which it is a port. */
  readonly master: number | undefined;
  /** As a bridge's port, of BR_STATE. */
  readonly state: number | undefined;
  /** As a bridge's port: speaks with none of the others that are isolated. */
  readonly isolated: boolean;
  /** What queues that which leaves by it. */
  readonly qdisc: string;
  /** What its kind says of itself. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An address of an interface. */
export interface Held {
  readonly index: number;
  readonly address: string;
  readonly prefix: Prefix;
  /** Duplicate address detection has not ended yet, or has found another one that has it. */
  readonly dad: 'done' | 'tentative' | 'failed';
}

/** What the kernel decides for a packet. */
export interface Decision {
  /** Of RTN; undefined when it has refused. */
  readonly type?: number;
  readonly oif?: number;
  /** The next hop, when it is not the destination itself. */
  readonly gateway?: string;
  readonly source?: string;
  /** The route that it has taken, and the table. */
  readonly match?: { readonly prefix: string; readonly table: number; readonly mtu: number | undefined };
  /** The errno of its refusal. */
  readonly errno?: string;
}

export type RouteEntry = ReplyOf<typeof getroute>;
export type RuleEntry = ReplyOf<typeof getrule>;
export type NeighbourEntry = ReplyOf<typeof getneigh>;

/** What is asked of the routes. */
export interface Question {
  readonly destination: string;
  readonly source?: string | undefined;
  /** By which interface it came; undefined: it begins here. */
  readonly iif?: number | undefined;
  /** That a filter has given it. */
  readonly mark?: number | undefined;
}

export class View {
  readonly node: string;
  readonly netns: number;
  readonly socket: NetlinkSocket;
  #ports: ReadonlyMap<number, Port> | undefined;
  #held: readonly Held[] | undefined;

  constructor(node: string, netns: number, socket: NetlinkSocket) {
    this.node = node;
    this.netns = netns;
    this.socket = socket;
  }

  /** Like `ip -d link show`. */
  get ports(): readonly Port[] {
    return [...this.#byIndex().values()];
  }

  /** Like `ip address show`. */
  get held(): readonly Held[] {
    return (this.#held ??= this.socket.dump(getaddr, {}).flatMap(({ header, attrs }): Held[] => {
      const address = attrs.local ?? attrs.address;
      const bytes = parseIp(address ?? '');
      if (address === undefined || bytes === undefined) return [];
      const flags = attrs.flags ?? header.flags;
      const dad = (flags & IFA_F.DADFAILED) !== 0 ? 'failed' : (flags & IFA_F.TENTATIVE) !== 0 ? 'tentative' : 'done';
      return [{ index: header.index, address, prefix: { bytes, length: header.prefixlen }, dad }];
    }));
  }

  port(index: number | undefined): Port | undefined {
    return index === undefined ? undefined : this.#byIndex().get(index);
  }

  name(index: number | undefined): string {
    return this.port(index)?.name ?? `interface ${index}`;
  }

  has(address: string): boolean {
    return this.held.some((each) => each.address === address);
  }

  /** Its addresses that share a network with this one. */
  near(address: string): Held[] {
    const bytes = parseIp(address);
    return bytes === undefined ? [] : this.held.filter(({ prefix }) => contains(prefix, bytes));
  }

  /** Like `ip route get ADDRESS from SOURCE iif IF fibmatch`, and without `fibmatch` for the next hop. */
  decide({ destination, source, iif, mark }: Question): Decision {
    const six = destination.includes(':');
    const bits = six ? 128 : 32;
    const header = {
      family: six ? AF.INET6 : AF.INET,
      dst_len: bits,
      ...(source === undefined ? {} : { src_len: bits }),
    };
    const attrs = {
      dst: destination,
      ...(source === undefined ? {} : { src: source }),
      ...(iif === undefined ? {} : { iif }),
      ...(mark === undefined ? {} : { mark }),
    };
    try {
      const [said] = this.socket.request(getroute, { header, attrs });
      if (said === undefined) return { errno: 'ENETUNREACH' };
      const { oif, gateway, via, prefsrc } = said.attrs;
      const next = gateway ?? via;
      const match = this.#match(header, attrs);
      return {
        type: said.header.type,
        ...(oif === undefined ? {} : { oif }),
        ...(next === undefined ? {} : { gateway: next }),
        ...(prefsrc === undefined ? {} : { source: prefsrc }),
        ...(match === undefined ? {} : { match }),
      };
    } catch (error) {
      if (error instanceof NetlinkError) return { errno: error.errno };
      throw error;
    }
  }

  /** Like `ip route show table all`. */
  routes(): RouteEntry[] {
    return this.socket.dump(getroute, {}, ({ flags }) => (flags & RTM_F.CLONED) === 0);
  }

  /** Like `ip rule show` and `ip -6 rule show`. */
  rules(): RuleEntry[] {
    return [AF.INET, AF.INET6].flatMap((family) => this.socket.dump(getrule, { header: { family } }));
  }

  /** Like `ip neighbour show nud all`. */
  neighbours(): NeighbourEntry[] {
    return this.socket.dump(getneigh, {}, ({ family }) => family !== AF.BRIDGE);
  }

  /** Like `bridge fdb show`. */
  forwardings(): NeighbourEntry[] {
    return this.socket.dump(getneigh, { header: { family: AF.BRIDGE } });
  }

  /** Like `sysctl -n`; the path below /proc/sys/net. Undefined when there is none. */
  sysctl(path: string): number | undefined {
    const text = inNetns(this.netns, () => readText(`/proc/sys/net/${path}`));
    return text === undefined || text.trim() === '' ? undefined : Number(text);
  }

  /** A file of /proc/net as this namespace has it. */
  procNet(file: string): string {
    return inNetns(this.netns, () => readText(`/proc/thread-self/net/${file}`)) ?? '';
  }

  #byIndex(): ReadonlyMap<number, Port> {
    return (this.#ports ??= new Map(
      this.socket
        .dump(getlink, { attrs: { ext_mask: RTEXT_FILTER.SKIP_STATS } })
        .map((reply) => [reply.header.index, portOf(this.node, reply)]),
    ));
  }

  #match(header: { family: number; dst_len: number }, attrs: { dst: string }): Decision['match'] {
    try {
      const [said] = this.socket.request(getroute, { header: { ...header, flags: RTM_F.FIB_MATCH }, attrs });
      if (said === undefined) return undefined;
      const none = header.family === AF.INET6 ? '::' : '0.0.0.0';
      const prefix = `${said.attrs.dst ?? none}/${said.header.dst_len}`;
      return { prefix, table: said.attrs.table ?? said.header.table, mtu: said.attrs.metrics?.mtu };
    } catch (error) {
      // Some routes, such as those of IPv6 to itself, tell nothing of where they stand.
      if (error instanceof NetlinkError) return undefined;
      throw error;
    }
  }
}

function portOf(node: string, { header, attrs }: ReplyOf<typeof getlink>): Port {
  const info = attrs.linkinfo;
  const slave = info?.slave_kind === 'bridge' ? info.slave_data : undefined;
  return {
    node,
    index: header.index,
    name: attrs.ifname ?? '',
    flags: header.flags,
    up: (header.flags & IFF.UP) !== 0,
    carrier: attrs.carrier === 1,
    mtu: attrs.mtu ?? 0,
    mac: attrs.address ?? '',
    kind: info?.kind ?? '',
    link: attrs.link,
    master: attrs.master,
    state: slave?.state,
    isolated: slave?.isolated === 1,
    qdisc: attrs.qdisc ?? '',
    data: info?.data ?? {},
  };
}
