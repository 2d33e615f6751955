/** The LANs of a lab: who is connected with whom below IP, and what on the cable between two interfaces does not let a frame through. */
import { groupBy } from '../model/group-by.ts';
import { BR_STATE } from '../netlink/constants.ts';
import type { Held, Port, View } from './view.ts';

/** An interface that has an address. */
export interface Owner {
  readonly port: Port;
  readonly held: Held;
}

/** Something on a wire that is in the way. */
export interface Blockage {
  readonly word: 'link-down' | 'bridge-port-down' | 'port-isolated' | 'stp-blocking';
  readonly port: Port;
}

/** The interfaces of all namespaces, for those that belong together and stand apart. */
interface Everywhere {
  readonly byIndex: ReadonlyMap<number, readonly Port[]>;
  /** Devices over another one, by that one's number. */
  readonly stacked: ReadonlyMap<number | undefined, readonly Port[]>;
  readonly byKind: ReadonlyMap<string, readonly Port[]>;
}

const STACKED: ReadonlySet<string> = new Set(['vlan', 'macvlan', 'ipvlan']);
const DUMB: ReadonlySet<string> = new Set(['veth', 'bridge', 'dummy', 'vlan', 'macvlan', 'ipvlan', 'bond', '']);

export class Lans {
  readonly #views: ReadonlyMap<string, View>;
  #known: Everywhere | undefined;

  constructor(views: ReadonlyMap<string, View>) {
    this.#views = views;
  }

  /** Every interface of the lab that has an address, but for loopbacks' own. */
  ownersOf(address: string): Owner[] {
    return [...this.#views.values()].flatMap((view) =>
      view.held.flatMap((held): Owner[] => {
        const port = view.port(held.index);
        return held.address === address && port !== undefined ? [{ port, held }] : [];
      }),
    );
  }

  /** The interfaces that frames from this one can come to, whatever the state of what is between: its LAN. */
  segment(from: Port): Port[] {
    return [...this.#search(from, () => true).keys()].filter(
      (port) => port.master === undefined || port.kind === 'bridge',
    );
  }

