/** What `up` does to the network, without a keeper and without the command line: for tests of many small labs. */
import type { LabModel } from '../../src/model/lab.ts';
import type { Resource } from '../../src/model/resource.ts';
import { applyNetwork } from '../../src/reconcile/apply.ts';
import { complete } from '../../src/reconcile/complete.ts';
import { type Change, diff } from '../../src/reconcile/diff.ts';
import { Namespaces } from '../../src/reconcile/namespaces.ts';
import { type Network, observeNetwork } from '../../src/reconcile/observe.ts';
import { order } from '../../src/reconcile/order.ts';
import { RunSurroundings } from '../../src/reconcile/surroundings.ts';
import { describe, keyOf } from '../../src/resource/index.ts';
import { OwnNamespaces } from './own-namespaces.ts';
import { run } from './run.ts';

/** How often `up` looks again before it calls what is left a failure. */
const ROUNDS = 3;

/** A lab whose namespaces the test itself holds. It goes with the block that it was made in. */
export class Bench implements Disposable {
  readonly namespaces = new Namespaces();
  readonly #own = new OwnNamespaces(this.namespaces);
  #made = new Set<string>();

  /**
   * Makes the kernel equal to the resources: the changes of the first round, what is left after the last, and what others made, in words.
   */
  async become(
    resources: LabModel['resources'],
  ): Promise<{ changes: readonly Change[]; left: readonly Change[]; unmanaged: readonly string[] }> {
    const wanted = complete('test', resources);
    for (const each of wanted) this.#made.add(keyOf(each));
    let before = this.#observe(wanted);
    const { unmanaged, ...first } = diff(wanted, before);
    const changes = order(first.changes);
    let left: readonly Change[] = changes;
    for (let round = 0; round < ROUNDS && left.length > 0; round++) {
      await applyNetwork(left, {
        around: new RunSurroundings('test', this.namespaces, wanted, before, left),
        namespaces: this.namespaces,
        keeping: this.#own,
        journal: new Set(),
      });
      before = this.#observe(wanted);
      left = order(diff(wanted, before).changes);
    }
    // What the state folder would say: what bears no mark in the kernel.
    this.#made = new Set(wanted.map(keyOf));
    return { changes, left, unmanaged: unmanaged.map(describe) };
  }

  /** A path by which `nsenter --net=` finds a node. */
  path(node: string): string {
    return this.#own.path(node);
  }

  /** What a tool that is not ours prints in a node. */
  tool(node: string, ...argv: string[]): string {
    return run('nsenter', [`--net=${this.#own.path(node)}`, ...argv]);
  }

  /** One device of a node, as `ip -j -d link show` has it. */
  device(node: string, name: string): Readonly<Record<string, unknown>> {
    const list = JSON.parse(this.tool(node, 'ip', '-j', '-d', 'link', 'show', 'dev', name)) as Record<
      string,
      unknown
    >[];
    return list[0] ?? {};
  }

  #observe(wanted: readonly Resource[]): Network {
    const sysctls = new Map<string, Set<string>>();
    for (const resource of wanted) {
      if (resource.kind !== 'sysctl') continue;
      sysctls.set(resource.node, (sysctls.get(resource.node) ?? new Set()).add(resource.key));
    }
    const scope = { nodes: this.namespaces.names() };
    const network = observeNetwork(this.namespaces, scope, sysctls, this.#made);
    const members = wanted.filter(({ kind, node }) => kind === 'namespace' && this.namespaces.has(node));
    return { ...network, resources: [...members, ...network.resources] };
  }

  [Symbol.dispose](): void {
    this.#own[Symbol.dispose]();
    this.namespaces[Symbol.dispose]();
  }
}
