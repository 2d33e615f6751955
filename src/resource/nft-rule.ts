/**
 * nftables rules as the kernel runs them: a list of small instructions that load a field into a register, compare it, act.
 * Each method adds one clause, in the words of `nft` and as the instructions that `nft --debug=netlink` prints for them.
 */
import type { FilterProtocol, RuleSet, Target } from '../model/netfilter.ts';
import {
  NF_NAT_RANGE,
  NFPROTO,
  NFT_CMP,
  NFT_FIB,
  NFT_META,
  NFT_NAT,
  NFT_NG,
  NFT_PAYLOAD,
  RTN,
} from '../netlink/constants.ts';
import type { Expression } from '../netlink/spec/nftables.ts';
import {
  ipBytes,
  intervalSet,
  type Interval,
  nameBytes,
  networkInterval,
  portBytes,
  portInterval,
  targetMap,
  TYPE,
  valueSet,
} from './nft-set.ts';
import { splitPrefix } from './wire.ts';

/** Register 1, of 16 bytes; 2 is the next; 9 is the second word of 4 bytes of register 1. */
const REG_1 = 1;
const REG_2 = 2;
const REG32_01 = 9;
/** What a rule's `lookup` calls its set until the kernel has given it a name. */
export const ANONYMOUS_SET = '__set%d';
/** linux/in.h, linux/in6.h */
const PROTOCOL_NUMBER: Readonly<Record<FilterProtocol, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  sctp: 132,
};

/** A rule being written. */
export class RuleBuilder {
  readonly code: Expression[] = [];
  readonly sets: RuleSet[] = [];
  readonly #words: string[] = [];
  #family: 4 | 6 | undefined;
  #protocols: string | undefined;

  /** In the language of `nft`. */
  get nft(): string {
    return this.#words.join(' ');
  }

  /** A clause of one's own. */
  add(words: string, ...code: Expression[]): this {
    if (words !== '') this.#words.push(words);
    this.code.push(...code);
    return this;
  }

  /** `iifname "eth0"`, `oifname { "eth0", "eth1" }`: the interface that the packet came in by, or goes out by. */
  device(key: 'iifname' | 'oifname', names: readonly string[]): this {
    const quoted = names.map((name) => `"${name}"`);
    this.add(`${key} ${choice(quoted)}`);
    this.#load({ name: 'meta', data: { dreg: REG_1, key: key === 'iifname' ? NFT_META.IIFNAME : NFT_META.OIFNAME } });
    return this.#among(TYPE.ifname, names.map(nameBytes));
  }

  /** `ip saddr 10.0.0.0/8`, `ip6 daddr { fd00::/64, fd01::1 }`: networks of one family. */
  address(side: 'saddr' | 'daddr', networks: readonly string[]): this {
    const family = networks[0]!.includes(':') ? 6 : 4;
    const said = this.#family === family;
    this.family(family);
    // Of 0.0.0.0/0 the family alone is a condition; it needs a clause, since nothing else says it in words.
    if (networks.length === 1 && networks[0]!.endsWith('/0')) return this.add(said ? '' : `meta nfproto ipv${family}`);
    this.add(`${family === 6 ? 'ip6' : 'ip'} ${side} ${choice(networks.map(withoutHostLength))}`);
    const size = family === 6 ? 16 : 4;
    const offset = family === 6 ? (side === 'saddr' ? 8 : 24) : side === 'saddr' ? 12 : 16;
    if (networks.length > 1) {
      this.#payload(NFT_PAYLOAD.NETWORK_HEADER, offset, size);
      return this.#lookup(intervalSet(family === 6 ? TYPE.ipv6_addr : TYPE.ipv4_addr, networks.map(networkInterval)));
    }
    const [address, length] = splitPrefix(networks[0]!);
    const bytes = ipBytes(address);
    // A prefix of whole bytes is compared by loading fewer of them, as nft does; any other by masking.
    const whole = length % 8 === 0;
    this.#payload(NFT_PAYLOAD.NETWORK_HEADER, offset, whole ? length / 8 : size);
    if (whole) return this.#equals(bytes.subarray(0, length / 8));
    const mask = Uint8Array.from(bytes, (_, i) => maskByte(length - 8 * i));
    this.#load(masked(mask));
    return this.#equals(bytes.map((byte, i) => byte & mask[i]!));
  }

  /** `ip6 daddr != ::1`: to any other IPv6 address than the loopback's. */
  notLoopback6(): this {
    this.family(6).add('ip6 daddr != ::1');
    this.#payload(NFT_PAYLOAD.NETWORK_HEADER, 24, 16);
    return this.add('', compare(NFT_CMP.NEQ, ipBytes('::1')));
  }

  /** The packet is IPv4, or IPv6. Other clauses imply it, so it has no words. */
  family(family: 4 | 6): this {
    if (this.#family === family) return this;
    this.#family = family;
    this.#load({ name: 'meta', data: { dreg: REG_1, key: NFT_META.NFPROTO } });
    return this.#equals(Uint8Array.of(family === 4 ? NFPROTO.IPV4 : NFPROTO.IPV6));
  }

  /** `meta l4proto tcp`; without words where a port follows, since `tcp dport 80` says it too. */
  protocol(protocols: readonly FilterProtocol[], silent = false): this {
    const implied = silent && protocols.length === 1;
    if (!implied) this.add(`meta l4proto ${choice(protocols)}`);
    if (this.#protocols === protocols.join()) return this;
    this.#protocols = protocols.join();
    this.#load({ name: 'meta', data: { dreg: REG_1, key: NFT_META.L4PROTO } });
    return this.#among(
      TYPE.inet_proto,
      protocols.map((protocol) => Uint8Array.of(PROTOCOL_NUMBER[protocol])),
    );
  }

  /** `tcp dport 80`, `th sport { 53, 1024-65535 }`: what {@link protocol} has said has ports. */
  port(side: 'sport' | 'dport', header: string, ports: readonly string[]): this {
    this.add(`${header} ${side} ${choice(ports)}`);
    this.#payload(NFT_PAYLOAD.TRANSPORT_HEADER, side === 'sport' ? 0 : 2, 2);
    const intervals = ports.map(portInterval);
    if (intervals.length > 1) return this.#lookup(intervalSet(TYPE.inet_service, intervals));
    return this.#within(intervals[0]!);
  }

  /** One byte at the beginning of the transport header, as `icmp type` has it. */
  firstByte(words: string, setType: number, values: readonly number[]): this {
    this.add(words);
    this.#payload(NFT_PAYLOAD.TRANSPORT_HEADER, 0, 1);
    return this.#among(
      setType,
      values.map((value) => Uint8Array.of(value)),
    );
  }

