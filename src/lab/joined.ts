/** A lab's part of a namespace that one of its nodes joins. */
import { readdirSync, statSync } from 'node:fs';

import { SystemError } from '../errors.ts';
import { type Join, joinPath, joinWords } from '../model/namespace.ts';
import type { PartRecord } from '../state/host.ts';
import { otherJoined, writeJoined } from '../state/joined.ts';
import { netnsIdentity } from '../sys/netns.ts';
import { netnsPaths } from './host.ts';
import { noPart, Part, type PartPlace } from './part.ts';

/** What a lab has, or shall have, there. Its record says which namespace that is by its identity, never by a pid or a name alone. */
export class Joined extends Part {
  /**
   * The namespace that a record names, wherever it is found: with the keeper, with a process, by a name. Undefined when it has gone, and all
   * that stood in it.
   */
  static find(before: PartRecord, keeper: number | undefined): Joined | undefined {
    const number = Number(/\d+/.exec(before.netns)?.[0]);
    const first = (paths: readonly string[]): Joined | undefined => {
      for (const path of paths) {
        const found = Joined.#at({ path, before, keeper });
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return first(descriptorsOf(keeper, number)) ?? first(netnsPaths(number));
  }

  /** The namespace that a node shall join, or has joined. @throws SystemError when there is another one by now, and it is nowhere else. */
  static meet(lab: string, node: string, join: Join, keeper: number | undefined): Joined {
    const before = noPart(lab, node, join.identity ?? '');
    const found = Joined.#at({ path: joinPath(join), before, keeper }) ?? Joined.find(before, keeper);
    if (found === undefined) throw new SystemError('join', 'ESTALE', joinWords(join));
    return found;
  }

  /** Those of another node of this lab, too: an edit may give the namespace another name. */
  neighbours(): PartRecord[] {
    return otherJoined(this.lab, this.node, this.before.netns, this.keeper);
  }

  protected record(record: PartRecord, keeper: number | undefined): void {
    writeJoined(record, keeper);
  }

  static #at(place: PartPlace): Joined | undefined {
    let part: Joined | undefined;
    try {
      part = new Joined(place);
      if (netnsIdentity(part.namespaces.fd(part.node)) === place.before.netns) return part;
    } catch {
      // Gone while we looked, or something else by now.
    }
    part?.[Symbol.dispose]();
    return undefined;
  }
}

/** A keeper's descriptors of a namespace of that number. */
function descriptorsOf(keeper: number | undefined, number: number): string[] {
  if (keeper === undefined) return [];
  const folder = `/proc/${keeper}/fd`;
  try {
    return readdirSync(folder)
      .map((fd) => `${folder}/${fd}`)
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.ino === number);
  } catch {
    return [];
  }
}
