/**
 * What nodes are called and have mounted, of which the kernel tells nobody outside. To be told of mounts one would have to hold the nodes'
 * mount namespaces, and with them their networks; so the nodes are asked in turn.
 */
import { readFileSync } from 'node:fs';

import type { Namespace, Resource } from '../../model/resource.ts';
import { NodeInit } from '../../process/node-init.ts';
import { hasInit } from '../../process/operations.ts';
import { nodeSocket } from '../../state/keepers.ts';
import { Turn } from './turn.ts';

/** How long one turn may take. */
const TURN_MS = 1;

/** Goes round the nodes that may have a PID 1. */
export class Insides {
  #keeper = 0;
  readonly #turn = new Turn<Namespace>();
  /** The mounts of each node, as they were seen last. */
  readonly #seen = new Map<string, string>();

  /** `keeper`: the pid of the lab's. */
  renew(keeper: number, wanted: readonly Resource[]): void {
    this.#keeper = keeper;
    const members = wanted.filter((each): each is Namespace => each.kind === 'namespace' && hasInit(each.isolation));
    this.#turn.renew(members.filter(({ role }) => role === 'node'));
    this.#seen.clear();
  }

  /** The nodes among those whose turn it is that are called otherwise than they shall be, or whose mounts have changed. */
  turn(): string[] {
    return this.#turn.take(TURN_MS, (member) => this.#isAltered(member)).map(({ node }) => node);
  }

  #isAltered({ node, hostname, isolation }: Namespace): boolean {
    const init = NodeInit.connect(nodeSocket(this.#keeper, node));
    if (init === undefined) return false;
    try {
      const mounts = readFileSync(`/proc/${init.pid}/mountinfo`, 'utf8');
      const isNew = this.#seen.get(node) !== mounts;
      this.#seen.set(node, mounts);
      return isNew || (isolation.includes('uts') && init.tell().hostname !== hostname);
    } catch {
      // It is ending; that is told elsewhere.
      return false;
    } finally {
      init.close();
    }
  }
}
