/** One interface of a node that is being drawn: its name, its segment, and what the file says of it. */
import type { InterfaceDocument } from '../../../src/topology/document.ts';
import type { End, NodeSketch } from './sketch.ts';

export interface Interface {
  readonly name: string;
  readonly segment: number;
  readonly host: number;
  /** The file's words. */
  readonly document: InterfaceDocument;
  /** A port of a bridge of its node. */
  readonly port: boolean;
}

/** The item of a pool that a number means. */
export function byChance<T>(pool: readonly T[], n: number): T {
  return pool[n % pool.length]!;
}

/** The node under its name, or under its other one. */
export function nodeName({ slot, renamed }: Pick<NodeSketch, 'slot' | 'renamed'>): string {
  return `${renamed ? 'm' : 'n'}${slot}`;
}

/** MTUs of interfaces. None is too small for IPv6. */
const MTUS = [1280, 1300, 1350, 1400];

/** An interface; `more` is what its type says. `host` tells those of one segment apart. */
export function interfaceOf(
  name: string,
  segment: number,
  host: number,
  { addresses, mac, mtu, up }: End,
  more: InterfaceDocument = {},
): Interface {
  const document: InterfaceDocument = {
    ...more,
    ...(addresses.length === 0 ? {} : { addresses: addresses.map((i) => addressOf(i, segment, host)) }),
    ...(mac === null ? {} : { mac: `02:00:00:0${mac}:${hex(segment)}:${hex(host)}` }),
    ...(mtu === null ? {} : { mtu: byChance(MTUS, mtu) }),
    ...(up ? {} : { up }),
  };
  return { name, segment, host, document, port: false };
}

/** The addresses that a segment has for each of its interfaces: first and second in a network, of both families, of every scope. */
function addressOf(i: number, s: number, h: number): string {
  const pool = [
    `10.${s}.0.${h}/24`,
    `10.${s}.0.${h + 32}/24`,
    `fd00:${hex(s)}::${hex(h)}/64`,
    `10.${s}.1.${(h % 8) + 1}/28`,
    `fd00:${hex(s)}::${hex(h + 32)}/64`,
    `172.16.${s}.${h}/32`,
    `fe80::${hex(s)}:${hex(h)}/64`,
    `169.254.${s}.${h}/24`,
    `10.${s}.0.${h + 64}/16`,
  ];
  return byChance(pool, i);
}

function hex(n: number): string {
  return n.toString(16).padStart(2, '0');
}

/** A gateway that an interface reaches. */
export interface Way {
  readonly via: string;
  readonly dev: string;
}

/** The gateways that a node reaches by its interfaces that are up; ports of bridges lead nowhere by themselves. */
export function waysOf(interfaces: readonly Interface[], six: boolean): Way[] {
  return interfaces.flatMap(({ name, segment: s, document, port }): Way[] => {
    if (document.up === false || port) return [];
    const network = six ? `fd00:${hex(s)}::` : `10.${s}.0.`;
    const reached = document.addresses?.some((each) => each.startsWith(network) && !each.endsWith('/16')) === true;
    return reached ? [{ via: `${network}${six ? 'fe' : '254'}`, dev: name }] : [];
  });
}
