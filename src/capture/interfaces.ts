/** Which interfaces are meant by the words of a command line. */
import { LabError } from '../errors.ts';
import { noInterface } from '../lab/unknown.ts';
import type { LabNetwork } from '../lab/network.ts';
import { splitTarget } from '../topology/claims.ts';

/** An interface and where it is. */
export interface Chosen {
  readonly node: string;
  readonly link: string;
  readonly index: number;
}

/**
 * `r1:eth0` is one, `r1` all of a node, `all` all that the lab has, in the order of the file; each once.
 * @throws LabError with the nearest name when there is no such node or interface.
 */
export function chooseInterfaces(network: LabNetwork, words: readonly string[]): Chosen[] {
  const chosen = new Map<string, Chosen>();
  for (const word of words) {
    const { name, link: only } = splitTarget(word);
    for (const node of word === 'all' ? network.members() : [name]) {
      const all = network.interfaces(node);
      if (only !== undefined && !all.has(only)) throw noInterface(network.lab, node, only, [...all.keys()]);
      for (const [link, index] of all)
        if (only === undefined || link === only) chosen.set(`${node}:${link}`, { node, link, index });
    }
  }
  if (chosen.size === 0) throw new LabError(`the lab ${network.lab} has no interface`);
  return [...chosen.values()];
}
