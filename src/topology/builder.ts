/** A topology that is put together by a program: the same plain object in the end, and the compiler knows its nodes. */
import type { TopologyBridge, TopologyCheck, TopologyDocument, TopologyNode } from './language.ts';

/** An end of a link: one of the nodes, or the host, and an interface. */
export type End<Node extends string> = `${Node | 'host'}:${string}`;

type LinkOptions = Omit<Extract<NonNullable<TopologyDocument['links']>[number], { endpoints: unknown }>, 'endpoints'>;

/**
 * Begins a topology: `topology('pair').node('a').node('b').link('a:eth0', 'b:eth0', { subnet: '10.0.0.0/30' })`. `Lab.up` takes it as it is,
 * `toJSON` gives the plain object, and a file that exports it by default is a topology for the command line.
 */
export function topology(name?: string): TopologyBuilder<never> {
  return new TopologyBuilder(name === undefined ? {} : { name });
}

/** A topology so far; `Node` are the names of its nodes. Each step returns a new one. */
export class TopologyBuilder<Node extends string> {
  readonly #document: TopologyDocument;

  constructor(document: TopologyDocument) {
    this.#document = document;
  }

  /** A node, with all that a file may say of one. A name that is there already is replaced. */
  node<Name extends string>(name: Name, node: TopologyNode = {}): TopologyBuilder<Node | Name> {
    return this.#with({ nodes: { ...this.#document.nodes, [name]: node } });
  }

  /** A link between interfaces of two nodes that are there. */
  link(one: End<Node>, other: End<Node>, options: LinkOptions = {}): TopologyBuilder<Node> {
    return this.#with({ links: [...(this.#document.links ?? []), { endpoints: [one, other], ...options }] });
  }

  /** A bridge; its ports are interfaces of nodes that are there, or nodes, which give their next free ethN. */
  bridge(
    name: string,
    ports: readonly (Node | End<Node>)[],
    options: Omit<TopologyBridge, 'ports'> = {},
  ): TopologyBuilder<Node> {
    return this.#with({ bridges: { ...this.#document.bridges, [name]: { ports, ...options } } });
  }

  /** What must be true of the running lab, for `lab.test()`. */
  check(check: TopologyCheck): TopologyBuilder<Node> {
    return this.#with({ checks: [...(this.#document.checks ?? []), check] });
  }

  /** What holds for every node, link or process that says nothing else. */
  defaults(defaults: NonNullable<TopologyDocument['defaults']>): TopologyBuilder<Node> {
    return this.#with({ defaults });
  }

  /** The plain object. */
  toJSON(): TopologyDocument {
    return this.#document;
  }

  #with<More extends string = Node>(more: Partial<TopologyDocument>): TopologyBuilder<More> {
    return new TopologyBuilder({ ...this.#document, ...more });
  }
}
