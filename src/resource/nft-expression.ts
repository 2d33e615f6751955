/**
 * nftables rules as the kernel runs them: a list of small instructions that load a field into a register, compare it, act.
 * Each function is one clause of the `nft` language; `nft --debug=netlink` prints the same instructions.
 */
import { parseIp } from '../model/ip.ts';
import type { Protocol } from '../model/resource.ts';
import { NFPROTO, NFT_CMP, NFT_FIB, NFT_META, NFT_NAT, NFT_PAYLOAD, RTN } from '../netlink/constants.ts';
import type { Expression } from '../netlink/spec/nftables.ts';
import { splitPrefix } from './wire.ts';

const REG_1 = 1;
const REG_2 = 2;
const IFNAMSIZ = 16;
const PROTOCOL_NUMBER: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17 };

function equals(value: Uint8Array): Expression {
  return { name: 'cmp', data: { sreg: REG_1, op: NFT_CMP.EQ, data: { value } } };
}

/** `iifname "eth0"`: the interface that the packet came in by. */
export function iifname(name: string): Expression[] {
  return [{ name: 'meta', data: { dreg: REG_1, key: NFT_META.IIFNAME } }, equals(interfaceName(name))];
}

/** `oifname "eth0"`: the interface that the packet goes out by. */
export function oifname(name: string): Expression[] {
  return [{ name: 'meta', data: { dreg: REG_1, key: NFT_META.OIFNAME } }, equals(interfaceName(name))];
}

function interfaceName(name: string): Uint8Array {
  const bytes = new Uint8Array(IFNAMSIZ);
  bytes.set(new TextEncoder().encode(name));
  return bytes;
}

/** `ip saddr 10.0.0.0/8`, `ip6 saddr …`. */
export function saddr(prefix: string): Expression[] {
  return addressMatch(prefix, { 4: 12, 6: 8 });
}

/** `ip daddr 192.0.2.1`, `ip6 daddr …`. */
export function daddr(prefix: string): Expression[] {
  return addressMatch(prefix, { 4: 16, 6: 24 });
}

function addressMatch(prefix: string, offsets: { 4: number; 6: number }): Expression[] {
  const [address, length] = prefix.includes('/') ? splitPrefix(prefix) : [prefix, prefix.includes(':') ? 128 : 32];
  const bytes = ipBytes(address);
  const [family, offset] = bytes.length === 4 ? [NFPROTO.IPV4, offsets[4]] : [NFPROTO.IPV6, offsets[6]];
  const rules: Expression[] = [
    { name: 'meta', data: { dreg: REG_1, key: NFT_META.NFPROTO } },
    equals(Uint8Array.of(family)),
  ];
  if (length === 0) return rules;
  // A prefix of whole bytes is compared by loading fewer of them, as nft does; any other by masking.
  const whole = length % 8 === 0;
  const size = whole ? length / 8 : bytes.length;
  rules.push({
    name: 'payload',
    data: { dreg: REG_1, base: NFT_PAYLOAD.NETWORK_HEADER, offset, len: size },
  });
  if (!whole) {
    const mask = Uint8Array.from(bytes, (_, i) => maskByte(length - 8 * i));
    rules.push({
      name: 'bitwise',
      data: { sreg: REG_1, dreg: REG_1, len: size, mask: { value: mask }, xor: { value: new Uint8Array(size) } },
    });
    return [...rules, equals(bytes.map((byte, i) => byte & mask[i]!))];
  }
  return [...rules, equals(bytes.subarray(0, size))];
}

function maskByte(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

/** `tcp dport 80`. Without a port: `meta l4proto tcp`. */
export function dport(proto: Protocol, port?: number): Expression[] {
  const protocol: Expression[] = [
    { name: 'meta', data: { dreg: REG_1, key: NFT_META.L4PROTO } },
    equals(Uint8Array.of(PROTOCOL_NUMBER[proto])),
  ];
  if (port === undefined) return protocol;
  return [
    ...protocol,
    { name: 'payload', data: { dreg: REG_1, base: NFT_PAYLOAD.TRANSPORT_HEADER, offset: 2, len: 2 } },
    equals(portBytes(port)),
  ];
}

/** `fib daddr type local`: the packet is for an address of this node, whichever it is. */
export function toThisNode(): Expression[] {
  const type = new Uint8Array(new Uint32Array([RTN.LOCAL]).buffer);
  return [
    { name: 'fib', data: { dreg: REG_1, result: NFT_FIB.RESULT_ADDRTYPE, flags: NFT_FIB.F_DADDR } },
    equals(type),
  ];
}

/** `masquerade`: the source becomes the address of the interface that the packet leaves by. */
export function masquerade(): Expression[] {
  return [{ name: 'masq', data: {} }];
}

/** `snat ip to ADDRESS` or `dnat ip to ADDRESS:PORT`. */
export function translate(type: 'snat' | 'dnat', to: string, port?: number): Expression[] {
  const bytes = ipBytes(to);
  const family = bytes.length === 4 ? NFPROTO.IPV4 : NFPROTO.IPV6;
  const nat = {
    type: type === 'snat' ? NFT_NAT.SNAT : NFT_NAT.DNAT,
    family,
    reg_addr_min: REG_1,
    ...(port === undefined ? {} : { reg_proto_min: REG_2 }),
  };
  return [
    { name: 'immediate', data: { dreg: REG_1, data: { value: bytes } } },
    ...(port === undefined
      ? []
      : [{ name: 'immediate' as const, data: { dreg: REG_2, data: { value: portBytes(port) } } }]),
    { name: 'nat', data: nat },
  ];
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff);
}

function ipBytes(address: string): Uint8Array {
  const bytes = parseIp(address);
  if (bytes === undefined) throw new TypeError(`${address} is not an IP address`);
  return bytes;
}
