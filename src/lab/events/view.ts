/** A lab's network as it was last told: what is looked at again is compared with it, and only what differs is told. */
import type { AddressEvent, LinkEvent, NodeEvent, RouteEvent } from '../../model/event.ts';
import { HOST } from '../../model/host.ts';
import type { Route } from '../../model/resource.ts';
import type { Device } from '../../reconcile/read/link.ts';
import { routeWords } from '../../resource/route.ts';
import { readRecord } from '../../state/record.ts';
import { observeMembers } from '../observe.ts';
import type { Session } from '../session.ts';
import { interfaceStatus } from '../status.ts';

/** What the view tells, without the time. */
export type Told = NodeEvent | LinkEvent | AddressEvent | RouteEvent;

/** A fact, before it is said what became of it. */
type Fact = Told extends infer T ? (T extends Told ? Omit<T, 'action'> : never) : never;

export class View {
  #devices: ReadonlyMap<string, Device> = new Map();
  /** Of each node, its facts by what they are about. */
  readonly #nodes = new Map<string, ReadonlyMap<string, Fact>>();

  /** The nodes that were told of. */
  get nodes(): string[] {
    return [...this.#nodes.keys()];
  }

  /** Looks at nodes, all of which the session holds: what is other than before. Those that are gone are told by {@link forget}. */
  look(session: Session, nodes: readonly string[], isFirst: boolean): Told[] {
    const isIn = new Set(nodes);
    const known = new Map([...this.#devices].filter(([, { link }]) => !isIn.has(link.node)));
    const seen = observeMembers(session, readRecord(session.lab, session.keeper.pid), [], { nodes, known });
    this.#devices = new Map([...known, ...seen.devices]);
    const told: Told[] = [];
    for (const node of nodes) {
      const facts = new Map<string, Fact>();
      const add = (fact: Fact, ...about: readonly string[]): void =>
        void facts.set([fact.event, ...about].join(' '), fact);
      add({ event: 'node', node });
      for (const each of seen.resources) {
        if (each.node !== node) continue;
        if (each.kind === 'address')
          add({ event: 'address', node, link: each.link, address: each.prefix }, each.link, each.prefix);
        if (each.kind === 'route') add(routeFact(each), JSON.stringify([each.to, each.table, each.metric, each.type]));
        if (each.kind !== 'link') continue;
        for (const { name: link, addresses: _, ...rest } of interfaceStatus(each, seen, new Map()))
          add({ event: 'link', node, link, ...rest }, link);
      }
      told.push(...differences(this.#nodes.get(node), facts, isFirst));
      this.#nodes.set(node, facts);
    }
    return told;
  }

  /** A node is gone, with all that stood in it. */
  forget(node: string): Told[] {
    const before = this.#nodes.get(node);
    if (before === undefined) return [];
    this.#nodes.delete(node);
    this.#devices = new Map([...this.#devices].filter(([, { link }]) => link.node !== node));
    return differences(before, new Map(), false).toReversed();
  }
}

function differences(
  before: ReadonlyMap<string, Fact> = new Map(),
  after: ReadonlyMap<string, Fact>,
  isFirst: boolean,
): Told[] {
  const as = (fact: Fact, action: Told['action']): Told => {
    const { event, ...rest } = fact;
    return { event, action, ...rest } as Told;
  };
  const gone = [...before].flatMap(([key, fact]) => (after.has(key) ? [] : [as(fact, 'removed')]));
  const come = [...after].flatMap(([key, fact]) => {
    const was = before.get(key);
    if (was === undefined) return [as(fact, isFirst ? 'present' : 'added')];
    return JSON.stringify(was) === JSON.stringify(fact) ? [] : [as(fact, 'changed')];
  });
  return [...gone, ...come];
}

function routeFact(route: Route): Fact {
  const { kind: _, at: __, ...rest } = route;
  return { event: 'route', ...rest, route: routeWords(route).replace(/^route /, '') };
}

/** Everything that can be looked at: the nodes of the session, and the host's part. */
export function membersOf(session: Session): string[] {
  return [...session.namespaces.names(), ...(session.foreign.has(HOST) ? [HOST] : [])];
}
