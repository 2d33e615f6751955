/** The running lab that checks are tried on. */
import { closeSync, openSync } from 'node:fs';

import { LabError } from '../errors.ts';
import { HOST } from '../model/host.ts';
import { isLinkLocal, isLoopback } from '../model/address.ts';
import type { Target } from '../model/check.ts';
import { parseIp } from '../model/ip.ts';
import type { Resource } from '../model/resource.ts';
import { LabNode } from '../lab/node.ts';
import { Session } from '../lab/session.ts';
import { noNode } from '../lab/unknown.ts';
import { Hearing } from '../lab/watch/hearing.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { readAddresses } from '../reconcile/read/address.ts';
import { type Names, readLinks } from '../reconcile/read/link.ts';
import { splitTarget } from '../topology/claims.ts';

/** Who wants to be told of which changes. */
interface Ear {
  readonly nodes: ReadonlySet<string>;
  readonly about: readonly Resource[];
}

/** A lab that runs, held by its namespaces. */
export class Subject implements Disposable {
  readonly lab: string;
  readonly #session: Session;
  readonly #heard = new Map<() => void, Ear>();
  #host: { readonly fd: number; readonly route: NetlinkSocket } | undefined;
  #hearing: Hearing | undefined;

  private constructor(lab: string, session: Session) {
    this.lab = lab;
    this.#session = session;
  }

  /** @throws LabError when it does not run. */
  static open(lab: string): Subject {
    const session = Session.open(lab);
    if (session === undefined) throw new LabError(`the lab ${lab} does not run: there is nothing to check`);
    return new Subject(lab, session);
  }

  /** The nodes and bridges that it has. */
  get nodes(): readonly string[] {
    return this.#session.namespaces.names();
  }

  /** A descriptor of a node's network namespace, or of the host's; it stays ours. Throws LabError. */
  netns(node: string): number {
    return node === HOST ? this.#home().fd : this.#session.namespaces.fd(this.#known(node));
  }

  /** An rtnetlink socket in it. Throws LabError. */
  route(node: string): NetlinkSocket {
    return node === HOST ? this.#home().route : this.#session.namespaces.route(this.#known(node));
  }

  /** A netfilter socket in it. Throws LabError. */
  netfilter(node: string): NetlinkSocket {
    return this.#session.namespaces.netfilter(this.#known(node));
  }

  /** A node, to run commands in. Throws LabError. */
  node(name: string): LabNode {
    return new LabNode(this.lab, name);
  }

  /** The names of its interfaces by index. Throws LabError. */
  names(node: string): Names {
    return new Map(readLinks(node, this.route(node)).map(({ index, link }) => [index, link.name]));
  }

  /** The addresses that an interface of a node, or all of them, have now, without prefix lengths. Throws LabError. */
  addresses(node: string, link?: string): string[] {
    return readAddresses(node, this.route(node), this.names(node))
      .filter(({ resource }) => link === undefined || resource.link === link)
      .map(({ resource }) => resource.prefix.replace(/\/.*/, ''));
  }

  /** Whose address it is: every node that has it now. */
  ownersOf(address: string): string[] {
    return this.nodes.filter((node) => this.addresses(node).includes(address));
  }

  /** The address of whom a check asks; undefined when neither the file nor the lab gives one. */
  addressOf({ word, address }: Target): string | undefined {
    if (address !== undefined) return address;
    const { name, link } = splitTarget(word);
    if (!this.nodes.includes(name)) return undefined;
    return this.addresses(name, link).find((each) => {
      const bytes = parseIp(each);
      return bytes !== undefined && !isLoopback(bytes) && !isLinkLocal(bytes);
    });
  }

  /** The nodes that a check asks, as far as they are of this lab. */
  nodesOf(to: Target): readonly string[] {
    const { name } = splitTarget(to.word);
    if (this.nodes.includes(name)) return [name];
    const address = this.addressOf(to);
    return address === undefined ? [] : this.ownersOf(address);
  }

  /**
   * Calls `wake` whenever the kernel tells of a change in one of these nodes, until what is returned is called. `about`: neighbours and
   * forwarding entries of which to tell, which otherwise come and go unheard.
   */
  listen(nodes: readonly string[], wake: () => void, about: readonly Resource[] = []): () => void {
    this.#heard.set(wake, { nodes: new Set(nodes), about });
    this.#hearing ??= new Hearing({
      onNode: (node) => this.#heard.forEach((each, call) => each.nodes.has(node) && call()),
      onOverrun: () => this.#heard.forEach((_, call) => call()),
    });
    this.#hearing.listenTo(
      this.#session.namespaces,
      [...this.#heard.values()].flatMap((each) => each.about),
    );
    return () => this.#heard.delete(wake);
  }

  [Symbol.dispose](): void {
    this.#hearing?.[Symbol.dispose]();
    this.#host?.route.close();
    if (this.#host !== undefined) closeSync(this.#host.fd);
    this.#session[Symbol.dispose]();
  }

  #home(): { readonly fd: number; readonly route: NetlinkSocket } {
    return (this.#host ??= {
      fd: openSync('/proc/thread-self/ns/net', 'r'),
      route: NetlinkSocket.open('route'),
    });
  }

  #known(node: string): string {
    if (this.#session.namespaces.has(node)) return node;
    throw noNode(this.lab, node, this.nodes);
  }
}