  /** `fib daddr type local`: the packet is for an address of this node, whichever it is. */
  toThisNode(): this {
    const fib = { dreg: REG_1, result: NFT_FIB.RESULT_ADDRTYPE, flags: NFT_FIB.F_DADDR };
    this.add('fib daddr type local', { name: 'fib', data: fib });
    return this.#equals(hostNumber(RTN.LOCAL));
  }

  /** Any of the bits of a number that the kernel keeps, such as `ct state`. */
  bits(words: string, load: Expression, bits: number): this {
    this.add(words, load, masked(hostNumber(bits)));
    return this.add('', compare(NFT_CMP.NEQ, hostNumber(0)));
  }

  /** `snat ip to ADDRESS`, `dnat ip to ADDRESS:PORT`; of several targets each connection gets one, at random. */
  translate(type: 'snat' | 'dnat', targets: readonly Target[]): this {
    const { address, port } = targets[0]!;
    const six = address.includes(':');
    const nat = (portRegister: number): Expression => ({
      name: 'nat',
      data: {
        type: type === 'snat' ? NFT_NAT.SNAT : NFT_NAT.DNAT,
        family: six ? NFPROTO.IPV6 : NFPROTO.IPV4,
        reg_addr_min: REG_1,
        ...(port === undefined ? {} : { reg_proto_min: portRegister }),
        flags: NF_NAT_RANGE.MAP_IPS | (port === undefined ? 0 : NF_NAT_RANGE.PROTO_SPECIFIED),
      },
    });
    const words = `${type} ${six ? 'ip6' : 'ip'} to`;
    if (targets.length === 1) {
      this.add(`${words} ${endpoint(targets[0]!)}`, immediate(REG_1, ipBytes(address)));
      if (port !== undefined) this.add('', immediate(REG_2, portBytes(port)));
      return this.add('', nat(REG_2));
    }
    const elements = targets.map((target, i) => `${i} : ${[target.address, target.port ?? []].flat().join(' . ')}`);
    this.add(`${words} numgen random mod ${targets.length} map { ${elements.join(', ')} }`, {
      name: 'numgen',
      data: { dreg: REG_1, modulus: targets.length, type: NFT_NG.RANDOM },
    });
    this.#lookup(targetMap(targets), REG_1);
    return this.add('', nat(six ? REG_2 : REG32_01));
  }

  /** `redirect to :3128`: to this node, at another port. */
  redirect(port: number): this {
    return this.add(`redirect to :${port}`, immediate(REG_1, portBytes(port)), {
      name: 'redir',
      data: { reg_proto_min: REG_1, flags: NF_NAT_RANGE.PROTO_SPECIFIED },
    });
  }

  #load(...code: Expression[]): void {
    this.code.push(...code);
  }

  #payload(base: number, offset: number, len: number): void {
    this.#load({ name: 'payload', data: { dreg: REG_1, base, offset, len } });
  }

  #equals(value: Uint8Array): this {
    return this.add('', compare(NFT_CMP.EQ, value));
  }

  #within({ first, last }: Interval): this {
    if (Buffer.compare(first, last) === 0) return this.#equals(first);
    return this.add('', compare(NFT_CMP.GTE, first), compare(NFT_CMP.LTE, last));
  }

  #among(setType: number, values: readonly Uint8Array[]): this {
    return values.length === 1 ? this.#equals(values[0]!) : this.#lookup(valueSet(setType, values));
  }

  #lookup(set: RuleSet, dreg?: number): this {
    this.sets.push(set);
    const data = { set: ANONYMOUS_SET, sreg: REG_1, ...(dreg === undefined ? {} : { dreg }), set_id: this.sets.length };
    return this.add('', { name: 'lookup', data });
  }
}

/** `a`, or `{ a, b }`. */
export function choice(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `{ ${words.join(', ')} }`;
}

/** `10.0.0.1:80`, `[fd00::1]:80`, or the address alone. */
export function endpoint({ address, port }: Target): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An instruction that puts a value into a register. */
function immediate(dreg: number, value: Uint8Array): Expression {
  return { name: 'immediate', data: { dreg, data: { value } } };
}

function compare(op: number, value: Uint8Array): Expression {
  return { name: 'cmp', data: { sreg: REG_1, op, data: { value } } };
}

function masked(mask: Uint8Array): Expression {
  const xor = { value: new Uint8Array(mask.length) };
  return { name: 'bitwise', data: { sreg: REG_1, dreg: REG_1, len: mask.length, mask: { value: mask }, xor } };
}

function maskByte(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

/** A number as the kernel keeps it: in the byte order of this machine. */
function hostNumber(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

function withoutHostLength(network: string): string {
  return network.replace(network.includes(':') ? /\/128$/ : /\/32$/, '');
}
