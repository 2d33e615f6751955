import { closeSync, openSync } from 'node:fs';

import { HOST } from '../model/host.ts';
import { NetlinkSocket } from '../netlink/socket.ts';

interface Open {
  /** A path that leads to it, until it is opened. */
  readonly path: string;
  fd?: number;
  route?: NetlinkSocket;
  netfilter?: NetlinkSocket;
}

/**
 * The lab's network namespaces as this process holds them: a descriptor each and, once asked for, a socket each. A socket belongs
 * to the namespace in which it was opened, so nothing needs to be entered again after that.
 */
export class Namespaces implements Disposable {
  readonly #open = new Map<string, Open>();
  #home: NetlinkSocket | undefined;

  /** Takes hold of a namespace by a path that leads to it: `/proc/KEEPER/fd/7`. */
  adopt(node: string, path: string): void {
    this.release(node);
    this.#open.set(node, { path, fd: openSync(path, 'r') });
  }

  /** Will take hold of it when it is asked for: by then the path must lead to it still. */
  expect(node: string, path: string): void {
    this.release(node);
    this.#open.set(node, { path });
  }

  /** The nodes whose namespaces are held. The host's is none of the lab's. */
  names(): string[] {
    return [...this.#open.keys()].filter((name) => name !== HOST);
  }

  has(node: string): boolean {
    return this.#open.has(node);
  }

  /** The descriptor of a node's network namespace. */
  fd(node: string): number {
    const open = this.#get(node);
    return (open.fd ??= openSync(open.path, 'r'));
  }

  /** The rtnetlink socket of a node; null: of the namespace that netlab was started in. */
  route(node: string | null): NetlinkSocket {
    if (node === null) return (this.#home ??= NetlinkSocket.open('route'));
    const open = this.#get(node);
    return (open.route ??= NetlinkSocket.open('route', { netns: this.fd(node) }));
  }

  /** The netfilter socket of a node. */
  netfilter(node: string): NetlinkSocket {
    const open = this.#get(node);
    return (open.netfilter ??= NetlinkSocket.open('netfilter', { netns: this.fd(node) }));
  }

  /** Lets go of a namespace; it lives on as long as the keeper holds it. */
  release(node: string): void {
    const open = this.#open.get(node);
    if (open === undefined) return;
    this.#open.delete(node);
    open.route?.close();
    open.netfilter?.close();
    if (open.fd !== undefined) closeSync(open.fd);
  }

  [Symbol.dispose](): void {
    for (const node of this.#open.keys()) this.release(node);
    this.#home?.close();
    this.#home = undefined;
  }

  #get(node: string): Open {
    const open = this.#open.get(node);
    if (open === undefined) throw new Error(`the namespace of ${node} is not open`);
    return open;
  }
}
