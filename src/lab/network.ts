/** A running lab as probes see it: the network namespaces of its nodes, and what the names of its nodes mean. */
import { LabError } from '../errors.ts';
import { isLinkLocal, isLoopback } from '../model/address.ts';
import { HOST } from '../model/host.ts';
import { parseIp } from '../model/ip.ts';
import { getaddr } from '../netlink/spec/rt-addr.ts';
import { getlink } from '../netlink/spec/rt-link.ts';
import { readRecord } from '../state/record.ts';
import { splitTarget } from '../topology/claims.ts';
import { Parts } from './parts.ts';
import { requireNamespaces } from './privilege.ts';
import { namesOf } from './node-network/names.ts';
import { Session } from './session.ts';
import { noInterface, noNode } from './unknown.ts';

/** What an address must be like. */
export interface AddressOptions {
  /** The node that is going to use it: of several addresses one is taken of a family that this node has. */
  readonly from?: string | undefined;
  /** Only of this family. */
  readonly family?: 4 | 6 | undefined;
}

/** An address of an interface, as the kernel has it. */
interface Held {
  readonly link: string;
  readonly address: string;
}

/** An interface as the kernel has it. The numbers are indexes, of which no two interfaces of a lab have the same. */
export interface LabInterface {
  readonly index: number;
  /** The other end of a cable; else what it stands on, as a VLAN does on its link. */
  readonly link: number | undefined;
  /** The bridge, bond or VRF that it is a port of. */
  readonly master: number | undefined;
  readonly isVeth: boolean;
  /** What its packets begin with, by its number of linux/if_arp.h. */
  readonly hardware: number;
}

/** Dispose of it, or its descriptors stay open. */
export class LabNetwork implements Disposable {
  readonly lab: string;
  readonly #session: Session;
  readonly #parts: Parts;
  readonly #roles: ReadonlyMap<string, 'node' | 'bridge'>;
  readonly #held = new Map<string, readonly Held[]>();
  #hosts: ReadonlyMap<string, readonly string[]> | undefined;

  private constructor(session: Session, parts: Parts, roles: ReadonlyMap<string, 'node' | 'bridge'>) {
    this.lab = session.lab;
    this.#session = session;
    this.#parts = parts;
    this.#roles = roles;
  }

