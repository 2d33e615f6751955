/** The namespaces that a running lab holds and that are somebody else's: the host's, and those that its nodes have joined. */
import { HOST } from '../model/host.ts';
import type { ForeignScope } from '../reconcile/foreign.ts';
import type { Namespaces } from '../reconcile/namespaces.ts';
import { netnsIdentity } from '../sys/netns.ts';
import type { Joined } from './joined.ts';
import { Parts } from './parts.ts';

/** Which they are, and what of them is the lab's. */
export class Foreign {
  readonly #lab: string;
  readonly #namespaces: Namespaces;
  /** The nodes. */
  readonly #joined = new Set<string>();
  #parts = Parts.NONE;

  constructor(lab: string, namespaces: Namespaces) {
    this.#lab = lab;
    this.#namespaces = namespaces;
  }

  /** Takes hold of the host's namespace too, for a lab that has its part there, and finds the parts of what its nodes have joined. */
  attach(parts: Parts = this.#parts): void {
    this.#parts = parts;
    if (parts.host !== undefined) this.#namespaces.adopt(HOST, parts.host.path);
    for (const node of this.#joined) parts.hold(node, parts.joined(node, this.identity(node)));
  }

  /** The keeper holds for a node what somebody else has made. */
  note(node: string): void {
    this.#joined.add(node);
  }

  /** Nothing is known of what the keeper holds. */
  clear(): void {
    this.#joined.clear();
  }

  /** Whether a node's network namespace is somebody else's; of the host, whether the lab has a part there. */
  has(node: string): boolean {
    return node === HOST ? this.#parts.host !== undefined : this.#joined.has(node);
  }

  /** What of such a namespace is the lab's. */
  scope(node: string): ForeignScope {
    return this.#parts.scope(this.#lab, node);
  }

  /** Which network namespace a node has joined; undefined when it has one of its own. */
  identity(node: string): string | undefined {
    return this.#joined.has(node) ? netnsIdentity(this.#namespaces.fd(node)) : undefined;
  }

  /** Whether a node may be about to join anything. */
  get any(): boolean {
    return this.#parts.any;
  }

  /** The part of the namespace that a node joins now; undefined when nobody has asked for it. */
  meet(node: string, identity: string | undefined): Joined | undefined {
    const part = this.#parts.joined(node, identity);
    if (part === undefined) return undefined;
    this.#joined.add(node);
    part.resume();
    this.#parts.hold(node, part);
    return part;
  }

  /** Takes back what the lab has where one of these nodes has joined: the rest there is not ours, nor is its end. */
  leave(nodes: readonly string[]): void {
    for (const node of nodes) {
      if (!this.#joined.delete(node)) continue;
      this.#parts.held(node)?.takeBackNow();
      this.#parts.hold(node, undefined);
    }
  }
}
