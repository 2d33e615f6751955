/**
 * Hears what changes in the namespaces of a lab. One socket of rtnetlink and one of netfilter stand in a namespace made for them
 * alone, in which each namespace of the lab gets a number: an event comes with that number, and nobody else sees those numbers.
 */
import { closeSync } from 'node:fs';

import { HOST } from '../../model/host.ts';
import type { Resource } from '../../model/resource.ts';
import { AF, NFNLGRP, NUD, RTNLGRP } from '../../netlink/constants.ts';
import { type Event, EventSocket } from '../../netlink/events.ts';
import { NetlinkSocket } from '../../netlink/socket.ts';
import { delneigh, newneigh } from '../../netlink/spec/rt-neigh.ts';
import { getnsid, newnsid } from '../../netlink/spec/rt-netns.ts';
import { openFreshNetns } from '../../reconcile/fresh.ts';
import type { Namespaces } from '../../reconcile/namespaces.ts';
import { type Watch, watchReadable } from '../../sys/libc.ts';

/** Some thousands of events may wait to be heard; what does not fit is lost, and the lab looked at as a whole. */
const QUEUE = 4 * 1024 * 1024;

/** What is told. */
export interface Ears {
  /** Something has changed in a node's namespace. */
  onNode(node: string): void;
  /** Events were lost. */
  onOverrun(): void;
}

export class Hearing implements Disposable {
  readonly #ears: Ears;
  readonly #netns = openFreshNetns();
  readonly #control = NetlinkSocket.open('route', { netns: this.#netns });
  readonly #sockets: readonly EventSocket[];
  readonly #watches: readonly Watch[];
  readonly #nodes = new Map<number, string>();
  #last = 0;
  /** The addresses of the neighbours and forwarding entries that are wanted: all others come and go by themselves. */
  #neighbours: ReadonlySet<string> = new Set();

  constructor(ears: Ears) {
    this.#ears = ears;
    const options = { netns: this.#netns, queue: QUEUE };
    this.#sockets = [
      new EventSocket('route', { ...options, groups: Object.values(RTNLGRP) }),
      new EventSocket('netfilter', { ...options, groups: [NFNLGRP.NFTABLES] }),
    ];
    this.#watches = this.#sockets.map((socket) => watchReadable(socket.fd, () => this.#drain(socket)));
  }

  /** Listens to all namespaces that are held, and to nothing else. */
  listenTo(namespaces: Namespaces, wanted: readonly Resource[]): void {
    const nodes = [...namespaces.names(), ...(namespaces.has(HOST) ? [HOST] : [])];
    const before = new Map(this.#nodes);
    this.#nodes.clear();
    for (const node of nodes) {
      const nsid = this.#number(namespaces.fd(node));
      this.#nodes.set(nsid, node);
      before.delete(nsid);
    }
    this.#neighbours = new Set(
      wanted.flatMap((each) => (each.kind === 'neighbour' ? [each.to] : each.kind === 'fdb' ? [each.mac] : [])),
    );
  }

  /** Hears at once all that the kernel has told by now. */
  catchUp(): void {
    for (const socket of this.#sockets) this.#drain(socket);
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch.close();
    for (const socket of this.#sockets) socket.close();
    this.#control.close();
    closeSync(this.#netns);
  }

  /** The number of a namespace in the one that the sockets stand in; it gets one when it has none. */
  #number(fd: number): number {
    const [known] = this.#control.request(getnsid, { attrs: { fd } });
    const nsid = known?.attrs.nsid ?? -1;
    if (nsid >= 0) return nsid;
    this.#last += 1;
    this.#control.request(newnsid, { attrs: { nsid: this.#last, fd } });
    return this.#last;
  }

  #drain(socket: EventSocket): void {
    const whole = socket.drain((event) => {
      const node = event.nsid === undefined ? undefined : this.#nodes.get(event.nsid);
      if (node !== undefined && this.#matters(event)) this.#ears.onNode(node);
    });
    if (!whole) this.#ears.onOverrun();
  }

  /** What ARP, ND and bridges learn and forget is nobody's damage. */
  #matters({ type, reader, start, end }: Event): boolean {
    if (type !== newneigh.type && type !== delneigh.type) return true;
    const { header, attrs } = newneigh.read(reader, start, end);
    const fixed = header.family === AF.BRIDGE ? NUD.PERMANENT | NUD.NOARP : NUD.PERMANENT;
    if ((header.state & fixed) !== 0) return true;
    const about = header.family === AF.BRIDGE ? attrs.lladdr : attrs.dst;
    return about !== undefined && this.#neighbours.has(about);
  }
}