  /** Throws LabError when the lab does not run, or is not this process's to look into. */
  static open(lab: string): LabNetwork {
    requireNamespaces('to send packets in a running lab');
    const session = Session.open(lab);
    if (session === undefined) throw new LabError(`the lab ${lab} does not run`);
    try {
      const keeper = session.keeper.pid;
      const parts = Parts.open(lab, { keeper });
      session.foreign.attach(parts);
      const nodes = readRecord(lab, keeper)?.nodes ?? {};
      const names = Object.keys(nodes).length > 0 ? Object.keys(nodes) : session.namespaces.names();
      return new LabNetwork(session, parts, new Map(names.map((name) => [name, nodes[name]?.role ?? 'node'])));
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
    this.#parts[Symbol.dispose]();
  }

  /** Its nodes, in the order of the file; without bridges, and without the host. */
  nodes(): string[] {
    return [...this.#roles].flatMap(([name, role]) => (role === 'node' ? [name] : []));
  }

  /** All namespaces that are its own, those of bridges too; neither the host's nor any that a node has joined. */
  own(): string[] {
    return this.#session.namespaces.names().filter((name) => !this.#session.foreign.has(name));
  }

  /** Its nodes, bridges and the host: all that have interfaces of the lab. */
  members(): string[] {
    const { namespaces } = this.#session;
    return [...this.#roles.keys(), HOST].filter((name) => namespaces.has(name));
  }

  /** The interfaces of a node by their names; of a namespace that is somebody else's only the lab's, unless `all`. Throws LabError with the nearest name. */
  interfaces(node: string, all = false): ReadonlyMap<string, LabInterface> {
    this.#require(node);
    const meant = !all && this.#session.foreign.has(node) ? this.#foreignLinks(node) : undefined;
    const links = this.route(node).dump(getlink, {});
    const named = links.map(({ header: { index, type: hardware }, attrs: { ifname = '', link, master, linkinfo } }) => {
      const isVeth = linkinfo?.kind === 'veth';
      return [ifname, { index, link, master, isVeth, hardware }] as const;
    });
    return new Map(named.filter(([name]) => meant?.has(name) !== false));
  }

  /** All addresses that a node's interfaces have; undefined when there is no such node. */
  addressesOf(node: string): string[] | undefined {
    return this.#session.namespaces.has(node) ? this.#addresses(node).map(({ address }) => address) : undefined;
  }

  /** Whether a node has an address that others could send to. Throws LabError with the nearest name. */
  hasAddress(node: string, family?: 4 | 6): boolean {
    this.#require(node);
    return this.#addresses(node).some(
      ({ address }) => !isLocal(address) && (family === undefined || familyOf(address) === family),
    );
  }

  /** A descriptor of a node's network namespace, for as long as this is not disposed of. Throws LabError with the nearest name. */
  netns(node: string): number {
    this.#require(node);
    return this.#session.namespaces.fd(node);
  }

  /** The rtnetlink socket of a node. Throws LabError with the nearest name. */
  route(node: string): ReturnType<Session['namespaces']['route']> {
    this.#require(node);
    return this.#session.namespaces.route(node);
  }

  /**
   * The address that a word means: itself, when it is one; of `node` what a resolver in the lab would say, the first line of /etc/hosts,
   * but one of a family that `from` has too; of `node:interface` the first of that interface, with a zone where it has only a link-local one.
   * @throws LabError when there is no such node, interface or address.
   */
  addressOf(word: string, { from, family }: AddressOptions = {}): string {
    const bare = word.replace(/^\[(.*)\]$/, '$1');
    const ip = parseIp(bare.replace(/%.*$/, ''));
    if (ip !== undefined) {
      if (family !== undefined && (ip.length === 4) !== (family === 4))
        throw new LabError(`${word} is no IPv${family} address`);
      return bare;
    }
    const { name: node, link } = splitTarget(word);
    if (/^[\d.]+(?:\/|$)|:.*:/.test(bare) && !this.#session.namespaces.has(node))
      throw new LabError(`found ${word}, which is no address, and no node of the lab ${this.lab}`);
    const all = link === undefined ? this.#namedAddresses(node) : this.#linkAddresses(node, link);
    const fit = family === undefined ? all : all.filter((address) => familyOf(address) === family);
    const usable = fit.filter((address) => !isLocal(address));
    const chosen = this.#ofCommonFamily(usable, from);
    if (chosen !== undefined) return chosen;
    const linkLocal = fit.find((address) => familyOf(address) === 6);
    if (linkLocal !== undefined && link !== undefined) return `${linkLocal}%${this.#zone({ node, link }, from)}`;
    throw new LabError(`${word} has no ${family === undefined ? '' : `IPv${family} `}address in the lab ${this.lab}`);
  }

  #require(node: string): void {
    if (this.#session.namespaces.has(node)) return;
    if (node === HOST) throw new LabError(`the lab ${this.lab} has no part on the host`);
    throw noNode(this.lab, node, [...this.#roles.keys()]);
  }

  /** In the order of /etc/hosts, which has hostnames, too; of a node that it does not name, as the kernel has them. */
  #namedAddresses(node: string): string[] {
    this.#hosts ??= namesOf(this.lab);
    const named = this.#hosts.get(node.toLowerCase());
    if (named !== undefined) return [...named];
    this.#require(node);
    const held = this.#addresses(node);
    return [...held.filter(({ link }) => link !== 'lo'), ...held.filter(({ link }) => link === 'lo')].map(
      ({ address }) => address,
    );
  }

  #linkAddresses(node: string, link: string): string[] {
    this.#require(node);
    const own = this.#addresses(node).filter((held) => held.link === link);
    if (own.length > 0) return own.map(({ address }) => address);
    const links = this.#session.namespaces
      .route(node)
      .dump(getlink, {})
      .map(({ attrs }) => attrs.ifname ?? '');
    if (links.includes(link)) return [];
    throw noInterface(this.lab, node, link, links);
  }

  /** Of addresses of both families the first of one that the other side has; else the first. */
  #ofCommonFamily(addresses: readonly string[], from: string | undefined): string | undefined {
    if (from === undefined || !this.#session.namespaces.has(from)) return addresses[0];
    const families = new Set(
      this.#addresses(from).flatMap(({ address }) => (isLocal(address) ? [] : [familyOf(address)])),
    );
    return addresses.find((address) => families.has(familyOf(address))) ?? addresses[0];
  }

  /** Through which interface of the sender's a link-local address is meant: the other end of the cable, or the only one that has such. */
  #zone({ node, link }: { readonly node: string; readonly link: string }, from: string | undefined): string {
    if (from !== undefined) {
      const far = this.route(node)
        .dump(getlink, {})
        .find(({ attrs }) => attrs.ifname === link)?.attrs.link;
      // No two interfaces of a lab have the same index.
      const end = this.route(from)
        .dump(getlink, {})
        .find(({ header }) => header.index === far)?.attrs.ifname;
      if (end !== undefined) return end;
      const having = this.#addresses(from).filter((held) => held.link !== 'lo' && isLocal(held.address));
      const [only, ...more] = new Set(having.map((held) => held.link));
      if (only !== undefined && more.length === 0) return only;
    }
    const whose = from ?? 'the sender';
    throw new LabError(
      `${node}:${link} has only a link-local address: say ADDRESS%INTERFACE, with the interface of ${whose} toward it`,
    );
  }

  /** All of a namespace, those of lo too, but not 127.0.0.0/8 and ::1. Of the host's only those of the lab's interfaces. */
  #addresses(node: string): readonly Held[] {
    const known = this.#held.get(node);
    if (known !== undefined) return known;
    const socket = this.#session.namespaces.route(node);
    const names = new Map(socket.dump(getlink, {}).map(({ header, attrs }) => [header.index, attrs.ifname ?? '']));
    const meant = node === HOST ? this.#foreignLinks(HOST) : undefined;
    const held = socket.dump(getaddr, {}).flatMap(({ header, attrs }): Held[] => {
      const address = attrs.local ?? attrs.address;
      const link = names.get(header.index);
      if (meant?.has(link ?? '') === false) return [];
      return address === undefined || link === undefined || isLoopback(parseIp(address)!) ? [] : [{ link, address }];
    });
    this.#held.set(node, held);
    return held;
  }

  /** The interfaces that the lab has made in a namespace that is not its own, and those of it that the file speaks of. */
  #foreignLinks(node: string): ReadonlySet<string> {
    const { made, others } = this.#session.foreign.scope(node);
    const key = `link ${node}:`;
    return new Set([...[...made].flatMap((each) => (each.startsWith(key) ? [each.slice(key.length)] : [])), ...others]);
  }
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function isLocal(address: string): boolean {
  return isLinkLocal(parseIp(address)!);
}