  /** The tunnels that belong to an interface's LAN. */
  tunnels(from: Port): Port[] {
    return [...this.#search(from, () => true).keys()].filter(({ kind }) => kind === 'vxlan');
  }

  /** Whether two interfaces stand on one LAN. */
  joined(a: Port, b: Port): boolean {
    return this.#search(a, () => true).has(this.#own(b));
  }

  /** All nodes that a packet from this one can come to, by whatever way. */
  reach(node: string): Set<string> {
    const found = new Set([node]);
    // Who sees a port is seen by it: no LAN is looked at twice.
    const looked = new Set<Port>();
    for (const each of found)
      for (const port of this.#views.get(each)?.ports ?? []) {
        if (looked.has(port)) continue;
        for (const other of this.#search(port, () => true).keys()) {
          looked.add(other);
          found.add(other.node);
        }
      }
    return found;
  }

  /** The ports between two interfaces, both of them included, by a way that is open; else by the shortest. Empty: there is none. */
  wire(from: Port, to: Port): readonly Port[] {
    for (const usable of [(port: Port) => this.#trouble(port) === undefined, () => true]) {
      const way = this.#search(from, usable);
      const ports: Port[] = [];
      for (
        let at: Port | undefined = way.has(this.#own(to)) ? this.#own(to) : undefined;
        at !== undefined;
        at = way.get(at)
      )
        ports.unshift(at);
      if (ports.length > 0) return ports;
    }
    return [];
  }

  /** The first thing on the way between two interfaces that lets nothing through. */
  blockage(from: Port, to: Port): Blockage | undefined {
    const wire = this.wire(from, to);
    for (const [i, port] of wire.entries()) {
      const word = this.#trouble(port);
      const master = this.#views.get(port.node)?.port(port.master);
      if (word !== undefined) return { word, port: port.up && master?.up === false ? master : port };
      const next = wire[i + 1];
      if (port.isolated && next?.isolated === true && next.node === port.node && next.master === port.master)
        return { word: 'port-isolated', port };
    }
    return undefined;
  }

  /** The other end of a veth; undefined when it is in no namespace of the lab. */
  farEnd(port: Port): Port | undefined {
    if (port.kind !== 'veth' || port.link === undefined) return undefined;
    const ends = this.#everywhere().byIndex.get(port.link) ?? [];
    // What other namespaces have may have the number as well, but is not the end of this cable.
    return ends.find((each) => each.kind === 'veth' && each.link === port.index && each !== port);
  }

  #everywhere(): Everywhere {
    if (this.#known !== undefined) return this.#known;
    const all = [...this.#views.values()].flatMap((view) => view.ports);
    return (this.#known = {
      byIndex: groupBy(all, ({ index }) => index),
      stacked: groupBy(
        all.filter(({ kind }) => STACKED.has(kind)),
        ({ link }) => link,
      ),
      byKind: groupBy(all, ({ kind }) => kind),
    });
  }

  #own(port: Port): Port {
    return this.#views.get(port.node)?.port(port.index) ?? port;
  }

  #trouble(port: Port): Exclude<Blockage['word'], 'port-isolated'> | undefined {
    const master = this.#views.get(port.node)?.port(port.master);
    const isPort = master?.kind === 'bridge' || port.kind === 'bridge';
    if (!port.up || master?.up === false) return isPort ? 'bridge-port-down' : 'link-down';
    if (master?.kind !== 'bridge') return undefined;
    if (port.state === BR_STATE.FORWARDING || port.state === undefined) return undefined;
    // Without a carrier the bridge disables a port by itself: what is down is the other end.
    if (port.state === BR_STATE.DISABLED) return port.carrier ? 'bridge-port-down' : undefined;
    return 'stp-blocking';
  }

  /** Breadth first: each port that can be come to, and from which. */
  #search(from: Port, usable: (port: Port) => boolean): Map<Port, Port | undefined> {
    const start = this.#own(from);
    const found = new Map<Port, Port | undefined>([[start, undefined]]);
    if (!usable(start)) return found;
    for (const [port] of found)
      for (const next of this.#adjacent(port)) if (!found.has(next) && usable(next)) found.set(next, port);
    return found;
  }

  #adjacent(port: Port): Port[] {
    const view = this.#views.get(port.node);
    if (view === undefined) return [];
    const near: (Port | undefined)[] = [this.farEnd(port)];
    const master = view.port(port.master);
    if (master?.kind === 'bridge') {
      near.push(master, ...view.ports.filter((each) => each.master === port.master && each !== port));
    } else if (master !== undefined && master.kind !== 'vrf') near.push(master);
    if (port.kind === 'bridge' || port.kind === 'bond')
      near.push(...view.ports.filter((each) => each.master === port.index));
    near.push(...this.#stacked(port), ...this.#tunnelled(port));
    return near.filter((each) => each !== undefined);
  }

  /** Devices over another: vlan, macvlan, ipvlan, wherever they have been moved. Those of a vlan only meet their like. */
  #stacked(port: Port): Port[] {
    const { byIndex, stacked } = this.#everywhere();
    const over = (index: number | undefined): readonly Port[] => stacked.get(index) ?? [];
    if (port.kind === 'macvlan' || port.kind === 'ipvlan') {
      const beside = over(port.link).filter((each) => each.kind === port.kind && each !== port);
      return [...((port.link === undefined ? undefined : byIndex.get(port.link)) ?? []), ...beside];
    }
    if (port.kind === 'vlan') {
      const lower = this.#views.get(port.node)?.port(port.link);
      if (lower === undefined) return [];
      const id = port.data['id'];
      return [...this.#search(lower, (each) => each.kind !== 'vlan').keys()].flatMap((under) =>
        over(under.index).filter((each) => each.kind === 'vlan' && each.data['id'] === id && each !== port),
      );
    }
    return over(port.index).filter((each) => each.kind !== 'vlan');
  }

  /** Tunnels of one kind and number: each sees the others, as far as they know of each other. */
  #tunnelled(port: Port): Port[] {
    if (DUMB.has(port.kind) || port.kind === 'vrf') return [];
    const id = port.data['id'];
    const alike = this.#everywhere().byKind.get(port.kind) ?? [];
    return alike.filter((each) => each !== port && each.node !== port.node && each.data['id'] === id);
  }
}
