/** A renaming in the file, told as what it is: one thing goes, and another one comes. A pure function of the changes. */
import type { Address, Link, Namespace, Resource } from '../model/resource.ts';
import type { Change } from './diff.ts';

/** The changes, with the words for what is new and looks like something that goes. */
export function withRenamings(changes: readonly Change[]): readonly Change[] {
  const gone = new Side(changes.flatMap(({ action, found }) => (action === 'remove' && found ? [found] : [])));
  if (!gone.any) return changes;
  const come = new Side(changes.flatMap(({ action, wanted }) => (action === 'create' && wanted ? [wanted] : [])));
  if (!come.any) return changes;
  const links = come.pairs(gone, 'link');
  const nodes = come.pairs(gone, 'namespace');
  return changes.map((change) => {
    const { wanted } = change;
    if (change.action !== 'create' || wanted === undefined) return change;
    const old = nodes.get(wanted) ?? links.get(wanted);
    return old === undefined ? change : { ...change, reason: wordsOf(old, wanted) };
  });
}

function wordsOf(old: Resource, wanted: Resource): string {
  const same = wanted.kind === 'link' ? 'the same end and addresses' : 'the same links and addresses';
  return `${nameOf(old)} is gone, ${nameOf(wanted)} is new (${same}: a renaming is a removal and an addition)`;
}

function nameOf(resource: Resource): string {
  if (resource.kind === 'link') return `link ${resource.node}:${resource.name}`;
  return resource.kind === 'namespace' ? `${resource.role} ${resource.node}` : resource.node;
}

/** All that goes, or all that comes. */
class Side {
  readonly #addresses = new Map<string, string[]>();
  readonly #links: Link[] = [];
  readonly #nodes: Namespace[] = [];

  constructor(resources: readonly Resource[]) {
    for (const each of resources) {
      if (each.kind === 'address' && each.implied !== true && !isLocal(each)) this.#note(each);
      else if (each.kind === 'link' && each.type !== 'loopback') this.#links.push(each);
      else if (each.kind === 'namespace') this.#nodes.push(each);
    }
  }

  get any(): boolean {
    return this.#links.length > 0;
  }

  /** What of this side looks like just one thing of the other, and that like just this. */
  pairs(other: Side, kind: 'link' | 'namespace'): Map<Resource, Resource> {
    const [mine, theirs] = [this.#looks(kind), other.#looks(kind)];
    const pairs = new Map<Resource, Resource>();
    for (const [look, own] of mine) {
      const twins = theirs.get(look) ?? [];
      if (own.length === 1 && twins.length === 1) pairs.set(own[0]!, twins[0]!);
    }
    return pairs;
  }

  #note({ node, link, prefix }: Address): void {
    const key = `${node}:${link}`;
    this.#addresses.set(key, [...(this.#addresses.get(key) ?? []), prefix]);
  }

  #looks(kind: 'link' | 'namespace'): Map<string, Resource[]> {
    const looks = new Map<string, Resource[]>();
    const add = (look: string, resource: Resource): void =>
      void looks.set(look, [...(looks.get(look) ?? []), resource]);
    if (kind === 'link') {
      for (const link of this.#links) {
        const rest = [link.type, link.peer?.node, link.master, this.#addressesOf(link)];
        add(JSON.stringify([link.node, ...rest]), link);
      }
      return looks;
    }
    for (const member of this.#nodes) {
      const own = this.#links.filter(({ node }) => node === member.node);
      const parts = own.map((link) => JSON.stringify([link.name, link.type, this.#addressesOf(link)]));
      if (own.length > 0) add(JSON.stringify([member.role, ...parts.toSorted()]), member);
    }
    return looks;
  }

  #addressesOf({ node, name }: Link): string[] {
    return (this.#addresses.get(`${node}:${name}`) ?? []).toSorted();
  }
}

/** Link-local addresses are made of names. */
function isLocal({ prefix }: Address): boolean {
  return prefix.startsWith('fe80:');
}
